/* The one game that is played: who has it, who waits for it, and what ends it. */
#include "play_rig.h"

#include "base/bytes.h"

#include <errno.h>
#include <string.h>

static uint32_t le32(const uint8_t *p)
{
    struct pf_reader r = pf_reader_of(p, 4);
    return pf_read_u32le(&r);
}

static bool is_idle(void *arg)
{
    return rig_info(arg).state == PF_GS_PLAY_IDLE;
}

static bool waits_for_client(void *arg)
{
    return rig_info(arg).state == PF_GS_PLAY_LAUNCHED;
}

/* ---- games ----------------------------------------------------------------------------------------------
 */

static void a_game_waits_for_its_client(void **state)
{
    struct rig r;
    struct client c, again;
    struct pf_gs_launch l = rig_launch('A', true), other = rig_launch('B', true);
    rig_open(&r);
    assert_int_equal(rig_begin(&r, &l, true), PF_GS_PLAY_NOTHING);
    assert_int_equal(rig_cancel(&r, 'A'), PF_GS_PLAY_NOTHING);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    begin_stream(&c, &r, &l, "");
    enet_peer_disconnect_now(c.peer, 0);
    enet_host_flush(c.enet);
    rig_until(waits_for_client, &r);
    rig_until(is_destroyed, &r.feeds[0]);
    assert_false(r.feeds[0].quit);
    assert_int_equal(rig_app(&r), 'A');
    assert_int_equal(rig_begin(&r, &other, true), PF_GS_PLAY_FOREIGN);
    assert_int_equal(rig_cancel(&r, 'B'), PF_GS_PLAY_FOREIGN);
    memset(l.key, 0x55, sizeof(l.key)); /* new keys, new numbers */
    l.app_id = 0;
    assert_int_equal(rig_begin(&r, &l, true), PF_GS_PLAY_OK);
    assert_int_equal(rig_app(&r), 'A');
    begin_stream(&again, &r, &l, "");
    assert_string_not_equal(again.payload, c.payload);
    assert_int_not_equal(again.connect_data, c.connect_data);
    uint8_t d[2048];
    assert_int_equal(rig_push(&r, 1, 10, true), 0);
    assert_int_equal(client_receive(again.video, d, sizeof(d), 10000), 1408);
    assert_int_equal(le32(d + 20), 1); /* everything counts from the start */

    uint8_t terminated[4];
    assert_int_equal(rig_cancel(&r, 'A'), PF_GS_PLAY_OK);
    assert_int_equal(rig_app(&r), 0); /* at once */
    client_await(&again, 0x0109, terminated, sizeof(terminated));
    assert_memory_equal(terminated, "\x80\x03\x00\x23", 4);
    assert_true(r.feeds[1].quit);
    client_finish(&again);
    client_finish(&c);
    rig_close(&r);
}

static void the_policy_decides_about_a_second_client(void **state)
{
    struct rig r;
    struct client c, d;
    const struct pf_gs_launch a = rig_launch('A', false), b = rig_launch('B', false);
    uint8_t terminated[4];
    rig_open(&r);
    r.policy.conflict = PF_CONFLICT_REJECT;
    assert_int_equal(rig_begin(&r, &a, false), PF_GS_PLAY_OK);
    begin_stream(&c, &r, &a, "");
    assert_int_equal(rig_begin(&r, &b, false), PF_GS_PLAY_BUSY);
    assert_int_equal(rig_app(&r), 'A');
    r.policy.conflict = PF_CONFLICT_STEAL;
    r.feeds[0].refuses_to_stop = true; /* its display takes its time */
    assert_int_equal(rig_begin(&r, &b, false), PF_GS_PLAY_OK);
    client_await(&c, 0x0109, terminated, sizeof(terminated));
    assert_int_equal(rig_app(&r), 'B');
    assert_true(r.feeds[0].stopped);
    r.feeds[0].sink.ended(r.feeds[0].sink.user, 0, "");
    begin_stream(&d, &r, &b, "");
    assert_int_equal(rig_info(&r).state, PF_GS_PLAY_STREAMING);
    client_finish(&d);
    client_finish(&c);
    rig_close(&r);
}

/* ---- sessions of the other protocol ---------------------------------------------------------------------
 */

struct neighbour {
    struct pf_seat seat;
    struct rig *rig;
    unsigned ended;
};

static void describe_neighbour(const struct pf_seat *seat, struct pf_mode *ret_mode, char *ret_label)
{
    *ret_mode = (struct pf_mode){800, 600, 75000};
    strcpy(ret_label, "neighbour");
}

static void end_neighbour(struct pf_seat *seat, const char *why)
{
    ((struct neighbour *)seat->user)->ended++;
}

static void wake_neighbour(struct pf_seat *seat)
{
}

static void neighbour_begins(void *arg)
{
    static const struct pf_seat_ops ops = {describe_neighbour, end_neighbour, wake_neighbour};
    struct neighbour *n = arg;
    struct pf_judgement j;
    n->seat = (struct pf_seat){
        .ops = &ops, .user = n, .needs_display = true, .has_fingerprint = true, .fingerprint = {99}};
    pf_seats_judge(&n->rig->seats, &n->seat, &n->rig->policy, &j);
    pf_seat_claim(&n->rig->seats, &n->seat, &j, 0, 0);
    pf_seat_take(&n->rig->seats, &n->seat);
}

static void neighbour_leaves(void *arg)
{
    struct neighbour *n = arg;
    pf_seat_leave(&n->rig->seats, &n->seat);
}

static void the_other_protocol_is_in_the_way(void **state)
{
    struct rig r;
    struct neighbour n = {.rig = &r};
    struct client c;
    const struct pf_gs_launch l = rig_launch('A', false);
    rig_open(&r);
    r.policy.conflict = PF_CONFLICT_REJECT;
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    begin_stream(&c, &r, &l, "");
    enet_peer_disconnect_now(c.peer, 0);
    enet_host_flush(c.enet);
    rig_until(waits_for_client, &r);
    client_finish(&c);

    rig_do(&r, neighbour_begins, &n);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_BUSY);
    assert_int_equal(rig_begin(&r, &l, true), PF_GS_PLAY_BUSY);
    r.policy.conflict = PF_CONFLICT_SEPARATE;
    r.policy.max_displays = 1;
    assert_int_equal(rig_begin(&r, &l, true), PF_GS_PLAY_FULL);
    assert_int_equal(rig_app(&r), 'A'); /* it still waits */
    r.policy.max_displays = 2;
    assert_int_equal(rig_begin(&r, &l, true), PF_GS_PLAY_OK);
    assert_int_equal(n.ended, 0);
    rig_do(&r, neighbour_leaves, &n);
    rig_close(&r);
}

static void a_joiner_gets_the_mode_of_the_other_protocol(void **state)
{
    struct rig r;
    struct neighbour n = {.rig = &r};
    struct client c, d;
    const struct pf_gs_launch a = rig_launch('A', false), b = rig_launch('B', false);
    rig_open(&r);
    r.policy.conflict = PF_CONFLICT_JOIN;
    rig_do(&r, neighbour_begins, &n);
    assert_int_equal(rig_begin(&r, &a, false), PF_GS_PLAY_OK);
    begin_stream(&c, &r, &a, "");
    assert_true(pf_mode_equal(&r.feeds[0].plan.mode, &(struct pf_mode){800, 600, 75000}));
    assert_int_equal(rig_info(&r).mode.width, 800);
    rig_do(&r, neighbour_leaves, &n);
    /* one game at a time: nobody is there to join once the next one takes the place of the first */
    assert_int_equal(rig_begin(&r, &b, false), PF_GS_PLAY_OK);
    begin_stream(&d, &r, &b, "");
    assert_true(r.feeds[0].stopped);
    assert_int_equal(r.feeds[1].plan.mode.width, 1280);
    client_finish(&d);
    client_finish(&c);
    rig_close(&r);
}

static void be_patient(void *arg)
{
    ((struct rig *)arg)->play->limits.predecessor_ns = 60 * PF_NS_PER_S;
}

static void check_that_it_waits(void *arg)
{
    struct rig *r = arg;
    assert_true(pf_gs_play_has_predecessor(r->play, r->play->current));
}

static void who_steals_ends_the_other_protocol(void **state)
{
    struct rig r;
    struct neighbour n = {.rig = &r};
    struct client c;
    const struct pf_gs_launch l = rig_launch('A', false);
    uint8_t terminated[4];
    rig_open(&r);
    r.policy.conflict = PF_CONFLICT_STEAL;
    rig_do(&r, be_patient, &r);
    rig_do(&r, neighbour_begins, &n);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    assert_int_equal(n.ended, 1);
    rig_do(&r, check_that_it_waits, &r);
    rig_do(&r, neighbour_leaves, &n);
    begin_stream(&c, &r, &l, "");
    assert_int_equal(r.feed_count, 1);

    rig_do(&r, neighbour_begins, &n); /* and the other way round */
    client_await(&c, 0x0109, terminated, sizeof(terminated));
    assert_memory_equal(terminated, "\x80\x03\x00\x23", 4);
    assert_int_equal(rig_app(&r), 0);
    rig_until(is_destroyed, &r.feeds[0]);
    assert_false(r.feeds[0].quit); /* whoever is next may have its display */
    assert_int_equal(n.ended, 1);
    rig_do(&r, neighbour_leaves, &n);
    client_finish(&c);
    rig_close(&r);
}

static void shorten_all(void *arg)
{
    struct rig *r = arg;
    r->play->limits.pending_ns = r->play->limits.connect_ns = 100 * PF_NS_PER_MS;
    r->play->limits.ping_ns = 600 * PF_NS_PER_MS;
}

static void wait_for_rtsp(void *arg)
{
    struct rig *r = arg;
    r->play->limits.pending_ns = 10 * PF_NS_PER_S;
}

static void wait_for_control(void *arg)
{
    struct rig *r = arg;
    r->play->limits.connect_ns = 10 * PF_NS_PER_S;
}

static void who_does_not_come_is_not_waited_for(void **state)
{
    struct rig r;
    struct client c;
    const struct pf_gs_launch l = rig_launch('A', false);
    uint8_t terminated[4];
    rig_open(&r);
    rig_do(&r, shorten_all, &r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    rig_until(is_idle, &r); /* no RTSP */

    rig_do(&r, wait_for_rtsp, &r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    client_init(&c, &r, &l);
    client_handshake(&c, "");
    rig_until(is_destroyed, &r.feeds[0]); /* no control connection */
    client_finish(&c);

    rig_do(&r, wait_for_control, &r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    client_init(&c, &r, &l);
    client_handshake(&c, "");
    assert_true(client_connect(&c, c.connect_data));
    client_await(&c, 0x0109, terminated, sizeof(terminated)); /* no ping */
    rig_until(is_destroyed, &r.feeds[1]);
    client_finish(&c);
    rig_close(&r);
}

static void end_feed(struct fake_feed *f, int rc, const char *why)
{
    f->stopped = true;
    f->sink.ended(f->sink.user, rc, why);
}

static void a_failing_feed_is_told(void **state)
{
    struct rig r;
    struct client c;
    const struct pf_gs_launch l = rig_launch('A', false);
    uint8_t terminated[4];
    rig_open(&r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    begin_stream(&c, &r, &l, "");
    end_feed(&r.feeds[0], -EIO, "the encoder failed");
    client_await(&c, 0x0109, terminated, sizeof(terminated));
    assert_memory_equal(terminated, "\x80\x0e\x94\x03", 4);
    client_await(&c, 0, NULL, 0);
    client_finish(&c);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_game_waits_for_its_client),
        cmocka_unit_test(the_policy_decides_about_a_second_client),
        cmocka_unit_test(the_other_protocol_is_in_the_way),
        cmocka_unit_test(a_joiner_gets_the_mode_of_the_other_protocol),
        cmocka_unit_test(who_steals_ends_the_other_protocol),
        cmocka_unit_test(who_does_not_come_is_not_waited_for),
        cmocka_unit_test(a_failing_feed_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Who streams when several clients want to: the display policy's rules (displays-and-capture.md 4.4), and a
 * client's own older session. */
#include "rig.h"

#include "base/time.h"

#include <string.h>

#define MS PF_NS_PER_MS

static void open_rig(struct rig *r, enum pf_mode_conflict conflict, unsigned permits)
{
    const struct pf_native_config config = {.source = PF_SESSION_SOURCE_VIRTUAL,
        .max_concurrent = permits,
        .limits = {.drain_ns = 30 * MS, .takeover_ns = 300 * MS}};
    rig_open(r, &config);
    r->policy.conflict = conflict;
}

struct feed_wait {
    struct rig *rig;
    unsigned count;
};

static bool has_feeds(void *arg)
{
    struct feed_wait *w = arg;
    return w->rig->feed_count >= w->count;
}

static struct pf_hello hello_of(uint32_t width, uint32_t height, uint8_t more_caps)
{
    struct pf_hello hello = plain_hello();
    hello.width = width;
    hello.height = height;
    hello.video_caps |= more_caps;
    return hello;
}

static struct fake_feed *stream(
    struct rig *r, struct client *c, const struct pf_identity *who, const struct pf_hello *h)
{
    unsigned before = r->feed_count;
    client_connect(r, c, who);
    client_stream(c, h);
    rig_run_until(r, has_feeds, &(struct feed_wait){r, before + 1});
    return &r->feeds[before];
}

static void separate_clients_have_their_own_modes(void **state)
{
    struct rig r;
    struct client one, two;
    struct pf_hello hd = hello_of(1920, 1080, 0), small = hello_of(1280, 720, 0);
    open_rig(&r, PF_CONFLICT_SEPARATE, 0);
    stream(&r, &one, r.alice, &hd);
    struct fake_feed *second = stream(&r, &two, r.bob, &small);
    assert_int_equal(second->plan.mode.width, 1280);
    assert_false(one.closed);
    client_close(&one, 0);
    client_close(&two, 0);
    rig_close(&r);
}

static void too_many_displays_are_refused(void **state)
{
    struct rig r;
    struct client one, two, three;
    struct pf_hello hello = plain_hello();
    open_rig(&r, PF_CONFLICT_SEPARATE, 0);
    r.policy.max_displays = 2;
    stream(&r, &one, r.alice, &hello);
    stream(&r, &two, r.bob, &hello);
    client_connect(&r, &three, NULL);
    client_hello(&three, &hello);
    client_expect_close(&three, PF_CLOSE_BUSY);
    assert_string_equal(three.reason, "host display budget exhausted: 2 of 2 displays are in use");
    client_close(&one, 0);
    client_close(&two, 0);
    rig_close(&r);
}

static void a_joiner_gets_the_mode_of_the_oldest_other_session(void **state)
{
    struct rig r;
    struct client one, two, three;
    struct pf_hello hd = hello_of(1920, 1080, 0), small = hello_of(1280, 720, 0);
    open_rig(&r, PF_CONFLICT_JOIN, 0);
    stream(&r, &one, r.alice, &hd);
    struct fake_feed *second = stream(&r, &two, r.bob, &small);
    assert_int_equal(two.welcome.width, 1920);
    assert_int_equal(two.welcome.height, 1080);
    assert_int_equal(second->plan.mode.width, 1920);
    /* a client's own session does not count */
    struct fake_feed *third = stream(&r, &three, r.alice, &small);
    assert_int_equal(third->plan.mode.width, 1920); /* bob's */
    client_close(&one, 0);
    client_close(&two, 0);
    client_close(&three, 0);
    rig_close(&r);
}

static void a_joiner_gets_the_mode_that_is_in_force(void **state)
{
    struct rig r;
    struct client one, two;
    struct pf_hello hello = plain_hello();
    const struct pf_mode now = {800, 600, 60000};
    open_rig(&r, PF_CONFLICT_JOIN, 0);
    struct fake_feed *first = stream(&r, &one, r.alice, &hello);
    first->sink.settled(first->sink.user, NULL, &now, 1000);
    rig_run_for(&r, 10);
    struct fake_feed *second = stream(&r, &two, r.bob, &hello);
    assert_true(pf_mode_equal(&second->plan.mode, &now));
    client_close(&one, 0);
    client_close(&two, 0);
    rig_close(&r);
}

static void a_busy_host_says_what_it_does(void **state)
{
    struct rig r;
    struct client one, two;
    struct pf_hello hello = plain_hello();
    char wanted[80];
    open_rig(&r, PF_CONFLICT_REJECT, 0);
    const uint8_t *f = pf_identity_fingerprint(r.alice);
    stream(&r, &one, r.alice, &hello);
    client_connect(&r, &two, r.bob);
    client_hello(&two, &hello);
    client_expect_close(&two, PF_CLOSE_BUSY);
    snprintf(wanted, sizeof(wanted), "host busy: streaming 1280x720@60 to %02x%02x%02x%02x", f[0], f[1], f[2],
        f[3]);
    assert_string_equal(two.reason, wanted);
    assert_false(one.closed);
    /* not to the client itself: clients of the baseline may have two sessions */
    stream(&r, &two, r.alice, &hello);
    client_close(&one, 0);
    client_close(&two, 0);
    rig_close(&r);
}

static void a_busy_host_serves_the_next_client_afterwards(void **state)
{
    struct rig r;
    struct client one, two;
    struct pf_hello hello = plain_hello();
    open_rig(&r, PF_CONFLICT_REJECT, 1);
    stream(&r, &one, NULL, &hello);
    client_connect(&r, &two, NULL); /* two strangers are two clients */
    client_hello(&two, &hello);
    client_expect_close(&two, PF_CLOSE_BUSY);
    assert_non_null(strstr(two.reason, "to 127.0.0.1"));
    client_close(&one, 0);
    rig_run_for(&r, 20);
    stream(&r, &two, NULL, &hello);
    client_close(&two, 0);
    rig_close(&r);
}

static void a_thief_waits_for_the_others_to_end(void **state)
{
    struct rig r;
    struct client one, two, thief;
    struct pf_hello hello = plain_hello();
    open_rig(&r, PF_CONFLICT_SEPARATE, 2);
    struct fake_feed *first = stream(&r, &one, r.alice, &hello);
    stream(&r, &two, NULL, &hello);
    r.policy.conflict = PF_CONFLICT_STEAL;
    first->refuses_to_stop = true;
    client_connect(&r, &thief, r.bob);
    client_hello(&thief, &hello);
    client_expect_close(&one, PF_CLOSE_DONE);
    client_expect_close(&two, PF_CLOSE_DONE);
    assert_string_equal(one.reason, "another device takes over");
    rig_run_for(&r, 50);
    assert_int_equal(thief.frame_count, 0); /* no Welcome yet */
    fake_feed_end(first, 0, "");
    client_welcomed(&thief);
    client_close(&thief, 0);
    rig_close(&r);
}

/* The time runs out: a session that hangs must not lock everybody else out. */
static void a_thief_does_not_wait_for_ever(void **state)
{
    struct rig r;
    struct client one, thief;
    struct pf_hello hello = plain_hello();
    open_rig(&r, PF_CONFLICT_STEAL, 0);
    struct fake_feed *first = stream(&r, &one, r.alice, &hello);
    first->refuses_to_stop = true;
    client_connect(&r, &thief, r.bob);
    client_hello(&thief, &hello);
    client_welcomed(&thief);
    client_expect_close(&one, PF_CLOSE_DONE);
    fake_feed_end(first, 0, "");
    client_close(&thief, 0);
    rig_close(&r);
}

static void older_clients_may_have_two_sessions(void **state)
{
    struct rig r;
    struct client one, two;
    struct pf_hello hello = plain_hello();
    open_rig(&r, PF_CONFLICT_STEAL, 0);
    stream(&r, &one, r.alice, &hello);
    stream(&r, &two, r.alice, &hello);
    rig_run_for(&r, 20);
    assert_false(one.closed);
    client_close(&one, 0);
    client_close(&two, 0);
    rig_close(&r);
}

static void later_clients_have_one(void **state)
{
    struct rig r;
    struct client one, two;
    struct pf_hello hello = hello_of(1280, 720, PF_VIDEO_CAP_PROBE_SEQ);
    open_rig(&r, PF_CONFLICT_REJECT, 0);
    stream(&r, &one, r.alice, &hello);
    stream(&r, &two, r.alice, &hello);
    client_expect_close(&one, PF_CLOSE_DONE);
    client_close(&two, 0);
    rig_close(&r);
}

/* An older client that comes back at once: its display is being given up and can be had in a moment. */
static void who_comes_back_waits_for_its_ending_session(void **state)
{
    struct rig r;
    struct client one, two;
    struct pf_hello hello = plain_hello();
    open_rig(&r, PF_CONFLICT_SEPARATE, 0);
    struct fake_feed *first = stream(&r, &one, r.alice, &hello);
    first->refuses_to_stop = true;
    client_close(&one, 0);
    client_connect(&r, &two, r.alice);
    client_hello(&two, &hello);
    rig_run_for(&r, 50);
    assert_int_equal(two.frame_count, 0);
    fake_feed_end(first, 0, "");
    client_welcomed(&two);
    client_close(&two, 0);
    rig_close(&r);
}

/* ---- a session of the other protocol ---- */

struct neighbour {
    struct pf_seat seat;
    unsigned ended;
};

static void describe_neighbour(const struct pf_seat *seat, struct pf_mode *ret_mode, char *ret_label)
{
    *ret_mode = (struct pf_mode){800, 600, 75000};
    strcpy(ret_label, "Moonlight");
}

static void end_neighbour(struct pf_seat *seat, const char *why)
{
    assert_string_equal(why, "another device takes over");
    ((struct neighbour *)seat->user)->ended++;
}

static void wake_neighbour(struct pf_seat *seat)
{
}

static void neighbour_begins(struct rig *r, struct neighbour *n)
{
    static const struct pf_seat_ops ops = {describe_neighbour, end_neighbour, wake_neighbour};
    struct pf_judgement j;
    *n = (struct neighbour){.seat = {.ops = &ops,
                                .user = n,
                                .protocol = PF_SEAT_GAMESTREAM,
                                .needs_display = true,
                                .replaces_own = true,
                                .has_fingerprint = true,
                                .fingerprint = {99}}};
    pf_seats_judge(&r->seats, &n->seat, &r->policy, &j);
    pf_seat_claim(&r->seats, &n->seat, &j, 0, 0);
    pf_seat_take(&r->seats, &n->seat);
}

static void the_other_protocol_is_in_the_way(void **state)
{
    struct rig r;
    struct neighbour n;
    struct client one, two;
    struct pf_hello hello = plain_hello();
    open_rig(&r, PF_CONFLICT_REJECT, 0);
    neighbour_begins(&r, &n);
    client_connect(&r, &one, r.alice);
    client_hello(&one, &hello);
    client_expect_close(&one, PF_CLOSE_BUSY);
    assert_string_equal(one.reason, "host busy: streaming 800x600@75 to Moonlight");
    client_close(&one, 0);

    r.policy.conflict = PF_CONFLICT_SEPARATE;
    r.policy.max_displays = 1;
    client_connect(&r, &one, r.alice);
    client_hello(&one, &hello);
    client_expect_close(&one, PF_CLOSE_BUSY);
    assert_string_equal(one.reason, "host display budget exhausted: 1 of 1 displays are in use");
    client_close(&one, 0);

    r.policy.max_displays = 4;
    assert_int_equal(stream(&r, &one, r.alice, &hello)->plan.mode.width, 1280);
    r.policy.conflict = PF_CONFLICT_JOIN;
    assert_int_equal(stream(&r, &two, r.bob, &hello)->plan.mode.width, 800);
    assert_int_equal(two.welcome.refresh, 75);
    assert_int_equal(n.ended, 0);
    pf_seat_leave(&r.seats, &n.seat);
    client_close(&one, 0);
    client_close(&two, 0);
    rig_close(&r);
}

static bool is_alone(void *arg)
{
    const struct pf_seats *seats = &((struct rig *)arg)->seats;
    return seats->list.next->next == &seats->list;
}

static void thieves_do_not_care_for_protocols(void **state)
{
    struct rig r;
    struct neighbour n;
    struct client one;
    struct pf_hello hello = plain_hello();
    open_rig(&r, PF_CONFLICT_STEAL, 0);
    neighbour_begins(&r, &n);
    struct fake_feed *feed = &r.feeds[0];
    client_connect(&r, &one, r.alice);
    client_hello(&one, &hello);
    rig_run_for(&r, 50);
    assert_int_equal(n.ended, 1);
    assert_int_equal(one.frame_count, 0); /* its display is not free */
    pf_seat_leave(&r.seats, &n.seat);
    client_welcomed(&one);
    client_start(&one, true);
    rig_run_until(&r, has_feeds, &(struct feed_wait){&r, 1});

    feed->refuses_to_stop = true;
    neighbour_begins(&r, &n);
    client_expect_close(&one, PF_CLOSE_DONE);
    assert_string_equal(one.reason, "another device takes over");
    assert_ptr_not_equal(
        r.seats.list.next, &n.seat); /* the first is still there, until its display is free */
    fake_feed_end(feed, 0, "");
    rig_run_until(&r, is_alone, &r);
    pf_seat_leave(&r.seats, &n.seat);
    client_close(&one, 0);
    rig_close(&r);
}

static void test_frames_are_in_nobodys_way(void **state)
{
    const struct pf_native_config config = {
        .source = PF_SESSION_SOURCE_SYNTHETIC, .limits = {.drain_ns = 30 * MS}};
    struct rig r;
    struct client one, two;
    struct pf_hello hello = plain_hello();
    rig_open(&r, &config);
    r.policy.conflict = PF_CONFLICT_REJECT;
    client_connect(&r, &one, r.alice);
    client_stream(&one, &hello);
    client_connect(&r, &two, r.bob);
    client_stream(&two, &hello);
    client_close(&one, 0);
    client_close(&two, 0);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separate_clients_have_their_own_modes),
        cmocka_unit_test(too_many_displays_are_refused),
        cmocka_unit_test(a_joiner_gets_the_mode_of_the_oldest_other_session),
        cmocka_unit_test(a_joiner_gets_the_mode_that_is_in_force),
        cmocka_unit_test(a_busy_host_says_what_it_does),
        cmocka_unit_test(a_busy_host_serves_the_next_client_afterwards),
        cmocka_unit_test(a_thief_waits_for_the_others_to_end),
        cmocka_unit_test(a_thief_does_not_wait_for_ever),
        cmocka_unit_test(older_clients_may_have_two_sessions),
        cmocka_unit_test(later_clients_have_one),
        cmocka_unit_test(who_comes_back_waits_for_its_ending_session),
        cmocka_unit_test(the_other_protocol_is_in_the_way),
        cmocka_unit_test(thieves_do_not_care_for_protocols),
        cmocka_unit_test(test_frames_are_in_nobodys_way),
    };
    return cmocka_run_group_tests(tests, rig_setup_group, rig_teardown_group);
}

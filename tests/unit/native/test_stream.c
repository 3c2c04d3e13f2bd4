/* Live sessions over real QUIC and UDP: the verification source, and fake feeds for everything that changes.
 */
#include "rig.h"

#include "base/time.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MS PF_NS_PER_MS

static struct pf_native_config synthetic_host(uint32_t frames)
{
    return (struct pf_native_config){.source = PF_SESSION_SOURCE_SYNTHETIC,
        .frames = frames,
        .limits = {.frame_ns = 2 * MS, .drain_ns = 30 * MS}};
}

static struct pf_native_config virtual_host(void)
{
    return (struct pf_native_config){.source = PF_SESSION_SOURCE_VIRTUAL, .limits = {.drain_ns = 30 * MS}};
}

/* ---- the verification source ----------------------------------------------------------------------------
 */

static void every_frame_arrives_intact_and_timed(void **state)
{
    struct pf_native_config config = synthetic_host(30);
    struct rig r;
    struct client c;
    struct pf_hello hello = plain_hello();
    rig_open(&r, &config);
    client_connect(&r, &c, r.alice);
    client_hello(&c, &hello);
    client_welcomed(&c);
    assert_int_equal(c.welcome.frames, 30);
    assert_int_equal(c.welcome.fec_percent, 10);
    assert_int_equal(c.welcome.shard_payload, 1408);
    assert_int_equal(c.welcome.compositor, 0);
    client_start(&c, false);
    client_clock(&c, 2, 8); /* answered while the host waits for the punch */
    assert_int_equal(pf_media_socket_punch(c.media.socket), 0);
    client_expect_close(&c, PF_CLOSE_DONE);
    assert_string_equal(c.reason, "done");
    assert_int_equal(c.intact, 30);
    assert_int_equal(c.last_flags, PF_FRAME_PIC | PF_FRAME_IDR);
    assert_int_equal(c.datagrams, 30);
    assert_int_equal(c.frame_count, 9); /* Welcome and the echoes: nothing unsolicited */
    rig_close(&r);
}

static void who_wants_no_timing_gets_none(void **state)
{
    struct pf_native_config config = synthetic_host(3);
    struct rig r;
    struct client c;
    struct pf_hello hello = plain_hello();
    hello.video_caps = 0;
    rig_open(&r, &config);
    client_connect(&r, &c, NULL);
    client_stream(&c, &hello);
    client_expect_close(&c, PF_CLOSE_DONE);
    assert_int_equal(c.intact, 3);
    assert_int_equal(c.datagrams, 0);
    rig_close(&r);
}

static void without_a_punch_video_goes_to_the_port_of_start(void **state)
{
    struct pf_native_config config = synthetic_host(3);
    struct rig r;
    struct client c;
    struct pf_hello hello = plain_hello();
    config.limits.punch_ns = 50 * MS;
    rig_open(&r, &config);
    client_connect(&r, &c, r.alice);
    client_hello(&c, &hello);
    client_welcomed(&c);
    client_start(&c, false);
    client_expect_close(&c, PF_CLOSE_DONE);
    assert_int_equal(c.intact, 3);
    rig_close(&r);
}

static void punch_from(const char *address, uint16_t port, const char *bytes)
{
    struct sockaddr_storage from, to = loopback(port);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(pf_address_parse(address, 0, &from, NULL), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(struct sockaddr_in)), 0);
    assert_int_equal(sendto(fd, bytes, strlen(bytes), 0, (struct sockaddr *)&to, sizeof(struct sockaddr_in)),
        strlen(bytes));
    close(fd);
}

static void only_the_clients_own_punch_counts(void **state)
{
    struct pf_native_config config = synthetic_host(3);
    struct rig r;
    struct client c;
    struct pf_hello hello = plain_hello();
    rig_open(&r, &config);
    client_connect(&r, &c, r.alice);
    client_hello(&c, &hello);
    client_welcomed(&c);
    client_start(&c, false);
    punch_from("127.0.0.2", c.welcome.udp_port, "PFpunch1");
    punch_from("127.0.0.1", c.welcome.udp_port, "PFpunch");
    punch_from("127.0.0.1", c.welcome.udp_port, "pfPUNCH1");
    rig_run_for(&r, 50);
    assert_int_equal(c.intact, 0);
    assert_int_equal(pf_media_socket_punch(c.media.socket), 0);
    client_expect_close(&c, PF_CLOSE_DONE);
    assert_int_equal(c.intact, 3);
    rig_close(&r);
}

static void a_new_mode_is_acknowledged_without_effect(void **state)
{
    struct pf_native_config config = synthetic_host(0);
    struct rig r;
    struct client c;
    struct pf_hello hello = plain_hello();
    rig_open(&r, &config);
    client_connect(&r, &c, r.alice);
    client_stream(&c, &hello);
    client_send_control(&c, &(struct pf_control){.type = PF_CONTROL_RECONFIGURE,
                                .mode = {.width = 1920, .height = 1080, .refresh = 30}});
    struct pf_control answer = client_control(&c, 2);
    assert_int_equal(answer.type, PF_CONTROL_RECONFIGURED);
    assert_true(answer.reconfigured.accepted);
    assert_int_equal(answer.reconfigured.refresh, 30);
    client_close(&c, 0);
    rig_close(&r);
}

static void a_speed_test_is_run_and_answered(void **state)
{
    struct pf_native_config config = synthetic_host(0);
    struct rig r;
    struct client c;
    struct pf_hello hello = plain_hello();
    rig_open(&r, &config);
    client_connect(&r, &c, r.alice);
    client_stream(&c, &hello);
    client_send_control(&c, &(struct pf_control){.type = PF_CONTROL_PROBE_REQUEST,
                                .probe_request = {.target_kbps = 20000, .duration_ms = 100}});
    struct pf_control answer = client_control(&c, 2);
    assert_int_equal(answer.type, PF_CONTROL_PROBE_RESULT);
    assert_in_range(answer.probe_result.bytes_sent, 10416, 300000);
    assert_true(answer.probe_result.duration_ms >= 100);
    assert_true(answer.probe_result.wire_packets_sent > 0);
    client_close(&c, 0);
    rig_close(&r);
}

/* ---- fake feeds -----------------------------------------------------------------------------------------
 */

static bool feed_runs(void *arg)
{
    struct rig *r = arg;
    return r->feed_count && r->feeds[r->feed_count - 1].started;
}

/* A session whose first unit has arrived. */
static struct fake_feed *go_live(struct rig *r, struct client *c, const struct pf_identity *who)
{
    struct pf_hello hello = plain_hello();
    unsigned before = r->feed_count;
    client_connect(r, c, who);
    client_stream(c, &hello);
    rig_run_until(r, feed_runs, r);
    assert_int_equal(r->feed_count, before + 1);
    return &r->feeds[before];
}

static bool has_unit(void *arg)
{
    return ((struct client *)arg)->media.frames > 0;
}

static void show_picture(struct rig *r, struct client *c, struct fake_feed *f)
{
    c->media.frames = 0;
    fake_feed_push(r, f, 20000, true);
    rig_run_until(r, has_unit, c);
}

struct count {
    const unsigned *value;
    unsigned wanted;
};

static bool has_count(void *arg)
{
    struct count *c = arg;
    return *c->value >= c->wanted;
}

static void wait_count(struct rig *r, const unsigned *value, unsigned wanted)
{
    rig_run_until(r, has_count, &(struct count){value, wanted});
}

static struct pf_native_session_info only_session(struct rig *r)
{
    struct pf_native_session_info info;
    assert_int_equal(pf_native_sessions(r->native, &info, 1), 1);
    return info;
}

static void the_session_shows_its_facts(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    struct fake_feed *f = go_live(&r, &c, r.alice);
    assert_int_equal(f->plan.codec, PF_CODEC_H264);
    assert_int_equal(c.welcome.codec, PF_WIRE_CODEC_H264);
    assert_int_equal(c.welcome.compositor, PF_WIRE_COMPOSITOR_WLROOTS);
    struct pf_native_session_info info = only_session(&r);
    assert_int_equal(info.state, PF_NATIVE_SESSION_STARTING);
    assert_true(info.has_fingerprint);
    assert_memory_equal(info.fingerprint, pf_identity_fingerprint(r.alice), 32);
    assert_int_equal(strlen(info.label), 12);
    assert_int_equal(info.mode.width, 1280);
    assert_int_equal(info.mode.refresh_mhz, 60000);
    assert_int_equal(info.bitrate_kbps, 20000);
    show_picture(&r, &c, f);
    rig_run_for(&r, 20);
    assert_int_equal(only_session(&r).state, PF_NATIVE_SESSION_STREAMING);
    client_close(&c, 0);
    rig_close(&r);
    assert_true(f->stopped);
    assert_false(f->quit);
}

static void requests_reach_the_feed(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    struct fake_feed *f = go_live(&r, &c, r.alice);
    client_send_control(&c, &(struct pf_control){.type = PF_CONTROL_REQUEST_KEYFRAME});
    wait_count(&r, &f->keyframes, 1);
    client_send_control(&c, &(struct pf_control){.type = PF_CONTROL_LOSS_REPORT, .loss_ppm = 100000});
    client_send_control(&c, &(struct pf_control){.type = PF_CONTROL_SET_BITRATE, .kbps = 9000});
    wait_count(&r, &f->rates, 1);
    assert_int_equal(f->kbps, 9000);
    assert_int_equal(only_session(&r).fec_percent, 15);
    f->sink.settled(f->sink.user, NULL, &f->plan.mode, 9000);
    rig_run_for(&r, 20);
    assert_int_equal(c.frame_count, 1); /* the answer waits for the clock exchange … */
    client_clock(&c, 2, 8);
    struct pf_control answer = client_control(&c, 10); /* … and follows it */
    assert_int_equal(answer.type, PF_CONTROL_BITRATE_CHANGED);
    assert_int_equal(answer.kbps, 9000);
    assert_int_equal(only_session(&r).bitrate_kbps, 9000);
    client_close(&c, 0);
    rig_close(&r);
}

static void a_failed_mode_switch_is_corrected(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    struct fake_feed *f = go_live(&r, &c, r.alice);
    client_clock(&c, 2, 8);
    client_send_control(&c, &(struct pf_control){.type = PF_CONTROL_RECONFIGURE,
                                .mode = {.width = 1920, .height = 1080, .refresh = 120}});
    struct pf_control answer = client_control(&c, 10);
    assert_true(answer.reconfigured.accepted);
    assert_int_equal(answer.reconfigured.width, 1920);
    wait_count(&r, &f->modes, 1);
    assert_int_equal(f->mode.refresh_mhz, 120000);
    f->sink.settled(f->sink.user, &f->mode, &f->plan.mode, 20000);
    answer = client_control(&c, 11);
    assert_int_equal(answer.type, PF_CONTROL_RECONFIGURED);
    assert_true(answer.reconfigured.accepted);
    assert_int_equal(answer.reconfigured.width, 1280);
    client_close(&c, 0);
    rig_close(&r);
}

static void held_messages_leave_after_a_while_without_clock_exchange(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client c;
    config.limits.echo_hold_ns = 300 * MS;
    rig_open(&r, &config);
    struct fake_feed *f = go_live(&r, &c, r.alice);
    const struct pf_mode other = {1280, 800, 60000};
    f->sink.settled(f->sink.user, NULL, &other, 20000); /* the compositor gave something else */
    rig_run_for(&r, 20);
    assert_int_equal(c.frame_count, 1);
    struct pf_control told = client_control(&c, 2);
    assert_int_equal(told.type, PF_CONTROL_RECONFIGURED);
    assert_int_equal(told.reconfigured.height, 800);
    client_close(&c, 0);
    rig_close(&r);
}

/* ---- ends -----------------------------------------------------------------------------------------------
 */

static void a_stream_that_never_begins_says_why(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client c, d;
    struct pf_hello hello = plain_hello();
    rig_open(&r, &config);
    struct fake_feed *f = go_live(&r, &c, r.alice);
    fake_feed_end(f, -ENODEV, "the compositor has no outputs");
    client_expect_close(&c, PF_CLOSE_SETUP_FAILED);
    assert_string_equal(c.reason, "the compositor has no outputs");

    r.feed_start_rc = -ENOMEM;
    client_connect(&r, &d, r.alice);
    client_stream(&d, &hello);
    client_expect_close(&d, PF_CLOSE_SETUP_FAILED);
    assert_string_equal(d.reason, "the fake feed does not start");
    rig_close(&r);
}

static void a_stream_that_breaks_is_an_error(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    struct fake_feed *f = go_live(&r, &c, r.alice);
    show_picture(&r, &c, f);
    rig_run_for(&r, 20);
    fake_feed_end(f, -EIO, "the display went away");
    client_expect_close(&c, PF_CLOSE_ERROR);
    assert_string_equal(c.reason, "the display went away");
    rig_close(&r);
}

static bool feed_is_destroyed(void *arg)
{
    return ((struct fake_feed *)arg)->destroyed;
}

static void quitting_is_not_the_same_as_vanishing(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    struct fake_feed *f = go_live(&r, &c, r.alice);
    client_close(&c, PF_CLOSE_USER_QUIT);
    rig_run_until(&r, feed_is_destroyed, f);
    assert_true(f->quit);
    f = go_live(&r, &c, r.alice);
    client_close(&c, PF_CLOSE_DONE);
    rig_run_until(&r, feed_is_destroyed, f);
    assert_false(f->quit);
    assert_int_equal(pf_native_sessions(r.native, NULL, 0), 0);
    rig_close(&r);
}

static void a_permit_is_free_only_when_the_threads_have_ended(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client first, second;
    struct pf_hello hello = plain_hello();
    config.max_concurrent = 1;
    rig_open(&r, &config);
    struct fake_feed *f = go_live(&r, &first, r.alice);
    f->refuses_to_stop = true;
    client_close(&first, 0);
    client_connect(&r, &second, r.bob);
    client_hello(&second, &hello);
    rig_run_for(&r, 50);
    assert_true(f->stopped);
    assert_int_equal(second.frame_count, 0);
    f->sink.ended(f->sink.user, 0, "");
    client_welcomed(&second);
    client_close(&second, 0);
    rig_close(&r);
}

static void the_host_may_end_a_session(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    struct fake_feed *f = go_live(&r, &c, r.alice);
    uint32_t id = only_session(&r).id;
    assert_int_equal(pf_native_request_idr(r.native, id + 1), -ENOENT);
    assert_int_equal(pf_native_request_idr(r.native, id), 0);
    assert_int_equal(f->keyframes, 1);
    assert_int_equal(pf_native_stop_session(r.native, id), 0);
    client_expect_close(&c, PF_CLOSE_DONE);
    assert_int_equal(pf_native_stop_session(r.native, id), -ENOENT);
    rig_close(&r);
}

static void an_unpaired_client_is_cut(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client alice, bob;
    rig_open(&r, &config);
    go_live(&r, &alice, r.alice);
    go_live(&r, &bob, r.bob);
    pf_native_cut(r.native, pf_identity_fingerprint(r.alice));
    client_expect_close(&alice, PF_CLOSE_ACCESS_ENDED);
    rig_run_for(&r, 20);
    assert_false(bob.closed);
    client_close(&bob, 0);
    rig_close(&r);
}

static void streams_have_a_longest_duration(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client c;
    config.seconds = 1;
    rig_open(&r, &config);
    struct fake_feed *f = go_live(&r, &c, r.alice);
    client_expect_close(&c, PF_CLOSE_DONE);
    assert_true(f->stopped);
    rig_close(&r);
}

static void later_clients_take_their_own_session_over(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client older, newer, guest;
    struct pf_hello hello = plain_hello();
    config.max_concurrent = 2;
    rig_open(&r, &config);
    go_live(&r, &older, r.alice);
    go_live(&r, &guest, r.bob);
    hello.video_caps |= PF_VIDEO_CAP_PROBE_SEQ;
    client_connect(&r, &newer, r.alice);
    client_hello(&newer, &hello);
    client_expect_close(&older, PF_CLOSE_DONE);
    client_welcomed(&newer);
    assert_false(guest.closed);
    client_close(&newer, 0);
    client_close(&guest, 0);
    rig_close(&r);
}

static void stopping_waits_for_the_media_threads(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client c;
    rig_open(&r, &config);
    struct fake_feed *f = go_live(&r, &c, r.alice);
    f->refuses_to_stop = true;
    pf_native_stop(r.native);
    client_expect_close(&c, PF_CLOSE_DONE);
    rig_run_for(&r, 50);
    assert_non_null(r.native);
    f->sink.ended(f->sink.user, 0, "");
    rig_close(&r);
}

/* ---- input ----------------------------------------------------------------------------------------------
 */

static void send_input(struct client *c, const struct pf_input_event *event, size_t len)
{
    uint8_t buf[PF_INPUT_LEN];
    struct pf_datagram msg = {.tag = PF_DATAGRAM_INPUT, .input = *event};
    assert_int_equal(pf_datagram_encode(&msg, buf, sizeof(buf)), PF_INPUT_LEN);
    assert_int_equal(pf_quic_datagram_send(c->conn, buf, len), 0);
}

static bool has_input(void *arg)
{
    return ((struct fake_feed *)arg)->inputs > 0;
}

static bool have_both_feeds(void *arg)
{
    return ((struct rig *)arg)->feed_count == 2;
}

static void input_reaches_the_feed_of_its_session_only(void **state)
{
    struct pf_native_config config = virtual_host();
    struct rig r;
    struct client c, d;
    struct pf_hello hello = plain_hello();
    const struct pf_input_event key = {.kind = PF_INPUT_KEY_DOWN, .code = 0x41, .flags = 0x80000000u};
    const struct pf_input_event move = {.kind = PF_INPUT_MOUSE_MOVE, .x = -12, .y = 34};
    rig_open(&r, &config);
    client_connect(&r, &c, r.alice);
    send_input(&c, &key, PF_INPUT_LEN); /* nobody lives here yet */
    client_stream(&c, &hello);
    client_connect(&r, &d, r.bob);
    client_stream(&d, &hello);
    rig_run_until(&r, have_both_feeds, &r);
    send_input(&d, &move, PF_INPUT_LEN - 1); /* damaged */
    send_input(&d, &move, PF_INPUT_LEN);
    rig_run_until(&r, has_input, &r.feeds[1]);
    assert_int_equal(r.feeds[1].inputs, 1);
    assert_int_equal(r.feeds[1].input.type, PF_INPUT_MOTION);
    assert_int_equal(r.feeds[1].input.x, -12);
    assert_int_equal(r.feeds[1].input.y, 34);
    assert_int_equal(r.feeds[0].inputs, 0);
    send_input(&c, &key, PF_INPUT_LEN);
    rig_run_until(&r, has_input, &r.feeds[0]);
    assert_int_equal(r.feeds[0].input.type, PF_INPUT_KEY);
    assert_int_equal(r.feeds[0].input.code, 30); /* KEY_A */
    assert_int_equal(r.feeds[1].inputs, 1);
    client_close(&c, PF_CLOSE_DONE);
    client_close(&d, PF_CLOSE_DONE);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_reaches_the_feed_of_its_session_only),
        cmocka_unit_test(every_frame_arrives_intact_and_timed),
        cmocka_unit_test(who_wants_no_timing_gets_none),
        cmocka_unit_test(without_a_punch_video_goes_to_the_port_of_start),
        cmocka_unit_test(only_the_clients_own_punch_counts),
        cmocka_unit_test(a_new_mode_is_acknowledged_without_effect),
        cmocka_unit_test(a_speed_test_is_run_and_answered),
        cmocka_unit_test(the_session_shows_its_facts),
        cmocka_unit_test(requests_reach_the_feed),
        cmocka_unit_test(a_failed_mode_switch_is_corrected),
        cmocka_unit_test(held_messages_leave_after_a_while_without_clock_exchange),
        cmocka_unit_test(a_stream_that_never_begins_says_why),
        cmocka_unit_test(a_stream_that_breaks_is_an_error),
        cmocka_unit_test(quitting_is_not_the_same_as_vanishing),
        cmocka_unit_test(a_permit_is_free_only_when_the_threads_have_ended),
        cmocka_unit_test(the_host_may_end_a_session),
        cmocka_unit_test(an_unpaired_client_is_cut),
        cmocka_unit_test(streams_have_a_longest_duration),
        cmocka_unit_test(later_clients_take_their_own_session_over),
        cmocka_unit_test(stopping_waits_for_the_media_threads),
    };
    return cmocka_run_group_tests(tests, rig_setup_group, rig_teardown_group);
}

/* The probe against a small host on the same loop: whole sessions over loopback. */
#include "client/pairing.h"
#include "client/session.h"
#include "fake_host.h"

#include "base/file.h"
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/pf-probe-XXXXXX";

struct run {
    struct fake_host host;
    struct probe_report report;
};

/* Runs the command line (NULL-terminated) against a host that behaves so. */
static void run(struct run *r, struct fake_behaviour behaviour, const char *const *args)
{
    const char *argv[16] = {"probe"};
    int argc = 1;
    struct pf_loop *loop;
    struct pf_identity *identity = NULL;
    struct probe_options o;
    struct probe_session *session = NULL;
    struct probe_pairing *pairing = NULL;
    struct pf_error err;
    char *host_dir = pf_path_join(dir, "host"), *client_dir = pf_path_join(dir, "client"), target[32];

    memset(r, 0, sizeof(*r));
    assert_int_equal(pf_loop_create(&loop), 0);
    fake_host_start(&r->host, loop, host_dir, behaviour);
    snprintf(target, sizeof(target), "127.0.0.1:%u", fake_host_port(&r->host));
    argv[argc++] = target;
    for (; args && *args; args++)
        argv[argc++] = *args;
    if (probe_options_parse(argc, (char *const *)argv, &o, &err) < 0 ||
        pf_identity_load_client(client_dir, &identity, &err) < 0)
        fail_msg("%s", err.text);
    int e = o.pair ? probe_pairing_start(loop, &o, identity, &r->report, &pairing, &err)
                   : probe_session_start(loop, &o, identity, &r->report, &session, &err);
    assert_int_equal(e, 0);
    assert_int_equal(pf_loop_run(loop), 0);
    probe_session_destroy(session);
    probe_pairing_destroy(pairing);
    fake_host_finish(&r->host);
    pf_loop_destroy(loop);
    pf_identity_destroy(identity);
    free(host_dir);
    free(client_dir);
}

#define ARGS(...)                                                                                            \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        __VA_ARGS__, NULL                                                                                    \
    }

static void expect_status(const struct run *r, int status)
{
    if (r->report.exit_status != status)
        fail_msg("status %d: %s", r->report.exit_status, r->report.problem);
}

static void a_whole_stream_is_verified(void **state)
{
    struct run r;
    run(&r, (struct fake_behaviour){.frames = 60}, ARGS("--name", "Test", "--mode", "640x480@50"));
    expect_status(&r, PROBE_OK);
    assert_string_equal(r.host.hello.name, "Test");
    assert_int_equal(r.host.hello.width, 640);
    assert_int_equal(r.host.hello.video_codecs, 7);
    assert_int_equal(r.host.clock_probes, 8);
    assert_true(r.report.clock_valid);
    assert_int_equal(r.report.received.frames, 60);
    assert_int_equal(r.report.received.idr_frames, 1);
    assert_int_equal(r.report.latency.count, 60);
    assert_true(r.report.host.count >= 55); /* the last timings may come after the end */
    assert_true(r.report.first_frame_ms >= r.report.welcome_ms && r.report.welcome_ms >= r.report.ready_ms);
    assert_int_equal(r.host.keyframe_requests, 0);
    assert_int_equal(r.host.closed_code, PF_CLOSE_DONE);
    assert_int_equal(strlen(r.report.host_fingerprint), 64);
}

static void a_damaged_frame_fails(void **state)
{
    struct run r;
    run(&r, (struct fake_behaviour){.frames = 20, .damage = 7}, NULL);
    expect_status(&r, PROBE_CHECK_FAILED);
    assert_int_equal(r.report.received.mismatched, 1);
    assert_int_equal(r.report.received.frames, 20);
}

static void parity_repairs_what_is_dropped(void **state)
{
    struct run r;
    run(&r, (struct fake_behaviour){.frames = 60}, ARGS("--drop-burst", "2:67"));
    expect_status(&r, PROBE_OK);
    assert_true(r.report.received.packets.restored_shards > 20);
    assert_true(r.report.received.dropped_on_purpose > 100);
}

static void a_lost_frame_is_reported_and_asked_for(void **state)
{
    struct run r;
    run(&r,
        (struct fake_behaviour){.frames = 250, .omit = 30, .close_after = 250, .close_code = PF_CLOSE_DONE},
        ARGS("--allow-loss"));
    expect_status(&r, PROBE_OK);
    assert_int_equal(r.report.received.frames, 249);
    assert_int_equal(r.report.received.frames_lost, 1);
    assert_true(r.host.keyframe_requests >= 1);
    assert_true(r.host.loss_reports >= 1);
    assert_true(r.report.loss_reports >= r.host.loss_reports);

    run(&r, (struct fake_behaviour){.frames = 40, .omit = 30, .close_after = 40, .close_code = PF_CLOSE_DONE},
        NULL);
    expect_status(&r, PROBE_CHECK_FAILED);
    assert_string_equal(r.report.problem, "39 of 40 frames arrived");
}

static void limits_end_a_stream(void **state)
{
    struct run r;
    run(&r, (struct fake_behaviour){.frames = 100000}, ARGS("--frames", "25"));
    expect_status(&r, PROBE_OK);
    assert_true(r.report.received.frames >= 25);
}

static void a_mode_switch_is_answered(void **state)
{
    struct run r;
    run(&r, (struct fake_behaviour){.frames = 100000}, ARGS("--frames", "80", "--remode", "800x600@30:0"));
    expect_status(&r, PROBE_OK);
    assert_int_equal(r.host.reconfigures, 1);
    assert_true(r.report.remode.accepted);
    assert_int_equal(r.report.remode.width, 800);
}

static void a_host_without_clock_still_streams(void **state)
{
    struct run r;
    run(&r, (struct fake_behaviour){.frames = 10, .no_clock = true}, NULL);
    expect_status(&r, PROBE_OK);
    assert_false(r.report.clock_valid);
}

static void refusals_keep_their_code(void **state)
{
    struct run r;
    run(&r, (struct fake_behaviour){.close_code = PF_CLOSE_BUSY, .close_reason = "streaming to somebody"},
        NULL);
    expect_status(&r, PF_CLOSE_BUSY);
    assert_string_equal(r.report.close.name, "busy");
    assert_string_equal(r.report.close.reason, "streaming to somebody");
    run(&r,
        (struct fake_behaviour){
            .frames = 1000, .close_after = 10, .close_code = PF_CLOSE_ACCESS_ENDED, .close_reason = ""},
        NULL);
    expect_status(&r, PF_CLOSE_ACCESS_ENDED);
    assert_int_equal(r.report.received.frames, 10);
}

static void silence_is_no_offer(void **state)
{
    struct run r;
    run(&r, (struct fake_behaviour){.silent = true}, ARGS("--wait", "1"));
    expect_status(&r, PROBE_NO_CONNECTION);
}

static void only_the_pinned_host_will_do(void **state)
{
    struct run r;
    run(&r, (struct fake_behaviour){.frames = 5},
        ARGS("--pin", "00000000000000000000000000000000000000000000000000000000000000aa"));
    expect_status(&r, PROBE_WRONG_HOST);
    char seen[65];
    run(&r, (struct fake_behaviour){.frames = 5}, NULL);
    memcpy(seen, r.report.host_fingerprint, sizeof(seen));
    run(&r, (struct fake_behaviour){.frames = 5}, ARGS("--pin", seen));
    expect_status(&r, PROBE_OK);
}

static void pairing_needs_the_pin(void **state)
{
    struct run r;
    run(&r, (struct fake_behaviour){.pin = "0420"}, ARGS("--pair", "0420"));
    expect_status(&r, PROBE_OK);
    assert_true(r.report.paired && r.host.paired);
    assert_int_equal(r.host.closed_code, PF_CLOSE_DONE);
    run(&r, (struct fake_behaviour){.pin = "0420"}, ARGS("--pair", "0421"));
    expect_status(&r, PROBE_CHECK_FAILED);
    assert_false(r.report.paired || r.host.paired);
    assert_int_equal(r.host.closed_code, PF_CLOSE_ERROR);
}

static int make_dir(void **state)
{
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    char command[64];
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_stream_is_verified),
        cmocka_unit_test(a_damaged_frame_fails),
        cmocka_unit_test(parity_repairs_what_is_dropped),
        cmocka_unit_test(a_lost_frame_is_reported_and_asked_for),
        cmocka_unit_test(limits_end_a_stream),
        cmocka_unit_test(a_mode_switch_is_answered),
        cmocka_unit_test(a_host_without_clock_still_streams),
        cmocka_unit_test(refusals_keep_their_code),
        cmocka_unit_test(silence_is_no_offer),
        cmocka_unit_test(only_the_pinned_host_will_do),
        cmocka_unit_test(pairing_needs_the_pin),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

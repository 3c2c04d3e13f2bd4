#include "client/trials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS 1000000ull

struct fixture {
    struct probe_options options;
    struct probe_report report;
    struct probe_trials trials;
    struct pf_reassembler_stats stats;
    struct pf_control message;
};

static void start(struct fixture *f)
{
    probe_trials_start(&f->trials, &f->options, &f->report, 0);
}

static bool due(struct fixture *f, uint64_t now)
{
    return probe_trials_due(&f->trials, &f->stats, now, &f->message);
}

static void losses_are_reported_per_window(void **state)
{
    struct fixture f = {0};
    start(&f);
    f.stats.packets = 950;
    f.stats.restored_shards = 50;
    assert_false(due(&f, 749 * MS));
    assert_true(due(&f, 750 * MS));
    assert_int_equal(f.message.type, PF_CONTROL_LOSS_REPORT);
    assert_int_equal(f.message.loss_ppm, 50000);
    assert_false(due(&f, 750 * MS));
    f.stats.packets = 1950; /* nothing lost since */
    assert_true(due(&f, 1500 * MS));
    assert_int_equal(f.message.loss_ppm, 0);
    assert_int_equal(f.report.loss_reports, 2);
    assert_int_equal(f.report.max_loss_ppm, 50000);
}

static void a_mode_switch_is_asked_once(void **state)
{
    struct fixture f = {.options.remode = {.wanted = true, .mode = {800, 600, 30}, .after_s = 0.5}};
    start(&f);
    assert_false(due(&f, 499 * MS));
    assert_true(due(&f, 500 * MS));
    assert_int_equal(f.message.type, PF_CONTROL_RECONFIGURE);
    assert_int_equal(f.message.mode.height, 600);
    assert_false(due(&f, 600 * MS));
    struct pf_control answer = {.type = PF_CONTROL_RECONFIGURED, .reconfigured = {true, 800, 600, 30}};
    probe_trials_take(&f.trials, &answer, 512 * MS);
    assert_true(f.report.remode.accepted && f.report.remode.answer_ms == 12);
    answer.reconfigured.width = 1280; /* the host takes it back */
    probe_trials_take(&f.trials, &answer, 900 * MS);
    assert_int_equal(f.report.remode.answers, 2);
    assert_int_equal(f.report.remode.width, 1280);
    assert_true(f.report.remode.answer_ms == 12);
}

static void a_speed_test_compares_both_ends(void **state)
{
    struct fixture f = {.options.speed_test = {true, 100000, 1000}, .report.welcome.encrypt = 1};
    start(&f);
    f.stats.packets = 500;
    f.stats.bytes = 500 * 1448;
    f.trials.report_ns = 1000000 * MS; /* loss reports are not the matter here */
    const struct pf_control early = {.type = PF_CONTROL_PROBE_RESULT};
    probe_trials_take(&f.trials, &early, MS); /* not asked for */
    assert_false(f.report.speed_test.answered);
    assert_true(due(&f, 2000 * MS));
    assert_int_equal(f.message.probe_request.target_kbps, 100000);
    assert_true(probe_trials_speed_runs(&f.trials));

    const struct pf_control result = {.type = PF_CONTROL_PROBE_RESULT,
        .probe_result = {.duration_ms = 1000, .wire_packets_sent = 10000, .send_dropped = 2500}};
    probe_trials_take(&f.trials, &result, 3000 * MS);
    assert_false(due(&f, 3059 * MS));
    assert_false(probe_trials_speed_over(&f.trials)); /* the last packets may be under way */
    f.stats.packets += 9000;
    f.stats.bytes += 9000 * 1448;
    assert_false(due(&f, 3060 * MS));
    assert_true(probe_trials_speed_over(&f.trials));
    assert_int_equal(f.report.speed_test.packets_received, 9000);
    assert_int_equal(f.report.speed_test.delivered_kbps, 9000 * 1472 * 8 / 1000);
    assert_true(f.report.speed_test.loss_percent == 10);
    assert_true(f.report.speed_test.host_drop_percent == 20);
}

static void no_loss_report_during_a_burst(void **state)
{
    struct fixture f = {.options.speed_test = {true, 1000, 5000}};
    start(&f);
    assert_true(due(&f, 750 * MS));
    assert_true(due(&f, 2250 * MS)); /* the report, */
    assert_true(due(&f, 2250 * MS)); /* then the request */
    assert_int_equal(f.message.type, PF_CONTROL_PROBE_REQUEST);
    for (uint64_t now = 2300; now < 17000; now += 50)
        assert_false(due(&f, now * MS));
    assert_false(f.report.speed_test.answered);
    assert_false(due(&f, 17250 * MS)); /* given up, */
    assert_true(probe_trials_speed_over(&f.trials));
    assert_true(due(&f, 18100 * MS)); /* and back to normal */
    assert_int_equal(f.message.type, PF_CONTROL_LOSS_REPORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_reported_per_window),
        cmocka_unit_test(a_mode_switch_is_asked_once),
        cmocka_unit_test(a_speed_test_compares_both_ends),
        cmocka_unit_test(no_loss_report_during_a_burst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

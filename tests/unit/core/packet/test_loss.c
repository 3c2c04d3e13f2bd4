#include "punktfunk/loss.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void reports_follow_the_counters(void **state)
{
    static const struct {
        uint64_t packets, restored, late, frames_dropped;
        uint32_t ppm;
    } cases[] = {
        {0, 0, 0, 0, 0}, {0, 0, 0, 1, 50000}, {1000, 0, 0, 0, 0}, {990, 10, 0, 0, 10000},
        {990, 10, 4, 0, 6024},                          /* 6 / 996 */
        {990, 10, 12, 0, 0},                            /* shards of an earlier window came late */
        {990, 10, 0, 7, 60000}, {1, 99, 0, 3, 1000000}, /* 990 000 and 50 000 more, capped */
    };
    const struct pf_reassembler_stats then = {
        .packets = 5, .restored_shards = 7, .late_shards = 2, .frames_dropped = 1};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct pf_reassembler_stats now = {.packets = then.packets + cases[i].packets,
            .restored_shards = then.restored_shards + cases[i].restored,
            .late_shards = then.late_shards + cases[i].late,
            .frames_dropped = then.frames_dropped + cases[i].frames_dropped};
        assert_int_equal(pf_loss_ppm(&then, &now), cases[i].ppm);
    }
}

static void wanted_parity_has_the_check_values(void **state)
{
    static const unsigned cases[][2] = {{0, 1}, {1, 2}, {7142, 2}, {7143, 3}, {50000, 8}, {100000, 15},
        {350000, 50}, {1000000, 50}, {UINT32_MAX, 50}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(pf_parity_want(cases[i][0]), cases[i][1]);
}

static void parity_jumps_up_and_falls_by_one(void **state)
{
    struct pf_parity_control c = pf_parity_control_start(-1);
    assert_int_equal(c.percent, 10);
    pf_parity_control_report(&c, 100000);
    assert_int_equal(c.percent, 15);
    pf_parity_control_report(&c, 50000);
    assert_int_equal(c.percent, 14);
    for (unsigned i = 0; i < 40; i++)
        pf_parity_control_report(&c, 0);
    assert_int_equal(c.percent, 1);
}

static void a_pinned_percentage_stays(void **state)
{
    static const int pins[][2] = {{0, 0}, {37, 37}, {90, 90}, {91, 90}};
    for (size_t i = 0; i < 4; i++) {
        struct pf_parity_control c = pf_parity_control_start(pins[i][0]);
        assert_int_equal(c.percent, pins[i][1]);
        pf_parity_control_report(&c, 1000000);
        assert_int_equal(c.percent, pins[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_follow_the_counters),
        cmocka_unit_test(wanted_parity_has_the_check_values),
        cmocka_unit_test(parity_jumps_up_and_falls_by_one),
        cmocka_unit_test(a_pinned_percentage_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

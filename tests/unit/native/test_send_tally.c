#include "base/time.h"
#include "native/send_tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void percentiles_are_members_of_the_sample(void **state)
{
    const uint32_t v[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1000};
    assert_int_equal(pf_percentile(v, 10, 50), 5);
    assert_int_equal(pf_percentile(v, 10, 99), 1000);
    assert_int_equal(pf_percentile(v, 10, 0), 1);
    assert_int_equal(pf_percentile(v, 1, 99), 1);
    assert_int_equal(pf_percentile(v, 0, 50), 0);
}

static void a_window_is_one_line_of_rates(void **state)
{
    static struct pf_send_tally t;
    char line[256];
    pf_send_tally_start(&t, 5 * PF_NS_PER_S);
    for (unsigned i = 1; i <= 120; i++)
        pf_send_tally_add(&t, i * PF_NS_PER_US, 2 * i * PF_NS_PER_US, 1472 * 10, 10, i > 100);
    pf_send_tally_print(&t, 7 * PF_NS_PER_S, line, sizeof(line));
    assert_string_equal(line,
        "fps=60.0 tx_mbps=7.07 packets=1200 at_once=100 paced=20 encode_us_p50=60 encode_us_p99=119 "
        "pace_us_p50=120 pace_us_p99=238 pace_us_max=240");
}

static void a_long_window_counts_on_without_samples(void **state)
{
    static struct pf_send_tally t;
    char line[256];
    pf_send_tally_start(&t, 0);
    for (unsigned i = 0; i < 3 * PF_TALLY_SAMPLES; i++)
        pf_send_tally_add(&t, 0, 0, 1, 1, 0);
    pf_send_tally_print(&t, PF_NS_PER_S, line, sizeof(line));
    assert_non_null(strstr(line, "fps=3072.0"));
    pf_send_tally_start(&t, 0);
    pf_send_tally_print(&t, PF_NS_PER_S, line, sizeof(line));
    assert_non_null(strstr(line, "fps=0.0 tx_mbps=0.00 packets=0"));
    assert_non_null(strstr(line, "pace_us_max=0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_members_of_the_sample),
        cmocka_unit_test(a_window_is_one_line_of_rates),
        cmocka_unit_test(a_long_window_counts_on_without_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

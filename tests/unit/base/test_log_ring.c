/* The kept lines: order, limits, gaps; and what the logger hands over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/log_ring.h"

#include <stdlib.h>
#include <string.h>

static struct pf_log_line lines[5000];

static size_t read_lines(struct pf_log_ring *ring, uint64_t after, size_t max, bool *ret_dropped)
{
    size_t n = pf_log_ring_read(ring, after, lines, max, ret_dropped);
    for (size_t i = 0; i < n; i++)
        free(lines[i].text);
    return n;
}

static void lines_are_paged_and_the_oldest_give_way(void **state)
{
    (void)state;
    struct pf_log_ring *ring = pf_log_ring_create();
    bool dropped;
    assert_int_equal(read_lines(ring, 0, 10, &dropped), 0);
    assert_false(dropped);
    for (int i = 1; i <= 4200; i++)
        pf_log_ring_take(ring, PF_LOG_INFO, (uint64_t)i, "test", "line");
    assert_int_equal(read_lines(ring, 1, 1000, &dropped), 1000);
    assert_true(dropped);
    assert_int_equal(lines[0].seq, 4200 - PF_LOG_RING_LINES + 1);
    for (int i = 1; i < 1000; i++)
        assert_int_equal(lines[i].seq, lines[0].seq + (uint64_t)i);
    assert_int_equal(read_lines(ring, 0, 1, &dropped), 1);
    assert_false(dropped); /* nobody missed what was never asked for */
    assert_int_equal(read_lines(ring, 4200 - PF_LOG_RING_LINES, 5000, &dropped), PF_LOG_RING_LINES);
    assert_false(dropped);
    assert_int_equal(read_lines(ring, 4200, 10, &dropped), 0);
    assert_int_equal(read_lines(ring, UINT64_MAX, 10, &dropped), 0);
    pf_log_ring_destroy(ring);
}

static void long_lines_are_cut_on_a_character(void **state)
{
    (void)state;
    struct pf_log_ring *ring = pf_log_ring_create();
    static char text[3001];
    bool dropped;
    for (size_t i = 0; i + 2 < sizeof(text); i += 2)
        memcpy(text + i, "\u00e4", 2);
    pf_log_set_sink(pf_log_ring_take, ring);
    pf_log_debug("test", "x%s", text);
    pf_log_debug("test", "%.2048s", text);
    pf_log_trace("test", "not for the ring");
    pf_log_set_sink(NULL, NULL);
    assert_int_equal(pf_log_ring_read(ring, 0, lines, 10, &dropped), 2);
    assert_int_equal(strlen(lines[0].text), PF_LOG_TEXT_MAX); /* 1 + 1022 × 2, and "…" */
    assert_string_equal(lines[0].text + PF_LOG_TEXT_MAX - 5, "\u00e4\u2026");
    assert_int_equal(strlen(lines[1].text), 2048);
    assert_string_equal(lines[0].scope, "test");
    assert_int_equal(lines[0].level, PF_LOG_DEBUG);
    free(lines[0].text);
    free(lines[1].text);
    pf_log_ring_destroy(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_paged_and_the_oldest_give_way),
        cmocka_unit_test(long_lines_are_cut_on_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

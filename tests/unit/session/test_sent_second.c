/* The figures of a session's last second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/access_unit.h"
#include "session/sent_second.h"

#define MS     1000000ull
#define SECOND 1000000000ull

static void send(struct pf_sent_second *s, uint64_t captured, uint64_t sent)
{
    const struct pf_access_unit au = {.capture_mono_ns = captured};
    pf_sent_second_add(s, &au, 1250, sent);
}

static void a_full_second_has_figures(void **state)
{
    struct pf_sent_second s;
    struct pf_sent_figures f = {.fps = 1};
    pf_sent_second_start(&s, SECOND);
    for (uint64_t i = 0; i < 50; i++) {
        uint64_t t = SECOND + 20 * MS * i;
        send(&s, t, t + (i % 2 ? 3 : 5) * MS);
        assert_false(pf_sent_second_tick(&s, t + 5 * MS, &f));
    }
    assert_int_equal(f.fps, 1);
    assert_true(pf_sent_second_tick(&s, 2 * SECOND, &f));
    assert_int_equal(f.fps, 50);
    assert_int_equal(f.kbps, 500);
    assert_int_equal(f.latency_us, 4000);
}

static void a_long_second_is_no_faster(void **state)
{
    struct pf_sent_second s;
    struct pf_sent_figures f;
    pf_sent_second_start(&s, SECOND);
    for (unsigned i = 0; i < 100; i++)
        send(&s, SECOND, SECOND);
    assert_true(pf_sent_second_tick(&s, 3 * SECOND, &f));
    assert_int_equal(f.fps, 50);
    assert_int_equal(f.kbps, 500);
}

static void nothing_is_nothing(void **state)
{
    struct pf_sent_second s;
    struct pf_sent_figures f;
    pf_sent_second_start(&s, SECOND);
    send(&s, SECOND, SECOND + 900 * MS);
    assert_true(pf_sent_second_tick(&s, 2 * SECOND, &f));
    assert_int_equal(f.fps, 1);
    assert_int_equal(f.latency_us, 900000);
    assert_true(pf_sent_second_tick(&s, 3 * SECOND, &f));
    assert_int_equal(f.fps, 0);
    assert_int_equal(f.kbps, 0);
    assert_int_equal(f.latency_us, 0);
}

static void what_waited_for_the_client_was_not_slow(void **state)
{
    struct pf_sent_second s;
    struct pf_sent_figures f;
    pf_sent_second_start(&s, 9 * SECOND);
    send(&s, SECOND, 9 * SECOND + 2 * MS);
    assert_true(pf_sent_second_tick(&s, 10 * SECOND, &f));
    assert_int_equal(f.latency_us, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_second_has_figures),
        cmocka_unit_test(a_long_second_is_no_faster),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(what_waited_for_the_client_was_not_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

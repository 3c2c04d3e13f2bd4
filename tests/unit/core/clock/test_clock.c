#include "punktfunk/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS 1000000ull

/* One round with the given one-way delays and a host clock that is `ahead` of ours. */
static struct pf_clock_round round_at(uint64_t t1, uint64_t there, uint64_t back, int64_t ahead)
{
    uint64_t arrive = t1 + there;
    return (struct pf_clock_round){
        t1, arrive + (uint64_t)ahead, arrive + 50000 + (uint64_t)ahead, arrive + 50000 + back};
}

static bool batch(struct pf_clock_sync *c, uint64_t start, uint64_t delay, int64_t ahead)
{
    pf_clock_sync_begin(c);
    for (unsigned i = 0; i < PF_CLOCK_ROUNDS; i++) {
        struct pf_clock_round r = round_at(start + i * 7 * MS, delay + (i == 3 ? 0 : MS / 10), delay, ahead);
        assert_true(pf_clock_sync_sent(c, r.t1_ns));
        assert_true(pf_clock_sync_echo(c, &r));
    }
    return pf_clock_sync_end(c);
}

static void known_answer(void **state)
{
    const struct pf_clock_round r = {0, 1200000, 1250000, 450000};
    assert_int_equal(pf_clock_offset_ns(&r), 1000000);
    assert_int_equal(pf_clock_rtt_ns(&r), 400000);
    /* both differences odd: halves must not be lost one by one */
    assert_int_equal(pf_clock_offset_ns(&(struct pf_clock_round){10, 13, 20, 15}), 4);
    assert_int_equal(pf_clock_offset_ns(&(struct pf_clock_round){100, 91, 92, 110}), -13);
}

static void smallest_round_trip_wins(void **state)
{
    struct pf_clock_sync c = {0};
    assert_int_equal(pf_clock_to_client(&c, 77), 77);
    assert_true(batch(&c, 1000 * MS, 5 * MS, -3000 * (int64_t)MS));
    assert_int_equal(c.current.rtt_ns, 10 * MS);
    assert_int_equal(c.current.offset_ns, -3000 * (int64_t)MS); /* that of the symmetric round */
    assert_int_equal(pf_clock_to_client(&c, 500 * MS), 3500 * MS);
}

static void strange_echoes_are_ignored(void **state)
{
    struct pf_clock_sync c = {0};
    pf_clock_sync_begin(&c);
    struct pf_clock_round r = round_at(1000, MS, MS, 0);
    assert_false(pf_clock_sync_echo(&c, &r)); /* never sent */
    assert_true(pf_clock_sync_sent(&c, 1000));
    struct pf_clock_round stepped = {1000, 2000, 1500, 3000};
    assert_false(pf_clock_sync_echo(&c, &stepped)); /* t3 before t2 */
    assert_true(pf_clock_sync_sent(&c, 1000));
    assert_true(pf_clock_sync_echo(&c, &r));
    assert_false(pf_clock_sync_echo(&c, &r)); /* a second answer */
    assert_true(pf_clock_sync_end(&c));
    assert_false(pf_clock_sync_end(&c)); /* nothing new */
    for (unsigned i = 1; i <= PF_CLOCK_ROUNDS; i++)
        assert_true(pf_clock_sync_sent(&c, i));
    assert_false(pf_clock_sync_sent(&c, 100));
}

static void later_batches_must_be_good(void **state)
{
    struct pf_clock_sync c = {0};
    assert_true(batch(&c, 1000 * MS, 5 * MS, 0)); /* minimum 10 ms */
    assert_true(batch(&c, 2000 * MS, 7 * MS, 1)); /* 14 ≤ 15 */
    assert_int_equal(c.min_rtt_ns, 10 * MS);
    assert_false(batch(&c, 3000 * MS, 9 * MS, 2)); /* 18 */
    assert_false(batch(&c, 4000 * MS, 8 * MS, 3)); /* 16: the best of the three */
    assert_int_equal(c.current.offset_ns, 1);
    assert_true(batch(&c, 5000 * MS, 20 * MS, 4));
    assert_int_equal(c.current.offset_ns, 3);
    assert_int_equal(c.current.rtt_ns, 16 * MS);
    assert_int_equal(c.min_rtt_ns, 10 * MS);
    assert_false(batch(&c, 6000 * MS, 20 * MS, 5)); /* counting starts again */
}

static void short_round_trips_are_always_good(void **state)
{
    struct pf_clock_sync c = {0};
    assert_true(batch(&c, 1000 * MS, MS / 10, 0));
    assert_true(batch(&c, 2000 * MS, MS, 7)); /* ten times the minimum, but 2 ms */
    assert_int_equal(c.current.offset_ns, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answer),
        cmocka_unit_test(smallest_round_trip_wins),
        cmocka_unit_test(strange_echoes_are_ignored),
        cmocka_unit_test(later_batches_must_be_good),
        cmocka_unit_test(short_round_trips_are_always_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

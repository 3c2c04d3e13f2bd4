/* The pace of a stream in virtual time: sources of many kinds against one refresh rate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "session/pace.h"

#include <stdbool.h>

#define MS     1000000ull
#define SECOND 1000000000ull

static uint32_t noise_state = 1;

static uint64_t noise(uint64_t range)
{
    noise_state = noise_state * 1664525u + 1013904223u;
    return range ? (noise_state >> 8) % range : 0;
}

struct outcome {
    unsigned fresh, repeats;
    uint64_t worst_delay; /* of a fresh picture, arrival to encoding */
};

/* Runs the rule of the encode loop: a source that shows a picture each `period` with `jitter`, for `length`.
 * The mailbox holds the newest picture only. */
static struct outcome simulate(uint64_t interval, uint64_t period, uint64_t jitter, uint64_t length)
{
    struct pf_pace_clock p;
    struct outcome o = {0};
    uint64_t start = 5 * SECOND, now = start, base = start, arrival = start;
    pf_pace_clock_start(&p, interval, now);
    while (now < start + length) {
        uint64_t fresh_at = pf_pace_clock_fresh_at(&p, now);
        if (fresh_at > now)
            now = fresh_at;
        uint64_t repeat_at = pf_pace_clock_repeat_at(&p, now);
        if (arrival > now && repeat_at < arrival) {
            now = repeat_at > now ? repeat_at : now;
            pf_pace_clock_spend(&p, false, now);
            o.repeats++;
            continue;
        }
        now = arrival > now ? arrival : now;
        o.worst_delay = now - arrival > o.worst_delay ? now - arrival : o.worst_delay;
        pf_pace_clock_spend(&p, true, now);
        o.fresh++;
        do {
            base += period;
            arrival = base + noise(jitter);
        } while (base + period <= now); /* pictures that were replaced unseen */
    }
    return o;
}

static void a_steady_source_is_never_delayed(void **state)
{
    (void)state;
    struct outcome o = simulate(16666667, 16666667, 0, 20 * SECOND);
    assert_in_range(o.fresh, 1199, 1201);
    assert_int_equal(o.repeats, 0);
    assert_int_equal(o.worst_delay, 0);
}

static void jitter_passes(void **state)
{
    (void)state;
    struct outcome o = simulate(16666667, 16666667, 3 * MS, 20 * SECOND);
    assert_in_range(o.fresh, 1195, 1201);
    assert_true(o.repeats < 5);
    assert_true(o.worst_delay < 3 * MS);
}

static void a_still_screen_holds_the_rate(void **state)
{
    (void)state;
    struct outcome o = simulate(16666667, 1000 * SECOND, 0, 20 * SECOND);
    assert_int_equal(o.fresh, 1);
    assert_in_range(o.repeats, 1195, 1200);
}

static void a_fast_source_is_held_to_the_rate(void **state)
{
    (void)state;
    struct outcome o = simulate(16666667, 6944444, 0, 20 * SECOND);
    assert_in_range(o.fresh, 1150, 1276);
    assert_true(o.repeats < 10);
}

/* Sway's headless outputs at 60, 120 and 240 Hz. */
static void a_source_of_whole_milliseconds_is_never_delayed(void **state)
{
    (void)state;
    for (uint64_t ms = 16; ms >= 4; ms /= 2) {
        struct outcome o = simulate(SECOND / (960 / ms), ms * MS, 0, 20 * SECOND);
        assert_in_range(o.fresh, 20000 / ms - 1, 20000 / ms + 1);
        assert_int_equal(o.repeats, 0);
        assert_int_equal(o.worst_delay, 0);
    }
}

/* The pictures after a late one are on time again, and within a few frames none has to wait for another's
 * credit. */
static void a_late_picture_is_soon_forgotten(void **state)
{
    (void)state;
    const uint64_t interval = 10 * MS;
    struct pf_pace_clock p;
    uint64_t now = SECOND, delay = 0, late = 9 * MS;
    pf_pace_clock_start(&p, interval, now);
    for (unsigned i = 0; i < 60; i++) {
        uint64_t arrival = SECOND + i * interval + (i == 10 ? late : 0);
        now = arrival > now ? arrival : now;
        uint64_t fresh_at = pf_pace_clock_fresh_at(&p, now);
        now = fresh_at > now ? fresh_at : now;
        delay = now - arrival;
        pf_pace_clock_spend(&p, true, now);
        if (i == 11)
            assert_true(delay > 0);
    }
    assert_int_equal(delay, 0);
}

/* Between half and the whole rate: repeats fill up, fresh ones are not delayed, the sum stays at the rate. */
static void a_slow_source_is_filled_up(void **state)
{
    (void)state;
    for (unsigned hz = 5; hz < 60; hz += 3) {
        struct outcome o = simulate(16666667, SECOND / hz, 0, 20 * SECOND);
        assert_in_range(o.fresh, hz * 20 - 1, hz * 20 + 2);
        assert_int_equal(o.worst_delay, 0);
        assert_true(o.fresh + o.repeats <= 1202);
        if (hz <= 30)
            assert_true(o.fresh + o.repeats >= 1000);
    }
}

static void a_pause_earns_no_burst(void **state)
{
    (void)state;
    struct pf_pace_clock p;
    pf_pace_clock_start(&p, 10 * MS, SECOND);
    pf_pace_clock_spend(&p, true, SECOND);
    uint64_t now = 100 * SECOND;
    assert_true(pf_pace_clock_fresh_at(&p, now) <= now);
    pf_pace_clock_spend(&p, true, now);
    assert_int_equal(pf_pace_clock_fresh_at(&p, now), now + 9 * MS); /* a quarter saved, but 0.9 apart */
    now += 9 * MS;
    pf_pace_clock_spend(&p, true, now);
    assert_int_equal(pf_pace_clock_fresh_at(&p, now), now + 9 * MS);
    for (unsigned i = 0; i < 10; i++) {
        now = pf_pace_clock_fresh_at(&p, now);
        pf_pace_clock_spend(&p, true, now);
    }
    assert_in_range(
        pf_pace_clock_fresh_at(&p, now), now + 9411764, now + 9411766); /* what is saved is spent */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_source_is_never_delayed),
        cmocka_unit_test(jitter_passes),
        cmocka_unit_test(a_still_screen_holds_the_rate),
        cmocka_unit_test(a_fast_source_is_held_to_the_rate),
        cmocka_unit_test(a_source_of_whole_milliseconds_is_never_delayed),
        cmocka_unit_test(a_late_picture_is_soon_forgotten),
        cmocka_unit_test(a_slow_source_is_filled_up),
        cmocka_unit_test(a_pause_earns_no_burst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "input/pads/ff_mix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS 1000000ull

static struct pf_ff_mix mix;

static void levels(uint64_t now_ns, unsigned low, unsigned high)
{
    uint16_t l, h;
    pf_ff_mix_levels(&mix, now_ns, &l, &h);
    assert_int_equal(l, low);
    assert_int_equal(h, high);
}

static int set_up(void **state)
{
    mix = pf_ff_mix_begin(PF_FF_IDLE_NS);
    return 0;
}

/* The figures of the conformance table (input-audio-encode.md 10.1): full gain loses one bit. */
static void strong_is_low_and_weak_is_high(void **state)
{
    const struct pf_ff_effect e = {.strong = 0xC000, .weak = 0x4000, .length_ms = 100};
    pf_ff_mix_upload(&mix, 0, &e, 0);
    levels(0, 0, 0);
    pf_ff_mix_play(&mix, 0, 1, 10 * MS);
    levels(10 * MS, 0xBFFF, 0x3FFF);
    assert_int_equal(pf_ff_mix_deadline(&mix, 10 * MS), 110 * MS);
    levels(109 * MS, 0xBFFF, 0x3FFF);
    levels(110 * MS, 0, 0);
    assert_int_equal(pf_ff_mix_deadline(&mix, 110 * MS), UINT64_MAX);
}

static void delays_and_repeats_are_kept(void **state)
{
    const struct pf_ff_effect e = {.strong = 0xFFFF, .length_ms = 30, .delay_ms = 20};
    pf_ff_mix_upload(&mix, 3, &e, 0);
    pf_ff_mix_play(&mix, 3, 2, 0);
    static const struct {
        unsigned ms;
        bool felt;
    } course[] = {{0, false}, {19, false}, {20, true}, {49, true}, {50, false}, {70, true}, {99, true},
        {100, false}, {1000, false}};
    for (size_t i = 0; i < sizeof(course) / sizeof(course[0]); i++)
        levels(course[i].ms * MS, course[i].felt ? 0xFFFE : 0, 0);
    assert_int_equal(pf_ff_mix_deadline(&mix, 50 * MS), 70 * MS);
}

static void several_add_up_and_saturate(void **state)
{
    const struct pf_ff_effect a = {.strong = 0x9000, .weak = 0x1000, .length_ms = 50};
    const struct pf_ff_effect b = {.strong = 0x9000, .weak = 0x1000, .length_ms = 100};
    pf_ff_mix_upload(&mix, 0, &a, 0);
    pf_ff_mix_upload(&mix, 1, &b, 0);
    pf_ff_mix_play(&mix, 0, 1, 0);
    pf_ff_mix_play(&mix, 1, 1, 0);
    levels(1, 0xFFFE, 0x1FFF);
    levels(60 * MS, 0x8FFF, 0x0FFF);
    pf_ff_mix_gain(&mix, 0x8000, 60 * MS);
    levels(61 * MS, 0x4800, 0x0800);
    pf_ff_mix_erase(&mix, 1, 62 * MS);
    levels(62 * MS, 0, 0);
}

/* A game that dies leaves an effect behind that nobody stops. */
static void an_endless_effect_ends_with_the_game(void **state)
{
    const struct pf_ff_effect e = {.weak = 0xFFFF};
    pf_ff_mix_upload(&mix, 0, &e, 0);
    pf_ff_mix_play(&mix, 0, 1, 0);
    levels(2499 * MS, 0, 0xFFFE);
    assert_int_equal(pf_ff_mix_deadline(&mix, 0), 2500 * MS);
    pf_ff_mix_gain(&mix, 0xFFFF, 2000 * MS); /* it lives */
    levels(2501 * MS, 0, 0xFFFE);
    levels(4500 * MS, 0, 0);
    pf_ff_mix_play(&mix, 0, 0, 4600 * MS);
    levels(4600 * MS, 0, 0);
}

static void impossible_ids_are_ignored(void **state)
{
    const struct pf_ff_effect e = {.strong = 1};
    pf_ff_mix_upload(&mix, 16, &e, 0);
    pf_ff_mix_play(&mix, 16, 1, 0);
    pf_ff_mix_play(&mix, 5, 1, 0); /* never uploaded */
    pf_ff_mix_erase(&mix, 99999, 0);
    levels(1, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(strong_is_low_and_weak_is_high, set_up),
        cmocka_unit_test_setup(delays_and_repeats_are_kept, set_up),
        cmocka_unit_test_setup(several_add_up_and_saturate, set_up),
        cmocka_unit_test_setup(an_endless_effect_ends_with_the_game, set_up),
        cmocka_unit_test_setup(impossible_ids_are_ignored, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

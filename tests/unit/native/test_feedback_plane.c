#include "native/feedback_plane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ull

static struct pf_feedback_plane plane;
static struct pf_datagram got;
static uint8_t bytes[PF_DATAGRAM_SMALL_MAX];
static size_t len;

static int set_up(void **state)
{
    pf_feedback_plane_init(&plane, PF_RUMBLE_TTL_MS);
    return 0;
}

static bool next(uint64_t now_ns)
{
    len = pf_feedback_plane_next(&plane, now_ns, bytes, sizeof(bytes));
    return len && pf_datagram_decode(PF_WIRE_V31, bytes, len, &got) == 0;
}

static void rumble(uint8_t pad, uint16_t low, uint16_t high, uint64_t now_ns)
{
    const struct pf_pad_feedback f = {
        .kind = PF_PAD_RUMBLE, .pad = pad, .rumble = {.low = low, .high = high}};
    pf_feedback_plane_take(&plane, &f, now_ns);
}

static void expect_rumble(unsigned pad, unsigned low, unsigned seq, unsigned ttl_ms)
{
    assert_int_equal(len, 14);
    assert_int_equal(got.tag, PF_DATAGRAM_RUMBLE);
    assert_int_equal(got.rumble.pad, pad);
    assert_int_equal(got.rumble.low, low);
    assert_int_equal(got.rumble.seq, seq);
    assert_int_equal(got.rumble.ttl_ms, ttl_ms);
}

static void a_rumble_is_renewed_while_it_lasts(void **state)
{
    rumble(1, 0x4000, 0x8000, 0);
    assert_true(next(0));
    expect_rumble(1, 0x4000, 0, 400);
    assert_int_equal(got.rumble.high, 0x8000);
    assert_false(next(119 * MS));
    assert_int_equal(pf_feedback_plane_deadline(&plane), 120 * MS);
    assert_true(next(120 * MS));
    expect_rumble(1, 0x4000, 1, 400);
    rumble(1, 0x4000, 0x8000, 130 * MS); /* nothing new */
    assert_false(next(130 * MS));
    rumble(1, 0x5000, 0, 140 * MS);
    assert_true(next(140 * MS));
    expect_rumble(1, 0x5000, 2, 400);
}

static void a_stop_is_told_three_times(void **state)
{
    rumble(0, 1, 1, 0);
    assert_true(next(0));
    rumble(0, 0, 0, 10 * MS);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(next((10 + i * 120) * MS));
        expect_rumble(0, 0, 1 + i, 0);
    }
    assert_int_equal(pf_feedback_plane_deadline(&plane), UINT64_MAX);
    rumble(0, 9, 9, 5000 * MS);
    assert_true(next(5000 * MS));
    expect_rumble(0, 9, 4, 400); /* the sequence goes on */
}

static void pads_have_sequences_of_their_own(void **state)
{
    rumble(0, 1, 0, 0);
    rumble(15, 2, 0, 0);
    rumble(16, 3, 0, 0); /* no such pad */
    assert_true(next(0));
    expect_rumble(0, 1, 0, 400);
    assert_true(next(0));
    expect_rumble(15, 2, 0, 400);
    assert_false(next(0));
}

static void lights_and_triggers_are_renewed_every_second(void **state)
{
    static const uint8_t bar[] = {0xCD, 1, 0, 0x0A, 0x14, 0x1E}, leds[] = {0xCD, 2, 0, 4},
                         effect[] = {0xCD, 3, 0, 1, 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const struct pf_pad_feedback all[] = {
        {.kind = PF_PAD_LIGHT_BAR, .light_bar = {10, 20, 30}},
        {.kind = PF_PAD_PLAYER_LEDS, .player_leds = 0xE4},
        {.kind = PF_PAD_TRIGGER, .trigger = {.which = 1, .effect = {0x21, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}},
    };
    for (size_t i = 0; i < 3; i++)
        pf_feedback_plane_take(&plane, &all[i], 0);
    for (uint64_t at = 0; at <= 2000 * MS; at += 1000 * MS) {
        assert_true(next(at));
        assert_memory_equal(bytes, bar, sizeof(bar));
        assert_true(next(at));
        assert_memory_equal(bytes, leds, sizeof(leds));
        assert_true(next(at));
        assert_int_equal(len, sizeof(effect));
        assert_memory_equal(bytes, effect, sizeof(effect));
        assert_false(next(at));
        pf_feedback_plane_take(&plane, &all[0], at + 1); /* a game that says it again and again */
        assert_false(next(at + 1));
    }
}

/* And the next pad of that index does not get its lights. */
static void a_pad_that_went_is_told_nothing_more(void **state)
{
    const struct pf_pad_feedback bar = {.kind = PF_PAD_LIGHT_BAR, .pad = 2, .light_bar = {10, 20, 30}};
    const struct pf_pad_feedback gone = {.kind = PF_PAD_RUMBLE, .pad = 2, .gone = true};
    pf_feedback_plane_take(&plane, &bar, 0);
    assert_true(next(0));
    pf_feedback_plane_take(&plane, &gone, 1 * MS); /* it never rumbled */
    assert_false(next(5000 * MS));
    assert_int_equal(pf_feedback_plane_deadline(&plane), UINT64_MAX);
    rumble(2, 1, 1, 5000 * MS);
    assert_true(next(5000 * MS));
    pf_feedback_plane_take(&plane, &gone, 5001 * MS);
    assert_true(next(5001 * MS));
    expect_rumble(2, 0, 1, 0);
    pf_feedback_plane_take(&plane, &bar, 9000 * MS);
    assert_true(next(9000 * MS));
}

static void the_time_to_live_has_limits(void **state)
{
    static const unsigned cases[][2] = {{0, 150}, {149, 150}, {200, 200}, {99999, 5000}};
    for (size_t i = 0; i < 4; i++) {
        pf_feedback_plane_init(&plane, cases[i][0]);
        assert_int_equal(plane.ttl_ms, cases[i][1]);
    }
    pf_feedback_plane_init(&plane, 150);
    rumble(0, 1, 0, 0);
    assert_true(next(0));
    assert_int_equal(pf_feedback_plane_deadline(&plane), 60 * MS); /* not more often */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_rumble_is_renewed_while_it_lasts, set_up),
        cmocka_unit_test_setup(a_stop_is_told_three_times, set_up),
        cmocka_unit_test_setup(pads_have_sequences_of_their_own, set_up),
        cmocka_unit_test_setup(lights_and_triggers_are_renewed_every_second, set_up),
        cmocka_unit_test_setup(a_pad_that_went_is_told_nothing_more, set_up),
        cmocka_unit_test_setup(the_time_to_live_has_limits, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

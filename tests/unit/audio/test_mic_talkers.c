#include "audio/mic_talkers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MS            PF_NS_PER_MS
#define TAKE          256u
#define FRAMES_OF(ms) ((ms)*48u)

static struct pf_mic_talkers talkers;
static uint64_t now;

static int set_up(void **state)
{
    now = 1000 * PF_NS_PER_S;
    return pf_mic_talkers_init(&talkers);
}

static int tear_down(void **state)
{
    pf_mic_talkers_finish(&talkers);
    return 0;
}

/* 40 ms of one value, which is enough to play it. Returns the talker's number. */
static int say(uint32_t session, float value, bool *ret_new)
{
    static float samples[FRAMES_OF(40) * PF_MIC_CHANNELS];
    for (unsigned i = 0; i < FRAMES_OF(40) * PF_MIC_CHANNELS; i++)
        samples[i] = value;
    int i = pf_mic_talkers_find(&talkers, now, session, ret_new);
    if (i >= 0)
        pf_mic_talkers_put(&talkers, i, now, samples, FRAMES_OF(40));
    return i;
}

/* The one value that all of the take has. */
static float hear(void)
{
    float out[TAKE * PF_MIC_CHANNELS];
    memset(out, 0x55, sizeof(out));
    pf_mic_talkers_take(&talkers, now, out, TAKE);
    for (unsigned i = 1; i < TAKE * PF_MIC_CHANNELS; i++)
        assert_true(out[i] == out[0]);
    return out[0];
}

static void who_talks_keeps_its_decoder(void **state)
{
    bool is_new;
    int a = say(7, 0, &is_new);
    assert_in_range(a, 0, PF_MIC_TALKERS - 1);
    assert_true(is_new);
    int b = say(8, 0, &is_new);
    assert_true(is_new);
    assert_int_not_equal(a, b);
    assert_int_equal(say(7, 0, &is_new), a);
    assert_false(is_new);
    assert_int_equal(say(8, 0, &is_new), b);
    assert_false(is_new);
}

static void all_are_heard_at_once_and_cut_off_at_one(void **state)
{
    bool is_new;
    assert_true(hear() == 0);
    say(1, 0.25f, &is_new);
    assert_true(hear() == 0.25f);
    say(2, 0.5f, &is_new);
    assert_true(hear() == 0.75f);
    say(3, 0.75f, &is_new);
    assert_true(hear() == 1);
    assert_int_not_equal(pf_mic_talkers_leave(&talkers, now, 3), -1);
    say(4, -4, &is_new);
    assert_true(hear() == -1);
}

static void more_than_the_longest_take_is_filled(void **state)
{
    static float out[(PF_MIC_TAKE_MAX + TAKE) * PF_MIC_CHANNELS];
    memset(out, 0x55, sizeof(out));
    pf_mic_talkers_take(&talkers, now, out, PF_MIC_TAKE_MAX + TAKE);
    for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
        assert_true(out[i] == 0);
}

static void there_are_no_more_than_there_is_room_for(void **state)
{
    bool is_new;
    for (uint32_t i = 0; i < PF_MIC_TALKERS; i++)
        assert_int_not_equal(say(i, 0, &is_new), -1);
    assert_int_equal(say(100, 0, &is_new), -1);
    int gone = pf_mic_talkers_leave(&talkers, now, 3);
    assert_int_not_equal(gone, -1);
    assert_int_equal(pf_mic_talkers_leave(&talkers, now, 3), -1);
    assert_int_equal(say(100, 0, &is_new), gone);
    assert_true(is_new);
}

static void silence_gives_the_place_up(void **state)
{
    bool is_new;
    assert_true(pf_mic_talkers_deadline(&talkers) == UINT64_MAX);
    int a = say(1, 0, &is_new);
    now += 2 * PF_NS_PER_S;
    int b = say(2, 0, &is_new);
    assert_int_equal(pf_mic_talkers_deadline(&talkers), now + 3 * PF_NS_PER_S);
    assert_int_equal(pf_mic_talkers_expire(&talkers, now), -1);
    now = pf_mic_talkers_deadline(&talkers);
    assert_int_equal(pf_mic_talkers_expire(&talkers, now), a);
    assert_int_equal(pf_mic_talkers_expire(&talkers, now), -1);
    say(2, 0, &is_new);
    assert_false(is_new);
    say(1, 0, &is_new);
    assert_true(is_new);
    now += PF_MIC_SILENT_NS;
    assert_int_not_equal(pf_mic_talkers_expire(&talkers, now), -1);
    assert_int_not_equal(pf_mic_talkers_expire(&talkers, now), -1);
    assert_int_equal(pf_mic_talkers_expire(&talkers, now), -1);
    assert_true(pf_mic_talkers_deadline(&talkers) == UINT64_MAX);
    assert_in_range(b, 0, PF_MIC_TALKERS - 1);
}

/* What the former talker of a place said last is not what the next one says. */
static void nobody_speaks_with_the_voice_of_another(void **state)
{
    bool is_new;
    for (uint32_t i = 0; i < PF_MIC_TALKERS; i++)
        say(i, i == 3 ? 0.5f : 0, &is_new);
    pf_mic_talkers_leave(&talkers, now, 3);
    say(100, 0.125f, &is_new); /* in its place */
    assert_true(is_new);
    assert_true(hear() == 0);
    say(100, 0.125f, &is_new);
    assert_true(hear() == 0.125f);
}

static void what_was_said_last_is_heard_after_the_end(void **state)
{
    bool is_new;
    say(1, 0.5f, &is_new);
    pf_mic_talkers_leave(&talkers, now, 1);
    say(2, 0.25f, &is_new); /* elsewhere: there are free places that nobody left just now */
    assert_true(hear() == 0.75f);
}

static void after_a_pause_of_the_taker_all_is_forgotten(void **state)
{
    bool is_new;
    say(1, 0.5f, &is_new);
    say(2, 0.25f, &is_new);
    pf_mic_talkers_reset(&talkers);
    assert_true(hear() == 0);
    say(1, 0.5f, &is_new);
    assert_true(hear() == 0.5f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_talks_keeps_its_decoder),
        TEST(all_are_heard_at_once_and_cut_off_at_one),
        TEST(more_than_the_longest_take_is_filled),
        TEST(there_are_no_more_than_there_is_room_for),
        TEST(silence_gives_the_place_up),
        TEST(nobody_speaks_with_the_voice_of_another),
        TEST(what_was_said_last_is_heard_after_the_end),
        TEST(after_a_pause_of_the_taker_all_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

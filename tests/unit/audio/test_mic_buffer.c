#include "audio/mic_buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MS            PF_NS_PER_MS
#define TAKE          256u
#define FRAMES_OF(ms) ((ms)*48u)

static struct pf_mic_buffer buffer;
static uint64_t now;

static int set_up(void **state)
{
    now = 1000 * PF_NS_PER_S;
    return pf_mic_buffer_init(&buffer);
}

static int tear_down(void **state)
{
    pf_mic_buffer_finish(&buffer);
    return 0;
}

static void put(unsigned ms, float value)
{
    static float samples[FRAMES_OF(120) * PF_MIC_CHANNELS];
    for (unsigned i = 0; i < FRAMES_OF(ms) * PF_MIC_CHANNELS; i++)
        samples[i] = value;
    pf_mic_buffer_put(&buffer, now, samples, FRAMES_OF(ms));
}

/* Frames of the take that are no silence. */
static unsigned take(float *ret_last)
{
    float out[TAKE * PF_MIC_CHANNELS];
    unsigned heard = 0;
    memset(out, 0x55, sizeof(out));
    pf_mic_buffer_take(&buffer, now, out, TAKE);
    for (unsigned i = 0; i < TAKE; i++) {
        assert_true(out[2 * i] == out[2 * i + 1]);
        heard += out[2 * i] != 0;
    }
    if (ret_last)
        *ret_last = out[2 * TAKE - 1];
    return heard;
}

static void test_waits_for_enough(void **state)
{
    assert_int_equal(take(NULL), 0);
    put(20, 1);
    assert_int_equal(take(NULL), 0);
    put(20, 1);
    assert_int_equal(take(NULL), TAKE);
    for (unsigned left = FRAMES_OF(40) - TAKE; left;) {
        unsigned heard = take(NULL);
        assert_int_equal(heard, left < TAKE ? left : TAKE);
        left -= heard;
    }
    put(20, 1); /* empty: begins anew */
    assert_int_equal(take(NULL), 0);
    put(20, 1);
    assert_int_equal(take(NULL), TAKE);
}

/* Packets of `ms` each `per_burst` at a time; returns how many takes after `settle` seconds were not full. */
static unsigned holes(unsigned ms, unsigned per_burst, unsigned settle, unsigned seconds)
{
    uint64_t next_put = now, end = now + seconds * PF_NS_PER_S, measure = now + settle * PF_NS_PER_S;
    unsigned bad = 0;
    for (uint64_t next_take = now; now < end;) {
        now = next_put < next_take ? next_put : next_take;
        if (next_put <= now) {
            for (unsigned i = 0; i < per_burst; i++)
                put(ms, 1);
            next_put += per_burst * ms * MS;
        } else {
            bad += take(NULL) < TAKE && now > measure;
            next_take += TAKE * PF_NS_PER_S / 48000;
        }
    }
    return bad;
}

static void test_no_holes(void **state)
{
    assert_int_equal(holes(5, 1, 1, 10), 0);
    tear_down(state);
    set_up(state);
    assert_int_equal(holes(20, 2, 3, 12), 0);
    assert_true(buffer.target >= FRAMES_OF(40));
    tear_down(state);
    set_up(state);
    assert_int_equal(holes(20, 5, 4, 12), 0); /* 100 ms at a time */
    tear_down(state);
    set_up(state);
    holes(20, 5, 4, 6);
    holes(5, 1, 0, 8); /* the habit changes: so does the delay */
    assert_true(buffer.target == PF_MIC_TARGET_MIN);
}

static void test_delay_is_bounded(void **state)
{
    float last = 0;
    for (unsigned i = 1; i <= 60; i++)
        put(20, (float)i); /* 1.2 s at once */
    assert_int_equal(take(&last), TAKE);
    assert_true(pf_audio_ring_len(&buffer.ring) <= 2 * PF_MIC_TARGET_FIRST * PF_MIC_CHANNELS);
}

static void test_old_sound_is_dropped(void **state)
{
    float last;
    put(40, 1);
    put(40, 1);
    assert_int_equal(take(NULL), TAKE);
    now += 700 * MS; /* silent, then speech */
    put(40, 2);
    put(40, 2);
    assert_int_equal(take(&last), 0); /* what was kept is flushed, and with it the first of the new */
    put(40, 3);
    assert_int_equal(take(&last), TAKE);
    assert_true(last == 3);

    now += 1100 * MS; /* nobody took, nobody spoke */
    assert_int_equal(take(NULL), 0);
    put(40, 4);
    put(40, 4);
    assert_int_equal(take(NULL), 0); /* flushed: the pause was long */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_waits_for_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_holes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_delay_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_old_sound_is_dropped, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

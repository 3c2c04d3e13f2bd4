#include "core/crypto/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WINDOW ((uint64_t)PF_SEAL_REPLAY_WINDOW)

static struct pf_replay window;

static int reset(void **state)
{
    memset(&window, 0, sizeof(window));
    return 0;
}

static void the_first_number_may_be_anything(void **state)
{
    assert_true(pf_replay_accept(&window, 1ull << 40));
    assert_false(pf_replay_accept(&window, 1ull << 40));
    assert_true(pf_replay_accept(&window, (1ull << 40) - 1));
}

static void the_window_is_exact(void **state)
{
    uint64_t newest = 1000 * WINDOW + 17;
    assert_true(pf_replay_accept(&window, newest));
    assert_true(pf_replay_accept(&window, newest - (WINDOW - 1)));
    assert_false(pf_replay_accept(&window, newest - WINDOW));
    assert_true(pf_replay_accept(&window, newest + 1));
    assert_false(pf_replay_accept(&window, newest - (WINDOW - 1)));
    assert_true(pf_replay_accept(&window, newest - (WINDOW - 2)));
}

static void jumps_forget_exactly_what_left(void **state)
{
    for (uint64_t seq = 0; seq < 300; seq++)
        assert_true(pf_replay_accept(&window, seq));
    /* 129 … are still in the window of this one, and what lies between was never seen */
    assert_true(pf_replay_accept(&window, WINDOW + 128));
    assert_false(pf_replay_accept(&window, 128));
    for (uint64_t seq = 129; seq < 300; seq++)
        assert_false(pf_replay_accept(&window, seq));
    for (uint64_t seq = 300; seq < WINDOW + 128; seq++)
        assert_true(pf_replay_accept(&window, seq));
    assert_true(pf_replay_accept(&window, 100 * WINDOW));
    assert_true(pf_replay_accept(&window, 100 * WINDOW - 1));
}

static void the_last_number_of_all(void **state)
{
    assert_true(pf_replay_accept(&window, UINT64_MAX - 200));
    assert_true(pf_replay_accept(&window, UINT64_MAX));
    assert_false(pf_replay_accept(&window, UINT64_MAX));
    assert_true(pf_replay_accept(&window, UINT64_MAX - 1));
    assert_false(pf_replay_accept(&window, UINT64_MAX - 200));
    assert_false(pf_replay_accept(&window, 0));
}

/* Against a list of everything that was ever accepted. */
static void random_walk_agrees_with_a_plain_model(void **state)
{
    enum { SPAN = 600000 };
    uint8_t *seen = calloc(SPAN, 1);
    uint64_t state_word = 99, newest = 0;
    bool any = false;
    for (unsigned i = 0; i < 400000; i++) {
        state_word = state_word * 6364136223846793005ull + 1442695040888963407ull;
        uint64_t r = state_word >> 33, centre = (uint64_t)i * SPAN / 400000;
        uint64_t seq = centre + r % (r % 16 == 0 ? 300000 : 64);
        seq = r % 32 == 1 && seq > 140000 ? seq - 140000 + r % 20000 : seq;
        seq = seq < SPAN ? seq : SPAN - 1;
        bool want = !any || seq > newest || (newest - seq < WINDOW && !seen[seq]);
        assert_int_equal(pf_replay_accept(&window, seq), want);
        if (want) {
            seen[seq] = 1;
            newest = !any || seq > newest ? seq : newest;
            any = true;
        }
    }
    free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_first_number_may_be_anything, reset),
        cmocka_unit_test_setup(the_window_is_exact, reset),
        cmocka_unit_test_setup(jumps_forget_exactly_what_left, reset),
        cmocka_unit_test_setup(the_last_number_of_all, reset),
        cmocka_unit_test_setup(random_walk_agrees_with_a_plain_model, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

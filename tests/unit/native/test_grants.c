#include "native/grants.h"

#include "punktfunk/wire_handshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct pf_datagram input(uint8_t kind)
{
    return (struct pf_datagram){.tag = PF_DATAGRAM_INPUT, .input = {.kind = kind}};
}

/* punktfunk1-control.md 5.6: pads, pointer (mouse, scroll, touch), keyboard and text. */
static void every_kind_of_input_has_its_grant(void **state)
{
    static const uint32_t want[] = {[PF_INPUT_KEY_DOWN] = 4,
        [PF_INPUT_KEY_UP] = 4,
        [PF_INPUT_MOUSE_MOVE] = 2,
        [PF_INPUT_MOUSE_MOVE_ABS] = 2,
        [PF_INPUT_BUTTON_DOWN] = 2,
        [PF_INPUT_BUTTON_UP] = 2,
        [PF_INPUT_SCROLL] = 2,
        [PF_INPUT_PAD_BUTTON] = 1,
        [PF_INPUT_PAD_AXIS] = 1,
        [PF_INPUT_TOUCH_DOWN] = 2,
        [PF_INPUT_TOUCH_MOVE] = 2,
        [PF_INPUT_TOUCH_UP] = 2,
        [PF_INPUT_PAD_STATE] = 1,
        [PF_INPUT_PAD_REMOVE] = 1,
        [PF_INPUT_PAD_ARRIVAL] = 1,
        [PF_INPUT_TEXT] = 4};
    for (uint8_t kind = 0; kind < sizeof(want) / sizeof(want[0]); kind++) {
        struct pf_datagram d = input(kind);
        assert_int_equal(pf_grant_of(&d), want[kind]);
    }
}

static void rich_input_is_of_pads_but_the_pen(void **state)
{
    for (uint8_t kind = PF_RICH_TOUCHPAD; kind <= PF_RICH_RAW_REPORT; kind++) {
        const struct pf_datagram d = {.tag = PF_DATAGRAM_RICH, .kind = kind};
        assert_int_equal(pf_grant_of(&d), PF_GRANT_PADS);
    }
    const struct pf_datagram pen = {.tag = PF_DATAGRAM_RICH, .kind = PF_RICH_PEN};
    assert_int_equal(pf_grant_of(&pen), PF_GRANT_POINTER);
}

/* The presets of 5.6. */
static void what_a_client_may_is_what_it_was_granted(void **state)
{
    const struct pf_datagram key = input(PF_INPUT_KEY_DOWN), move = input(PF_INPUT_MOUSE_MOVE),
                             pad = input(PF_INPUT_PAD_STATE), mic = {.tag = PF_DATAGRAM_MIC};
    const struct pf_datagram *const all[] = {&key, &move, &pad, &mic};
    for (unsigned i = 0; i < 4; i++) {
        assert_true(pf_grants_allow(PF_GRANT_ALL, all[i]));
        assert_false(pf_grants_allow(0, all[i])); /* view only */
        assert_false(pf_grants_allow(PF_GRANT_ALL & ~pf_grant_of(all[i]), all[i]));
        assert_int_equal(pf_grants_allow(PF_GRANT_PADS, all[i]), all[i] == &pad); /* controller only */
    }
    assert_int_equal(pf_grant_of(&mic), PF_GRANT_MICROPHONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_input_has_its_grant),
        cmocka_unit_test(rich_input_is_of_pads_but_the_pen),
        cmocka_unit_test(what_a_client_may_is_what_it_was_granted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

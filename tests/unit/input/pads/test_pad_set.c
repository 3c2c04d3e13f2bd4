#include "input/pads/pad_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct pf_pad_set set;
static unsigned pad;

static int set_up(void **state)
{
    set = (struct pf_pad_set){0};
    pad = 99;
    return 0;
}

static enum pf_pad_change give(uint8_t kind, uint32_t code, int32_t x, int32_t y, uint32_t flags)
{
    const struct pf_input_event e = {.kind = kind, .code = code, .x = x, .y = y, .flags = flags};
    return pf_pad_set_event(&set, &e, &pad);
}

static enum pf_pad_change snapshot(uint8_t index, uint8_t seq, uint32_t buttons)
{
    const struct pf_pad_state s = {
        .pad = index, .seq = seq, .buttons = buttons, .lsx = -1, .rsy = 32767, .rt = 9};
    const struct pf_input_event e = pf_pad_state_event(&s);
    return pf_pad_set_event(&set, &e, &pad);
}

static enum pf_pad_change remove_pad(uint8_t index, uint8_t seq)
{
    return give(PF_INPUT_PAD_REMOVE, 0, 0, 0, (uint32_t)seq << 24 | index);
}

static void buttons_and_axes_make_a_pad(void **state)
{
    assert_int_equal(give(PF_INPUT_PAD_BUTTON, PF_PAD_A, 1, 0, 2), PF_PAD_UPDATED);
    assert_int_equal(pad, 2);
    assert_true(set.slots[2].present);
    assert_int_equal(set.slots[2].report.accel[1], 10000); /* it lies flat */
    give(PF_INPUT_PAD_BUTTON, PF_PAD_B, 7, 0, 2);
    give(PF_INPUT_PAD_BUTTON, PF_PAD_A, 0, 0, 2);
    assert_int_equal(set.slots[2].report.buttons, PF_PAD_B);
    give(PF_INPUT_PAD_AXIS, PF_PAD_AXIS_LSY, 40000, 0, 2);
    give(PF_INPUT_PAD_AXIS, PF_PAD_AXIS_RSX, -40000, 0, 2);
    give(PF_INPUT_PAD_AXIS, PF_PAD_AXIS_LT, 300, 0, 2);
    give(PF_INPUT_PAD_AXIS, PF_PAD_AXIS_RT, -3, 0, 2);
    assert_int_equal(set.slots[2].report.lsy, 32767);
    assert_int_equal(set.slots[2].report.rsx, -32768);
    assert_int_equal(set.slots[2].report.lt, 255);
    assert_int_equal(set.slots[2].report.rt, 0);
}

static void what_is_no_pad_makes_none(void **state)
{
    assert_int_equal(give(PF_INPUT_PAD_AXIS, 6, 1, 0, 1), PF_PAD_UNCHANGED);
    assert_int_equal(give(PF_INPUT_PAD_BUTTON, PF_PAD_A, 1, 0, 16), PF_PAD_UNCHANGED);
    assert_int_equal(
        give(PF_INPUT_PAD_BUTTON, PF_PAD_A, 1, 0, 0x01000001), PF_PAD_UNCHANGED); /* the whole word */
    assert_int_equal(snapshot(200, 1, 0), PF_PAD_UNCHANGED);
    assert_int_equal(remove_pad(0, 1), PF_PAD_UNCHANGED);
    for (unsigned i = 0; i < PF_PADS_MAX; i++)
        assert_false(set.slots[i].present);
}

static void old_snapshots_are_dropped(void **state)
{
    assert_int_equal(snapshot(0, 250, PF_PAD_A), PF_PAD_UPDATED); /* the first may have any number */
    assert_int_equal(snapshot(0, 250, PF_PAD_B), PF_PAD_UNCHANGED);
    assert_int_equal(snapshot(0, 249, PF_PAD_B), PF_PAD_UNCHANGED);
    assert_int_equal(set.slots[0].report.buttons, PF_PAD_A);
    assert_int_equal(snapshot(0, 3, PF_PAD_B), PF_PAD_UPDATED); /* across the wrap */
    assert_int_equal(set.slots[0].report.buttons, PF_PAD_B);
    assert_int_equal(set.slots[0].report.lsx, -1);
    assert_int_equal(set.slots[0].report.rsy, 32767);
    assert_int_equal(snapshot(1, 1, 0), PF_PAD_UPDATED); /* each pad has its own */
}

/* A snapshot that overtook the removal must not bring the pad back. */
static void the_sequence_outlives_the_pad(void **state)
{
    snapshot(0, 10, PF_PAD_A);
    assert_int_equal(remove_pad(0, 12), PF_PAD_GONE);
    assert_int_equal(remove_pad(0, 12), PF_PAD_UNCHANGED); /* it is sent three times */
    assert_int_equal(snapshot(0, 11, PF_PAD_A), PF_PAD_UNCHANGED);
    assert_false(set.slots[0].present);
    assert_int_equal(snapshot(0, 13, 0), PF_PAD_UPDATED);
    assert_true(set.slots[0].present);
}

static void an_arrival_names_the_kind_of_a_new_pad(void **state)
{
    assert_int_equal(give(PF_INPUT_PAD_ARRIVAL, 2, 0, 0, 1 | 0x300), PF_PAD_UPDATED);
    assert_int_equal(pad, 1);
    assert_int_equal(set.slots[1].wish, 2);
    assert_int_equal(give(PF_INPUT_PAD_ARRIVAL, 1, 0, 0, 1), PF_PAD_UNCHANGED); /* the device stays */
    assert_int_equal(set.slots[1].wish, 2);
    remove_pad(1, 1);
    assert_int_equal(give(PF_INPUT_PAD_ARRIVAL, 100000, 0, 0, 1), PF_PAD_UPDATED);
    assert_int_equal(set.slots[1].wish, 0);
}

static enum pf_pad_change touch(uint8_t index, uint8_t finger, bool active, uint16_t x)
{
    const struct pf_datagram d = {.tag = PF_DATAGRAM_RICH,
        .kind = PF_RICH_TOUCHPAD,
        .touchpad = {.pad = index, .finger = finger, .active = active, .x = x, .y = 5}};
    return pf_pad_set_rich(&set, &d, &pad);
}

static void rich_input_needs_a_pad(void **state)
{
    assert_int_equal(touch(0, 0, true, 1), PF_PAD_UNCHANGED);
    assert_int_equal(touch(77, 0, true, 1), PF_PAD_UNCHANGED);
    give(PF_INPUT_PAD_BUTTON, PF_PAD_A, 1, 0, 0);
    assert_int_equal(touch(0, 0, true, 1000), PF_PAD_UPDATED);
    assert_int_equal(touch(0, 9, true, 2000), PF_PAD_UPDATED); /* a third finger is the second */
    assert_int_equal(set.slots[0].report.contacts[0].x, 1000);
    assert_int_equal(set.slots[0].report.contacts[1].x, 2000);
    assert_int_equal(set.slots[0].report.buttons, PF_PAD_A);
    touch(0, 0, false, 1000);
    assert_false(set.slots[0].report.contacts[0].active);
    const struct pf_datagram motion = {
        .tag = PF_DATAGRAM_RICH, .kind = PF_RICH_MOTION, .motion = {.gyro = {1, -2, 3}, .accel = {4, 5, -6}}};
    assert_int_equal(pf_pad_set_rich(&set, &motion, &pad), PF_PAD_UPDATED);
    assert_int_equal(set.slots[0].report.gyro[1], -2);
    assert_int_equal(set.slots[0].report.accel[2], -6);
}

/* Two surfaces become the halves of one touchpad, and their clicks its click. */
static void two_surfaces_are_two_halves(void **state)
{
    give(PF_INPUT_PAD_BUTTON, PF_PAD_A, 1, 0, 0);
    struct pf_datagram d = {.tag = PF_DATAGRAM_RICH,
        .kind = PF_RICH_TOUCHPAD_EX,
        .touchpad_ex = {.surface = 1, .state = 1, .x = 0, .y = 0}};
    pf_pad_set_rich(&set, &d, &pad);
    d.touchpad_ex.surface = 2;
    d.touchpad_ex.state = 3;
    d.touchpad_ex.x = 32767;
    pf_pad_set_rich(&set, &d, &pad);
    const struct pf_pad_report *r = &set.slots[0].report;
    assert_int_equal(r->contacts[0].x, 16384);
    assert_int_equal(r->contacts[0].y, 32768);
    assert_int_equal(r->contacts[1].x, 65535);
    assert_true(r->contacts[0].active && r->contacts[1].active && r->click);
    const struct pf_datagram raw = {.tag = PF_DATAGRAM_RICH, .kind = PF_RICH_RAW_REPORT};
    assert_int_equal(pf_pad_set_rich(&set, &raw, &pad), PF_PAD_UNCHANGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(buttons_and_axes_make_a_pad, set_up),
        cmocka_unit_test_setup(what_is_no_pad_makes_none, set_up),
        cmocka_unit_test_setup(old_snapshots_are_dropped, set_up),
        cmocka_unit_test_setup(the_sequence_outlives_the_pad, set_up),
        cmocka_unit_test_setup(an_arrival_names_the_kind_of_a_new_pad, set_up),
        cmocka_unit_test_setup(rich_input_needs_a_pad, set_up),
        cmocka_unit_test_setup(two_surfaces_are_two_halves, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

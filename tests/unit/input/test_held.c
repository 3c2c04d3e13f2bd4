#include "input/held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct pf_input key(uint32_t code, bool down)
{
    return (struct pf_input){.type = PF_INPUT_KEY, .code = code, .down = down};
}

static struct pf_input button(uint32_t code, bool down)
{
    return (struct pf_input){.type = PF_INPUT_BUTTON, .code = code, .down = down};
}

static struct pf_input touch(uint32_t id, bool down, bool moved)
{
    return (struct pf_input){
        .type = PF_INPUT_TOUCH, .id = id, .down = down, .moved = moved, .width = 1, .height = 1};
}

static bool note(struct pf_held *h, struct pf_input e)
{
    return pf_held_note(h, &e);
}

/* Lets one thing go if there is any. */
static bool is_empty(struct pf_held *h)
{
    struct pf_input up;
    return !pf_held_release(h, &up);
}

static void buttons_go_first_then_keys_then_touches(void **state)
{
    struct pf_held h = {0};
    struct pf_input up;
    assert_true(note(&h, touch(9, true, false)));
    assert_true(note(&h, key(30, true)));
    assert_true(note(&h, key(194, true)));
    assert_true(note(&h, button(0x114, true)));
    assert_true(note(&h, button(0x110, true)));
    const struct pf_input expected[] = {
        button(0x110, false), button(0x114, false), key(30, false), key(194, false), touch(9, false, false)};
    for (int i = 0; i < 5; i++) {
        assert_true(pf_held_release(&h, &up));
        assert_int_equal(up.type, expected[i].type);
        assert_int_equal(up.code, expected[i].code);
        assert_int_equal(up.id, expected[i].id);
        assert_false(up.down);
    }
    assert_true(is_empty(&h));
}

static void repeats_pass_and_ups_of_nothing_do_not(void **state)
{
    struct pf_held h = {0};
    assert_false(note(&h, key(125, false)));
    assert_false(note(&h, button(0x110, false)));
    assert_true(note(&h, key(125, true)));
    assert_true(note(&h, key(125, true)));
    assert_true(note(&h, key(125, false)));
    assert_false(note(&h, key(125, false)));
    assert_true(is_empty(&h));
}

static void impossible_codes_are_refused(void **state)
{
    struct pf_held h = {0};
    assert_false(note(&h, key(PF_EVDEV_KEYS, true)));
    assert_false(note(&h, button(0x10F, true)));
    assert_false(note(&h, button(0x130, true)));
    assert_true(is_empty(&h));
}

static void fingers_come_down_once_and_are_few(void **state)
{
    struct pf_held h = {0};
    struct pf_input up;
    assert_false(note(&h, touch(1, true, true)));
    assert_true(note(&h, touch(1, true, false)));
    assert_false(note(&h, touch(1, true, false)));
    assert_true(note(&h, touch(1, true, true)));
    assert_true(note(&h, touch(1, false, false)));
    assert_false(note(&h, touch(1, false, false)));
    for (uint32_t i = 0; i < PF_HELD_TOUCHES; i++)
        assert_true(note(&h, touch(i, true, false)));
    assert_false(note(&h, touch(1000, true, false)));
    for (uint32_t i = 0; i < PF_HELD_TOUCHES; i++)
        assert_true(pf_held_release(&h, &up));
    assert_false(pf_held_release(&h, &up));
}

static void what_cannot_be_held_passes(void **state)
{
    struct pf_held h = {0};
    const enum pf_input_type types[] = {
        PF_INPUT_MOTION, PF_INPUT_POSITION, PF_INPUT_WHEEL, PF_INPUT_CHARACTER};
    for (int i = 0; i < 4; i++)
        assert_true(note(&h, (struct pf_input){.type = types[i], .down = true}));
    assert_true(is_empty(&h));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buttons_go_first_then_keys_then_touches),
        cmocka_unit_test(repeats_pass_and_ups_of_nothing_do_not),
        cmocka_unit_test(impossible_codes_are_refused),
        cmocka_unit_test(fingers_come_down_once_and_are_few),
        cmocka_unit_test(what_cannot_be_held_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

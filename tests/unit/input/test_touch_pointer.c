/* Fingers as a pointer. */
#include "input/touch_pointer.h"

#include <linux/input-event-codes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum what { DOWN, MOVE, UP };

static size_t play(struct pf_touch_pointer *t, enum what what, uint32_t id, int32_t x, struct pf_input *ret)
{
    const struct pf_input e = {.type = PF_INPUT_TOUCH,
        .id = id,
        .down = what != UP,
        .moved = what == MOVE,
        .x = x,
        .y = 7,
        .width = 100,
        .height = 50};
    return pf_touch_pointer_play(t, &e, ret);
}

static void expect_place(const struct pf_input *e, int32_t x)
{
    assert_int_equal(e->type, PF_INPUT_POSITION);
    assert_int_equal(e->x, x);
    assert_int_equal(e->y, 7);
    assert_int_equal(e->width, 100);
    assert_int_equal(e->height, 50);
}

static void expect_button(const struct pf_input *e, bool down)
{
    assert_int_equal(e->type, PF_INPUT_BUTTON);
    assert_int_equal(e->code, BTN_LEFT);
    assert_int_equal(e->down, down);
}

static void one_finger_drags(void **state)
{
    struct pf_touch_pointer t = {0};
    struct pf_input e[2];
    assert_int_equal(play(&t, DOWN, 5, 10, e), 2);
    expect_place(&e[0], 10); /* first there, then the press */
    expect_button(&e[1], true);
    assert_int_equal(play(&t, MOVE, 5, 30, e), 1);
    expect_place(&e[0], 30);
    assert_int_equal(play(&t, UP, 5, 0, e), 1);
    expect_button(&e[0], false);
    assert_int_equal(play(&t, UP, 5, 0, e), 0);
    assert_int_equal(play(&t, MOVE, 5, 1, e), 0);
}

static void other_fingers_do_nothing(void **state)
{
    struct pf_touch_pointer t = {0};
    struct pf_input e[2];
    play(&t, DOWN, 0, 10, e);
    assert_int_equal(play(&t, DOWN, 1, 90, e), 0);
    assert_int_equal(play(&t, MOVE, 1, 91, e), 0);
    assert_int_equal(play(&t, MOVE, 0, 11, e), 1);
    assert_int_equal(play(&t, UP, 0, 0, e), 1);
    assert_int_equal(play(&t, MOVE, 1, 92, e), 0); /* it does not become the pointer by staying */
    assert_int_equal(play(&t, DOWN, 2, 50, e), 2); /* a new one does */
    assert_int_equal(play(&t, UP, 1, 0, e), 0);
    assert_int_equal(play(&t, UP, 2, 0, e), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_finger_drags),
        cmocka_unit_test(other_fingers_do_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

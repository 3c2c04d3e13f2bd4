#include "input/merge.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct pf_input motion(int32_t x, int32_t y)
{
    return (struct pf_input){.type = PF_INPUT_MOTION, .x = x, .y = y};
}

static struct pf_input wheel(bool horizontal, int32_t x)
{
    return (struct pf_input){.type = PF_INPUT_WHEEL, .horizontal = horizontal, .x = x};
}

static bool merge(struct pf_input *a, struct pf_input b)
{
    return pf_input_merge(a, &b);
}

static void moves_add_up(void **state)
{
    struct pf_input a = motion(1, 2);
    assert_true(merge(&a, motion(3, 4)));
    assert_int_equal(a.x, 4);
    assert_int_equal(a.y, 6);
    assert_true(merge(&a, motion(INT32_MAX, INT32_MIN)));
    assert_int_equal(a.x, INT32_MAX);
    assert_int_equal(a.y, INT32_MIN + 6);
    assert_true(merge(&a, motion(0, INT32_MIN)));
    assert_int_equal(a.y, INT32_MIN);
}

static void scrolls_of_one_axis_add_up(void **state)
{
    struct pf_input a = wheel(false, 120);
    assert_true(merge(&a, wheel(false, -30)));
    assert_int_equal(a.x, 90);
    assert_false(merge(&a, wheel(true, 30)));
    assert_int_equal(a.x, 90);
}

static void nothing_else_merges(void **state)
{
    const enum pf_input_type types[] = {
        PF_INPUT_KEY, PF_INPUT_POSITION, PF_INPUT_BUTTON, PF_INPUT_TOUCH, PF_INPUT_CHARACTER};
    struct pf_input a = motion(1, 2);
    assert_false(merge(&a, wheel(false, 1)));
    for (int i = 0; i < 5; i++) {
        struct pf_input same = {.type = types[i], .x = 5};
        assert_false(pf_input_merge(&same, &same));
        assert_false(pf_input_merge(&a, &same));
        assert_int_equal(same.x, 5);
    }
    assert_int_equal(a.x, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_add_up),
        cmocka_unit_test(scrolls_of_one_axis_add_up),
        cmocka_unit_test(nothing_else_merges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

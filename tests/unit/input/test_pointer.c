/* Where a session's pointer is, and whose turn it is. */
#include "input/pointer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void points_keep_off_the_neighbours(void **state)
{
    const struct pf_area a = {1920, 0, 2560, 1440};
    const struct pf_input middle = {.x = 960, .y = 540, .width = 1920, .height = 1080},
                          beyond = {.x = 1920, .y = 5000, .width = 1920, .height = 1080},
                          before = {.x = -1, .y = INT32_MIN, .width = 1920, .height = 1080};
    double x, y;
    pf_area_point(&a, &middle, &x, &y);
    assert_true(x == 3200 && y == 720);
    pf_area_point(&a, &beyond, &x, &y);
    assert_true(fabs(x - (4480 - 2560 / 65536.0)) < 1e-9 && y < 1440);
    pf_area_point(&a, &before, &x, &y);
    assert_true(x == 1920 && y == 0);
}

static void motion_ends_at_the_edge(void **state)
{
    const struct pf_area a = {100, 0, 640, 360};
    double x = 700, y = 10;
    assert_false(pf_area_move(&a, &x, &y, 12, 5));
    assert_true(x == 712 && y == 15);
    assert_true(pf_area_move(&a, &x, &y, 100, 5));
    assert_true(x > 739.9 && x < 740 && y == 20);
    assert_true(pf_area_move(&a, &x, &y, -1000, -30));
    assert_true(x == 100 && y == 0);
}

static void sessions_take_turns(void **state)
{
    const struct pf_area left = {0, 0, 800, 600}, right = {800, 0, 400, 300};
    struct pf_pointer a = {0}, b = {0};
    assert_true(pf_pointer_come_back(&a, &left)); /* it was never there */
    assert_true(a.x == 400 && a.y == 300);
    assert_false(pf_pointer_come_back(&a, &left));
    a.x = 7;
    assert_true(pf_pointer_come_back(&b, &right));
    assert_true(b.x == 1000 && b.y == 150);
    assert_true(pf_pointer_come_back(&a, &left)); /* the other one moved it */
    assert_true(a.x == 7);
    pf_pointer_take_turn(&b);
    assert_false(pf_pointer_come_back(&b, &right));
    pf_pointer_leave(&b);
    assert_true(pf_pointer_come_back(&a, &left));
    pf_pointer_leave(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_keep_off_the_neighbours),
        cmocka_unit_test(motion_ends_at_the_edge),
        cmocka_unit_test(sessions_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

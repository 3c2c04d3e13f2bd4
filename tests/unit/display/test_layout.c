#include "display/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_row(void **state)
{
    struct pf_layout_item items[] = {{.width = 1920}, {.width = 0}, {.width = 1280}, {.width = 640, .y = 9}};
    pf_layout_arrange(items, 4);
    assert_int_equal(items[0].x, 0);
    assert_int_equal(items[1].x, 1920);
    assert_int_equal(items[2].x, 1920);
    assert_int_equal(items[3].x, 3200);
    assert_int_equal(items[3].y, 0);
}

static void pinned_items_stay_and_the_others_follow(void **state)
{
    struct pf_layout_item items[] = {{.width = 800}, {.width = 1920, .pinned = true, .x = -1920, .y = 40},
        {.width = 1000, .pinned = true, .x = 500, .y = -7}, {.width = 10}};
    pf_layout_arrange(items, 4);
    assert_int_equal(items[1].x, -1920);
    assert_int_equal(items[1].y, 40);
    assert_int_equal(items[2].x, 500);
    assert_int_equal(items[0].x, 1500);
    assert_int_equal(items[3].x, 2300);
}

static void pinned_left_of_the_origin(void **state)
{
    struct pf_layout_item items[] = {{.width = 100, .pinned = true, .x = -300}, {.width = 5}};
    pf_layout_arrange(items, 2);
    assert_int_equal(items[1].x, -200);
}

static void coordinates_saturate(void **state)
{
    struct pf_layout_item items[] = {{.width = UINT32_MAX}, {.width = UINT32_MAX}, {.width = 1}};
    pf_layout_arrange(items, 3);
    assert_int_equal(items[1].x, INT32_MAX);
    assert_int_equal(items[2].x, INT32_MAX);
    struct pf_layout_item edge[] = {{.width = 1920, .pinned = true, .x = INT32_MAX}, {.width = 1}};
    pf_layout_arrange(edge, 2);
    assert_int_equal(edge[1].x, INT32_MAX);
    pf_layout_arrange(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row),
        cmocka_unit_test(pinned_items_stay_and_the_others_follow),
        cmocka_unit_test(pinned_left_of_the_origin),
        cmocka_unit_test(coordinates_saturate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where a client's coordinates lie on a KWin desktop. */
#include "input/kwin/place.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct pf_kwin_heads desktop(void)
{
    struct pf_kwin_heads h = {.count = 3};
    h.item[0] =
        (struct pf_kwin_head){.name = "DP-1", .enabled = true, .mode = {2560, 1440, 60000}, .scale = 1};
    h.item[1] = (struct pf_kwin_head){.name = "Virtual-punktfunk",
        .enabled = true,
        .mode = {2560, 1440, 60000},
        .x = 2560,
        .y = 100,
        .scale = 2};
    h.item[2] = (struct pf_kwin_head){.name = "DP-2", .scale = 1};
    return h;
}

static void area_of_an_output(void **state)
{
    struct pf_kwin_heads h = desktop();
    struct pf_kwin_area a;
    assert_true(pf_kwin_area_find(&h, "Virtual-punktfunk", 1, 1, &a));
    assert_true(a.x == 2560 && a.y == 100 && a.width == 1280 && a.height == 720);
    assert_false(pf_kwin_area_find(&h, "DP-2", 1, 1, &a)); /* off */
    assert_false(pf_kwin_area_find(&h, "DP-3", 1, 1, &a));
}

static void area_without_an_output(void **state)
{
    struct pf_kwin_heads h = desktop();
    struct pf_kwin_area a;
    assert_true(pf_kwin_area_find(&h, "", 2560, 1440, &a)); /* the first of that mode */
    assert_true(a.x == 0 && a.width == 2560);
    assert_true(pf_kwin_area_find(&h, "", 800, 600, &a)); /* none: the surface itself */
    assert_true(a.x == 0 && a.width == 800 && a.height == 600);
    h.item[0].enabled = false;
    assert_true(pf_kwin_area_find(&h, "", 800, 600, &a)); /* the only one that is lit */
    assert_true(a.x == 2560 && a.width == 1280);
}

static void points_keep_off_the_neighbours(void **state)
{
    const struct pf_kwin_area a = {1920, 0, 2560, 1440};
    double x, y;
    pf_kwin_area_point(&a, 960, 540, 1920, 1080, &x, &y);
    assert_true(x == 3200 && y == 720);
    pf_kwin_area_point(&a, 1920, 5000, 1920, 1080, &x, &y);
    assert_true(fabs(x - (4480 - 2560 / 65536.0)) < 1e-9 && y < 1440);
    pf_kwin_area_point(&a, -1, INT32_MIN, 1920, 1080, &x, &y);
    assert_true(x == 1920 && y == 0);
}

static void motion_ends_at_the_edge(void **state)
{
    const struct pf_kwin_area a = {100, 0, 640, 360};
    double x = 700, y = 10;
    assert_false(pf_kwin_area_move(&a, &x, &y, 12, 5));
    assert_true(x == 712 && y == 15);
    assert_true(pf_kwin_area_move(&a, &x, &y, 100, 5));
    assert_true(x > 739.9 && x < 740 && y == 20);
    assert_true(pf_kwin_area_move(&a, &x, &y, -1000, -30));
    assert_true(x == 100 && y == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(area_of_an_output),
        cmocka_unit_test(area_without_an_output),
        cmocka_unit_test(points_keep_off_the_neighbours),
        cmocka_unit_test(motion_ends_at_the_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where a client's coordinates lie on a KWin desktop. */
#include "input/kwin/place.h"

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
    struct pf_area a;
    assert_true(pf_kwin_area_find(&h, "Virtual-punktfunk", 1, 1, &a));
    assert_true(a.x == 2560 && a.y == 100 && a.width == 1280 && a.height == 720);
    assert_false(pf_kwin_area_find(&h, "DP-2", 1, 1, &a)); /* off */
    assert_false(pf_kwin_area_find(&h, "DP-3", 1, 1, &a));
}

static void area_without_an_output(void **state)
{
    struct pf_kwin_heads h = desktop();
    struct pf_area a;
    assert_true(pf_kwin_area_find(&h, "", 2560, 1440, &a)); /* the first of that mode */
    assert_true(a.x == 0 && a.width == 2560);
    assert_true(pf_kwin_area_find(&h, "", 800, 600, &a)); /* none: the surface itself */
    assert_true(a.x == 0 && a.width == 800 && a.height == 600);
    h.item[0].enabled = false;
    assert_true(pf_kwin_area_find(&h, "", 800, 600, &a)); /* the only one that is lit */
    assert_true(a.x == 2560 && a.width == 1280);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(area_of_an_output),
        cmocka_unit_test(area_without_an_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* How the monitors of GNOME are arranged around ours. */
#include "display/mutter/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define RECORDED "Virtual remote monitor"

/* Two physical monitors, one of them turned and scaled, and two that are recorded; the last is ours. */
static struct pf_mutter_state desk(void)
{
    static const struct pf_mutter_monitor monitors[] = {
        {.connector = "DP-1", .product = "X27", .serial = "1", .mode_id = "a", .mode = {2560, 1440, 60000}},
        {.connector = "DP-2", .product = "X28", .serial = "2", .mode_id = "b", .mode = {3840, 2160, 60000}},
        {.connector = "Meta-0",
            .product = RECORDED,
            .serial = "0x1",
            .mode_id = "c",
            .mode = {1280, 720, 60000}},
        {.connector = "Meta-1",
            .product = RECORDED,
            .serial = "0x2",
            .mode_id = "d",
            .mode = {1920, 1080, 60000}},
    };
    struct pf_mutter_state s = {.serial = 7, .logical_pixels = true, .monitors = 4, .logicals = 4};
    memcpy(s.monitor, monitors, sizeof(monitors));
    s.logical[0] = (struct pf_mutter_logical){.scale = 1, .primary = true, .count = 1, .monitor = {0}};
    s.logical[1] =
        (struct pf_mutter_logical){.x = 2560, .scale = 2, .transform = 1, .count = 1, .monitor = {1}};
    s.logical[2] = (struct pf_mutter_logical){.x = 3640, .scale = 1, .count = 1, .monitor = {2}};
    s.logical[3] = (struct pf_mutter_logical){.x = 4920, .scale = 1, .count = 1, .monitor = {3}};
    return s;
}

static void extend_changes_nothing(void **state)
{
    struct pf_mutter_state s = desk();
    struct pf_mutter_logical plan[PF_MUTTER_MONITORS];
    unsigned count;
    assert_false(pf_mutter_state_plan(&s, 3, PF_TOPOLOGY_EXTEND, plan, &count));
}

static void exclusive_spares_recorded_monitors_only(void **state)
{
    struct pf_mutter_state s = desk();
    struct pf_mutter_logical plan[PF_MUTTER_MONITORS];
    unsigned count;
    assert_true(pf_mutter_state_plan(&s, 3, PF_TOPOLOGY_EXCLUSIVE, plan, &count));
    assert_int_equal(count, 2);
    assert_int_equal(plan[0].monitor[0], 3);
    assert_true(plan[0].primary);
    assert_int_equal(plan[0].x, 0);
    assert_int_equal(plan[1].monitor[0], 2);
    assert_int_equal(plan[1].x, 1920);
    assert_false(plan[1].primary);
}

static void primary_keeps_the_others_as_they_are(void **state)
{
    struct pf_mutter_state s = desk();
    struct pf_mutter_logical plan[PF_MUTTER_MONITORS];
    unsigned count;
    assert_true(pf_mutter_state_plan(&s, 3, PF_TOPOLOGY_PRIMARY, plan, &count));
    assert_int_equal(count, 4);
    assert_int_equal(plan[1].x, 1920);
    assert_int_equal(plan[2].x, 1920 + 2560);
    assert_int_equal(plan[2].transform, 1);
    assert_true(plan[2].scale > 1.9);
    assert_int_equal(plan[3].x, 1920 + 2560 + 1080); /* turned by a quarter, and half as wide */
}

static void what_is_there_already_is_not_applied_again(void **state)
{
    struct pf_mutter_state s = desk();
    struct pf_mutter_logical plan[PF_MUTTER_MONITORS];
    unsigned count;
    s.logical[0] = (struct pf_mutter_logical){.scale = 1, .primary = true, .count = 1, .monitor = {3}};
    s.logical[1] = (struct pf_mutter_logical){.x = 1920, .scale = 1, .count = 1, .monitor = {2}};
    s.logicals = 2;
    assert_false(pf_mutter_state_plan(&s, 3, PF_TOPOLOGY_EXCLUSIVE, plan, &count));
    s.logical[0].primary = false;
    assert_true(pf_mutter_state_plan(&s, 3, PF_TOPOLOGY_EXCLUSIVE, plan, &count));
}

static void the_new_monitor_is_the_one_with_its_size(void **state)
{
    struct pf_mutter_state before = desk(), now = desk();
    const struct pf_mode hd = {1920, 1080, 60000}, other = {800, 600, 60000};
    before.monitors = 2;
    assert_int_equal(pf_mutter_state_find_new(&now, &before, &hd), 3);
    assert_true(pf_mutter_state_find_new(&now, &before, &other) >= 2);
    assert_int_equal(pf_mutter_state_find_new(&before, &before, &hd), -1);
    /* A connector that was used before is another monitor if its serial is another. */
    before = desk();
    strcpy(now.monitor[3].serial, "0x3");
    assert_int_equal(pf_mutter_state_find_new(&now, &before, &hd), 3);
    assert_int_equal(pf_mutter_state_find(&now, "Meta-1", "0x2"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extend_changes_nothing),
        cmocka_unit_test(exclusive_spares_recorded_monitors_only),
        cmocka_unit_test(primary_keeps_the_others_as_they_are),
        cmocka_unit_test(what_is_there_already_is_not_applied_again),
        cmocka_unit_test(the_new_monitor_is_the_one_with_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* How the monitors of GNOME are arranged around ours. */
#include "display/mutter/plan.h"

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

/* Meta-1 is ours, and leads. */
static bool plan_one(
    const struct pf_mutter_state *state, enum pf_topology topology, struct pf_mutter_plan *ret_plan)
{
    static const struct pf_mutter_place ours = {.monitor = 3, .leader = true};
    return pf_mutter_plan(state, &ours, 1, topology, ret_plan);
}

/* What the plan says of a monitor; NULL: it goes dark. */
static const struct pf_mutter_logical *find(const struct pf_mutter_plan *plan, unsigned monitor)
{
    for (unsigned i = 0; i < plan->count; i++)
        if (plan->logical[i].monitor[0] == monitor)
            return &plan->logical[i];
    return NULL;
}

static void assert_at(const struct pf_mutter_plan *plan, unsigned monitor, int32_t x, int32_t y)
{
    const struct pf_mutter_logical *l = find(plan, monitor);
    assert_non_null(l);
    assert_int_equal(l->x, x);
    assert_int_equal(l->y, y);
}

/* As if Mutter had done what was planned. */
static void obey(struct pf_mutter_state *state, const struct pf_mutter_plan *plan)
{
    state->logicals = plan->count;
    memcpy(state->logical, plan->logical, sizeof(plan->logical));
}

static void extend_changes_nothing(void **state)
{
    struct pf_mutter_state s = desk();
    struct pf_mutter_plan plan;
    assert_false(plan_one(&s, PF_TOPOLOGY_EXTEND, &plan));
    assert_false(pf_mutter_plan(&s, NULL, 0, PF_TOPOLOGY_EXCLUSIVE, &plan)); /* none of ours is there */
}

static void exclusive_spares_recorded_monitors_only(void **state)
{
    struct pf_mutter_state s = desk();
    struct pf_mutter_plan plan;
    assert_true(plan_one(&s, PF_TOPOLOGY_EXCLUSIVE, &plan));
    assert_int_equal(plan.count, 2);
    assert_at(&plan, 3, 0, 0);
    assert_true(find(&plan, 3)->primary);
    assert_at(&plan, 2, 1920, 0);
    assert_false(find(&plan, 2)->primary);
}

static void primary_keeps_the_others_as_they_are(void **state)
{
    struct pf_mutter_state s = desk();
    struct pf_mutter_plan plan;
    assert_true(plan_one(&s, PF_TOPOLOGY_PRIMARY, &plan));
    assert_int_equal(plan.count, 4);
    assert_at(&plan, 3, 0, 0);
    assert_at(&plan, 0, 1920, 0);
    assert_at(&plan, 1, 1920 + 2560, 0);
    assert_int_equal(find(&plan, 1)->transform, 1);
    assert_true(find(&plan, 1)->scale > 1.9);
    assert_at(&plan, 2, 1920 + 2560 + 1080, 0); /* turned by a quarter, and half as wide */
    assert_true(find(&plan, 3)->primary && !find(&plan, 0)->primary);
}

static void what_is_there_already_is_not_applied_again(void **state)
{
    static const enum pf_topology topologies[] = {PF_TOPOLOGY_PRIMARY, PF_TOPOLOGY_EXCLUSIVE};
    for (unsigned i = 0; i < 2; i++) {
        struct pf_mutter_state s = desk();
        struct pf_mutter_plan plan;
        assert_true(plan_one(&s, topologies[i], &plan));
        obey(&s, &plan);
        assert_false(plan_one(&s, topologies[i], &plan));
        s.logical[0].primary = false;
        assert_true(plan_one(&s, topologies[i], &plan));
    }
}

/* Both recorded monitors are ours. */
static void several_of_ours_lie_in_a_row(void **state)
{
    const struct pf_mutter_place ours[] = {{.monitor = 2, .leader = true}, {.monitor = 3}};
    struct pf_mutter_state s = desk();
    struct pf_mutter_plan plan;
    s.logical[2].scale = 1.25; /* 1280 pixels are 1024 of the desktop's */
    assert_true(pf_mutter_plan(&s, ours, 2, PF_TOPOLOGY_EXCLUSIVE, &plan));
    assert_int_equal(plan.count, 2);
    assert_at(&plan, 2, 0, 0);
    assert_at(&plan, 3, 1024, 0);
    assert_true(find(&plan, 2)->primary && !find(&plan, 3)->primary);
    assert_true(find(&plan, 2)->scale > 1.2);
    s.logical_pixels = false;
    assert_true(pf_mutter_plan(&s, ours, 2, PF_TOPOLOGY_EXCLUSIVE, &plan));
    assert_at(&plan, 3, 1280, 0);
}

static void chosen_places_are_kept(void **state)
{
    const struct pf_mutter_place ours[] = {{.monitor = 2, .pinned = true, .x = 300, .y = 0},
        {.monitor = 3, .leader = true, .pinned = true, .x = 0, .y = 720}};
    struct pf_mutter_state s = desk();
    struct pf_mutter_plan plan;
    assert_true(pf_mutter_plan(&s, ours, 2, PF_TOPOLOGY_EXCLUSIVE, &plan));
    assert_at(&plan, 2, 300, 0);
    assert_at(&plan, 3, 0, 720);
    /* The others follow at the right edge, where it is. */
    assert_true(pf_mutter_plan(&s, ours, 2, PF_TOPOLOGY_PRIMARY, &plan));
    assert_at(&plan, 0, 1920, 720);
    assert_at(&plan, 3, 0, 720);
}

static void places_are_counted_from_the_first_corner(void **state)
{
    const struct pf_mutter_place ours[] = {
        {.monitor = 2, .leader = true, .pinned = true, .x = -1280, .y = -10},
        {.monitor = 3, .pinned = true, .x = 0, .y = -20}};
    struct pf_mutter_state s = desk();
    struct pf_mutter_plan plan;
    assert_true(pf_mutter_plan(&s, ours, 2, PF_TOPOLOGY_EXCLUSIVE, &plan));
    assert_at(&plan, 2, 0, 10);
    assert_at(&plan, 3, 1280, 0);
}

static void impossible_places_become_a_row(void **state)
{
    static const struct {
        int32_t x, y;
    } second[] = {{100, 100}, {5000, 0}, {1280, 720}, {INT32_MAX, INT32_MIN}};
    struct pf_mutter_state s = desk();
    struct pf_mutter_plan plan;
    for (unsigned i = 0; i < sizeof(second) / sizeof(second[0]); i++) {
        const struct pf_mutter_place ours[] = {{.monitor = 2, .leader = true, .pinned = true},
            {.monitor = 3, .pinned = true, .x = second[i].x, .y = second[i].y}};
        assert_true(pf_mutter_plan(&s, ours, 2, PF_TOPOLOGY_EXCLUSIVE, &plan));
        assert_at(&plan, 2, 0, 0);
        assert_at(&plan, 3, 1280, 0);
    }
}

static void extend_moves_ours_alone(void **state)
{
    /* Under DP-1. */
    struct pf_mutter_place ours[] = {{.monitor = 2, .leader = true, .pinned = true, .x = 0, .y = 1440},
        {.monitor = 3, .pinned = true, .x = 0, .y = 2160}};
    struct pf_mutter_state s = desk();
    struct pf_mutter_plan plan;
    assert_true(pf_mutter_plan(&s, ours, 2, PF_TOPOLOGY_EXTEND, &plan));
    assert_at(&plan, 0, 0, 0);
    assert_at(&plan, 1, 2560, 0);
    assert_true(find(&plan, 0)->primary && !find(&plan, 2)->primary);
    assert_at(&plan, 2, 0, 1440);
    /* On top of DP-1, which is not possible: in the same shape beside the monitors of others. */
    ours[0].y = 0, ours[1].y = 720;
    assert_true(pf_mutter_plan(&s, ours, 2, PF_TOPOLOGY_EXTEND, &plan));
    assert_at(&plan, 0, 0, 0);
    assert_at(&plan, 2, 2560 + 1080, 0);
    assert_at(&plan, 3, 2560 + 1080, 720);
    obey(&s, &plan);
    assert_false(pf_mutter_plan(&s, ours, 2, PF_TOPOLOGY_EXTEND, &plan));
}

static void any_change_shows(void **state)
{
    struct pf_mutter_state a = desk(), b = desk();
    assert_true(pf_mutter_state_equal(&a, &b));
    b.logical[1].scale = 1.25;
    assert_false(pf_mutter_state_equal(&a, &b));
    b = a;
    strcpy(b.monitor[2].mode_id, "e");
    assert_false(pf_mutter_state_equal(&a, &b));
    b = a;
    b.logicals--;
    assert_false(pf_mutter_state_equal(&a, &b));
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

static void scales_are_those_that_the_monitor_may_have(void **state)
{
    const struct pf_mutter_monitor plain = {0}, one = {.scales = 1, .scale = {1}};
    const struct pf_mutter_monitor many = {.scales = 4, .scale = {1, 1.25, 1.4953271150588989, 2}};
    assert_float_equal(pf_mutter_snap_scale(&many, 1.5), 1.4953271150588989, 0);
    assert_float_equal(pf_mutter_snap_scale(&many, 1.1), 1, 0);
    assert_float_equal(pf_mutter_snap_scale(&many, 9), 2, 0);
    assert_float_equal(pf_mutter_snap_scale(&one, 2), 1, 0);
    assert_float_equal(pf_mutter_snap_scale(&plain, 2), 1, 0);
}

static void the_users_scale_is_set_whatever_the_topology(void **state)
{
    static const enum pf_topology topologies[] = {
        PF_TOPOLOGY_EXTEND, PF_TOPOLOGY_PRIMARY, PF_TOPOLOGY_EXCLUSIVE};
    for (unsigned i = 0; i < 3; i++) {
        struct pf_mutter_state s = desk();
        struct pf_mutter_place ours = {.monitor = 3, .leader = true, .scale = 1.9};
        struct pf_mutter_plan plan;
        s.monitor[3].scales = 2;
        s.monitor[3].scale[0] = 1;
        s.monitor[3].scale[1] = 2;
        assert_true(pf_mutter_plan(&s, &ours, 1, topologies[i], &plan));
        assert_float_equal(find(&plan, 3)->scale, 2, 0);
        assert_float_equal(find(&plan, 2)->scale, 1, 0);
        if (topologies[i] == PF_TOPOLOGY_EXTEND) { /* beside the others, which stay */
            assert_at(&plan, 0, 0, 0);
            assert_at(&plan, 2, 3640, 0);
            assert_at(&plan, 3, 4920, 0);
        } else if (topologies[i] == PF_TOPOLOGY_EXCLUSIVE) { /* half as wide */
            assert_at(&plan, 2, 960, 0);
        }
        obey(&s, &plan);
        assert_false(pf_mutter_plan(&s, &ours, 1, topologies[i], &plan));
    }
}

static void a_dark_monitor_has_no_scale(void **state)
{
    struct pf_mutter_state s = desk();
    double scale = 0;
    assert_true(pf_mutter_state_scale(&s, 1, &scale));
    assert_float_equal(scale, 2, 0);
    s.logicals = 1;
    assert_false(pf_mutter_state_scale(&s, 1, &scale));
    assert_float_equal(scale, 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extend_changes_nothing),
        cmocka_unit_test(exclusive_spares_recorded_monitors_only),
        cmocka_unit_test(primary_keeps_the_others_as_they_are),
        cmocka_unit_test(what_is_there_already_is_not_applied_again),
        cmocka_unit_test(several_of_ours_lie_in_a_row),
        cmocka_unit_test(chosen_places_are_kept),
        cmocka_unit_test(places_are_counted_from_the_first_corner),
        cmocka_unit_test(impossible_places_become_a_row),
        cmocka_unit_test(extend_moves_ours_alone),
        cmocka_unit_test(any_change_shows),
        cmocka_unit_test(scales_are_those_that_the_monitor_may_have),
        cmocka_unit_test(the_users_scale_is_set_whatever_the_topology),
        cmocka_unit_test(a_dark_monitor_has_no_scale),
        cmocka_unit_test(the_new_monitor_is_the_one_with_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

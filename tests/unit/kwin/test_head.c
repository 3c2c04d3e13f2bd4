/* Outputs of KWin as values: which is which, what becomes of them, names and modes. */
#include "kwin/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct pf_kwin_head *add(struct pf_kwin_heads *h, const char *name, uint32_t priority)
{
    struct pf_kwin_head *n = &h->item[h->count++];
    *n = (struct pf_kwin_head){
        .enabled = true, .mode = {1920, 1080, 60000}, .x = 10, .scale = 1, .priority = priority};
    snprintf(n->name, sizeof(n->name), "%s", name);
    snprintf(n->uuid, sizeof(n->uuid), "uuid of %s", name);
    return n;
}

static void outputs_are_known_by_uuid_then_name(void **state)
{
    struct pf_kwin_heads heads = {0};
    struct pf_kwin_head known = *add(&heads, "DP-1", 1);
    add(&heads, "DP-2", 2);
    assert_ptr_equal(pf_kwin_heads_match(&heads, &known), &heads.item[0]);
    strcpy(heads.item[0].name, "DP-3"); /* the same monitor on another plug */
    assert_ptr_equal(pf_kwin_heads_match(&heads, &known), &heads.item[0]);
    strcpy(heads.item[0].uuid, "another");
    assert_null(pf_kwin_heads_match(&heads, &known));
    strcpy(heads.item[0].name, "DP-1");
    assert_ptr_equal(pf_kwin_heads_match(&heads, &known), &heads.item[0]);
    known.uuid[0] = 0;
    assert_ptr_equal(pf_kwin_heads_match(&heads, &known), &heads.item[0]);
    /* Two monitors that cannot be told apart have one uuid. */
    strcpy(heads.item[1].uuid, "another");
    strcpy(known.uuid, "another");
    strcpy(known.name, "DP-2");
    assert_ptr_equal(pf_kwin_heads_match(&heads, &known), &heads.item[1]);
}

static void alone(void **state)
{
    struct pf_kwin_heads now = {0}, plan;
    add(&now, "HDMI-1", 2);
    add(&now, "DP-1", 1);
    add(&now, "Virtual-punktfunk-2", 3);
    struct pf_kwin_head *ours = add(&now, "Virtual-punktfunk-1", 0);
    ours->enabled = false;
    strcpy(ours->mirrored, "uuid of DP-1");
    assert_true(pf_kwin_plan(&now, "Virtual-punktfunk-1", true, &plan));
    assert_int_equal(plan.count, 4);
    assert_false(plan.item[0].enabled);
    assert_false(plan.item[1].enabled);
    assert_true(plan.item[2].enabled); /* another client's */
    assert_true(plan.item[3].enabled);
    assert_int_equal(plan.item[3].x, 0);
    assert_string_equal(plan.item[3].mirrored, "");
    /* All have a priority of their own, in the order that was. */
    assert_int_equal(plan.item[3].priority, 1);
    assert_int_equal(plan.item[1].priority, 2);
    assert_int_equal(plan.item[0].priority, 3);
    assert_int_equal(plan.item[2].priority, 4);
    struct pf_kwin_heads again;
    assert_false(pf_kwin_plan(&plan, "Virtual-punktfunk-1", true, &again));
}

static void primary_leaves_the_others_lit_and_in_place(void **state)
{
    struct pf_kwin_heads now = {0}, plan;
    add(&now, "DP-1", 1);
    add(&now, "Virtual-punktfunk", 2)->x = 1930;
    assert_true(pf_kwin_plan(&now, "Virtual-punktfunk", false, &plan));
    assert_true(plan.item[0].enabled && plan.item[1].enabled);
    assert_int_equal(plan.item[0].x, 10);
    assert_int_equal(plan.item[1].x, 1930);
    assert_int_equal(plan.item[0].priority, 2);
    assert_int_equal(plan.item[1].priority, 1);
}

static void an_order_is_complete_and_has_no_ties(void **state)
{
    struct pf_kwin_heads now = {0}, wanted = {0};
    add(&now, "DP-1", 0);
    add(&now, "DP-2", 1);
    add(&now, "DP-3", 2);
    assert_false(pf_kwin_order(&now, &wanted));
    add(&wanted, "DP-1", 0);
    assert_false(pf_kwin_order(&now, &wanted));
    assert_int_equal(now.item[0].priority, 0);
    wanted.item[0].priority = 1;
    assert_true(pf_kwin_order(&now, &wanted));
    assert_int_equal(now.item[0].priority, 1);
    assert_int_equal(now.item[1].priority, 3);
    assert_int_equal(now.item[2].priority, 2);
}

static void arrangements_are_compared(void **state)
{
    struct pf_kwin_heads heads = {0};
    const struct pf_kwin_head want = *add(&heads, "DP-1", 1);
    struct pf_kwin_head now = want;
    assert_true(pf_kwin_head_is_arranged(&now, &want));
    now.x++;
    assert_false(pf_kwin_head_is_arranged(&now, &want));
    now = want;
    now.scale = 1.5;
    assert_false(pf_kwin_head_is_arranged(&now, &want));
    now = want;
    now.priority = 2;
    assert_false(pf_kwin_head_is_arranged(&now, &want));
    now = want;
    now.transform = 1;
    assert_false(pf_kwin_head_is_arranged(&now, &want));
    now = want;
    now.mode.refresh_mhz = 59940;
    assert_false(pf_kwin_head_is_arranged(&now, &want));
    now = want;
    strcpy(now.mirrored, "uuid of DP-2");
    assert_false(pf_kwin_head_is_arranged(&now, &want));
    now.enabled = false;
    assert_false(pf_kwin_head_is_arranged(&now, &want));
    struct pf_kwin_head off = want;
    off.enabled = false;
    assert_true(pf_kwin_head_is_arranged(&now, &off)); /* wherever it lies */
}

static void names(void **state)
{
    struct pf_kwin_heads heads = {0};
    char name[PF_KWIN_HEAD_NAME];
    pf_kwin_name(&heads, 0, name);
    assert_string_equal(name, "Virtual-punktfunk");
    pf_kwin_name(&heads, 3, name);
    assert_string_equal(name, "Virtual-punktfunk-3");
    add(&heads, "Virtual-punktfunk-3", 1);
    pf_kwin_name(&heads, 3, name);
    assert_string_equal(name, "Virtual-punktfunk-3-2");
    add(&heads, "Virtual-punktfunk-3-2", 1);
    pf_kwin_name(&heads, 3, name);
    assert_string_equal(name, "Virtual-punktfunk-3-3");
    assert_true(pf_kwin_head_is_ours(&heads.item[1]));
    add(&heads, "Virtual-0", 1);
    assert_false(pf_kwin_head_is_ours(&heads.item[2]));
}

static void modes_by_the_formula(void **state)
{
    const struct pf_mode phone = {2340, 1080, 120000};
    assert_true(pf_kwin_mode_is_near(&(struct pf_mode){2336, 1080, 119908}, &phone));
    assert_true(pf_kwin_mode_is_near(&phone, &phone));
    assert_false(pf_kwin_mode_is_near(&(struct pf_mode){2336, 1096, 119908}, &phone));
    assert_false(pf_kwin_mode_is_near(&(struct pf_mode){2332, 1080, 119908}, &phone));
    assert_false(pf_kwin_mode_is_near(&(struct pf_mode){2344, 1080, 119908}, &phone));
    assert_false(pf_kwin_mode_is_near(&(struct pf_mode){2340, 1080, 60000}, &phone));
    assert_int_equal(pf_kwin_rate(89882, 90000), 89882);
    assert_int_equal(pf_kwin_rate(60000, 59940), 59940); /* no faster than the client shows */
    assert_int_equal(pf_kwin_rate(0, 50000), 50000);
}

static void extents(void **state)
{
    struct pf_kwin_head h = {.mode = {2560, 1440, 60000}, .scale = 1.25};
    double width, height;
    pf_kwin_head_extent(&h, &width, &height);
    assert_true(width == 2048 && height == 1152);
    h.transform = 3;
    pf_kwin_head_extent(&h, &width, &height);
    assert_true(width == 1152 && height == 2048);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_known_by_uuid_then_name),
        cmocka_unit_test(alone),
        cmocka_unit_test(primary_leaves_the_others_lit_and_in_place),
        cmocka_unit_test(an_order_is_complete_and_has_no_ties),
        cmocka_unit_test(arrangements_are_compared),
        cmocka_unit_test(names),
        cmocka_unit_test(modes_by_the_formula),
        cmocka_unit_test(extents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

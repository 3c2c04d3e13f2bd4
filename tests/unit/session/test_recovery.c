#include "session/recovery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS 1000000ull

static uint64_t first, last;

static struct pf_recovery begin(void)
{
    return (struct pf_recovery){.cooldown_ns = 750 * MS};
}

static enum pf_repair take(struct pf_recovery *r, uint64_t now_ns)
{
    return pf_recovery_take(r, now_ns, &first, &last);
}

static void requests_for_a_key_frame_become_one(void **state)
{
    struct pf_recovery r = begin();
    assert_int_equal(take(&r, 0), PF_REPAIR_NONE);
    for (int i = 0; i < 5; i++)
        pf_recovery_keyframe(&r, 1);
    assert_int_equal(take(&r, 1), PF_REPAIR_IDR); /* the first at once, whatever the clock says */
    assert_int_equal(take(&r, 2), PF_REPAIR_NONE);
    pf_recovery_keyframe(&r, 3);
    assert_int_equal(take(&r, 749 * MS), PF_REPAIR_NONE);
    assert_int_equal(take(&r, 750 * MS + 1), PF_REPAIR_IDR); /* it was not forgotten */
    pf_recovery_keyframe(&r, 751 * MS);
    pf_recovery_satisfied(&r);
    assert_int_equal(take(&r, 9000 * MS), PF_REPAIR_NONE);
}

static void ranges_become_their_hull(void **state)
{
    struct pf_recovery r = begin();
    pf_recovery_lost(&r, 20, 22, 1);
    pf_recovery_lost(&r, 10, 12, 2);
    pf_recovery_lost(&r, 15, 15, 3);
    assert_int_equal(take(&r, 4), PF_REPAIR_INVALIDATE);
    assert_int_equal(first, 10);
    assert_int_equal(last, 22);
    pf_recovery_repaired(&r, 4);
    assert_int_equal(take(&r, 5), PF_REPAIR_NONE);
    pf_recovery_lost(&r, 30, 31, 6);
    assert_int_equal(take(&r, 7), PF_REPAIR_INVALIDATE);
    assert_int_equal(first, 30);
}

static void an_idr_answers_both(void **state)
{
    struct pf_recovery r = begin();
    pf_recovery_lost(&r, 1, 2, 1);
    pf_recovery_keyframe(&r, 1);
    assert_int_equal(take(&r, 2), PF_REPAIR_IDR);
    assert_int_equal(take(&r, 3), PF_REPAIR_NONE);
}

/* Only two of the requests that follow a repair are taken for its echo. */
static void echoes_are_swallowed(void **state)
{
    struct pf_recovery r = begin();
    pf_recovery_lost(&r, 1, 2, 1 * MS);
    assert_int_equal(take(&r, 2 * MS), PF_REPAIR_INVALIDATE);
    pf_recovery_repaired(&r, 2 * MS);
    pf_recovery_keyframe(&r, 100 * MS);
    pf_recovery_keyframe(&r, 301 * MS);
    assert_int_equal(take(&r, 301 * MS), PF_REPAIR_NONE);
    pf_recovery_keyframe(&r, 301 * MS);
    assert_int_equal(take(&r, 301 * MS), PF_REPAIR_IDR);
}

static void a_request_long_after_a_repair_is_none(void **state)
{
    struct pf_recovery r = begin();
    pf_recovery_lost(&r, 1, 2, 1 * MS);
    assert_int_equal(take(&r, 2 * MS), PF_REPAIR_INVALIDATE);
    pf_recovery_repaired(&r, 2 * MS);
    pf_recovery_keyframe(&r, 302 * MS);
    assert_int_equal(take(&r, 302 * MS), PF_REPAIR_IDR);
}

/* An episode ends with a second of quiet: two more may be swallowed then. */
static void quiet_begins_anew(void **state)
{
    struct pf_recovery r = begin();
    for (uint64_t start = 0; start < 6000 * MS; start += 1500 * MS) {
        pf_recovery_lost(&r, 1, 2, start);
        assert_int_equal(take(&r, start), PF_REPAIR_INVALIDATE);
        pf_recovery_repaired(&r, start);
        pf_recovery_keyframe(&r, start + 100 * MS);
        pf_recovery_keyframe(&r, start + 200 * MS);
        assert_int_equal(take(&r, start + 200 * MS), PF_REPAIR_NONE);
    }
}

/* Without anything to go back to, the rules of key frames hold. */
static void an_impossible_repair_is_an_idr(void **state)
{
    struct pf_recovery r = begin();
    pf_recovery_lost(&r, 1, 2, 1);
    assert_int_equal(take(&r, 1), PF_REPAIR_INVALIDATE);
    assert_true(pf_recovery_impossible(&r, 1));
    pf_recovery_lost(&r, 3, 4, 100 * MS);
    assert_int_equal(take(&r, 100 * MS), PF_REPAIR_INVALIDATE);
    assert_false(pf_recovery_impossible(&r, 100 * MS));
    assert_int_equal(take(&r, 700 * MS), PF_REPAIR_NONE);
    assert_int_equal(take(&r, 751 * MS), PF_REPAIR_IDR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_for_a_key_frame_become_one),
        cmocka_unit_test(ranges_become_their_hull),
        cmocka_unit_test(an_idr_answers_both),
        cmocka_unit_test(echoes_are_swallowed),
        cmocka_unit_test(a_request_long_after_a_repair_is_none),
        cmocka_unit_test(quiet_begins_anew),
        cmocka_unit_test(an_impossible_repair_is_an_idr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "input/wlr/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int a, b;

/* One turn; returns whether the pointer and (if asked) the focus have to be brought back. */
static bool turn(const void *who, bool keys, bool *ret_focus)
{
    bool elsewhere = pf_wlr_turn_begin(who);
    bool focus = keys && pf_wlr_turn_needs_focus(who);
    if (ret_focus)
        *ret_focus = focus;
    pf_wlr_turn_end();
    return elsewhere;
}

static bool is_shared(void)
{
    pf_wlr_turn_begin(&a);
    bool shared = pf_wlr_turn_is_shared();
    pf_wlr_turn_end();
    return shared;
}

static void who_is_alone_is_asked_once(void **state)
{
    bool focus;
    pf_wlr_turn_join(&a);
    assert_true(turn(&a, false, NULL));
    assert_false(turn(&a, true, &focus));
    assert_true(focus);
    assert_false(turn(&a, true, &focus));
    assert_false(focus);
    assert_false(is_shared());
    pf_wlr_turn_leave(&a);
}

static void anybody_elses_turn_takes_pointer_and_focus_away(void **state)
{
    bool focus;
    pf_wlr_turn_join(&a);
    pf_wlr_turn_join(&b);
    assert_true(is_shared());
    turn(&a, true, &focus);
    assert_true(turn(&b, false, NULL)); /* only a motion, but it may move the focus */
    assert_true(turn(&a, true, &focus));
    assert_true(focus);
    assert_true(turn(&b, true, &focus));
    assert_true(focus);
    pf_wlr_turn_leave(&b);
    assert_false(is_shared());
    pf_wlr_turn_leave(&a);
}

static bool tried(const void *who, bool needs_focus)
{
    bool got = pf_wlr_turn_try(who, needs_focus);
    if (got)
        pf_wlr_turn_end();
    return got;
}

static void who_is_alone_and_has_all_needs_not_wait(void **state)
{
    bool focus;
    pf_wlr_turn_join(&a);
    assert_false(tried(&a, false)); /* the pointer may be anywhere */
    turn(&a, false, NULL);
    assert_true(tried(&a, false));
    assert_false(tried(&a, true)); /* and so may the focus */
    turn(&a, true, &focus);
    assert_true(tried(&a, true));
    pf_wlr_turn_join(&b);
    assert_false(tried(&a, false));
    turn(&b, true, &focus);
    pf_wlr_turn_leave(&b);
    assert_false(tried(&a, false)); /* b has taken both along */
    pf_wlr_turn_begin(&a);
    assert_false(tried(&a, false)); /* somebody has the turn */
    pf_wlr_turn_end();
    pf_wlr_turn_leave(&a);
}

static void a_newcomer_at_the_same_address_is_somebody_else(void **state)
{
    bool focus;
    pf_wlr_turn_join(&a);
    turn(&a, true, NULL);
    pf_wlr_turn_leave(&a);
    pf_wlr_turn_join(&a);
    assert_true(turn(&a, true, &focus));
    assert_true(focus);
    pf_wlr_turn_leave(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_alone_is_asked_once),
        cmocka_unit_test(anybody_elses_turn_takes_pointer_and_focus_away),
        cmocka_unit_test(who_is_alone_and_has_all_needs_not_wait),
        cmocka_unit_test(a_newcomer_at_the_same_address_is_somebody_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "input/pads/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void words_are_known(void **state)
{
    assert_int_equal(pf_pad_kind_of_word("XBOX"), PF_PAD_KIND_XBOX_360);
    assert_int_equal(pf_pad_kind_of_word("series"), PF_PAD_KIND_XBOX_ONE);
    assert_int_equal(pf_pad_kind_of_word("ds4"), PF_PAD_KIND_DUALSHOCK_4);
    assert_int_equal(pf_pad_kind_of_word("ps5"), PF_PAD_KIND_DUALSENSE);
    assert_int_equal(pf_pad_kind_of_word("joystick"), PF_PAD_KIND_AUTO);
    assert_int_equal(pf_pad_kind_of_word(NULL), PF_PAD_KIND_AUTO);
}

/* Never a kind that no device can be made of. */
static void what_cannot_be_is_an_xbox_pad(void **state)
{
    assert_int_equal(pf_pad_kind_choose(PF_PAD_KIND_AUTO, PF_PAD_KIND_AUTO, true), PF_PAD_KIND_XBOX_360);
    assert_int_equal(pf_pad_kind_choose(PF_PAD_KIND_AUTO, PF_PAD_KIND_XBOX_ONE, true), PF_PAD_KIND_XBOX_ONE);
    assert_int_equal(
        pf_pad_kind_choose(PF_PAD_KIND_XBOX_ONE, PF_PAD_KIND_XBOX_360, true), PF_PAD_KIND_XBOX_ONE);
    for (unsigned wish = 5; wish < 256; wish++)
        assert_int_equal(pf_pad_kind_choose(wish, PF_PAD_KIND_DUALSENSE, true), PF_PAD_KIND_XBOX_360);
}

static void playstation_pads_need_uhid(void **state)
{
    static const enum pf_pad_kind kinds[] = {PF_PAD_KIND_DUALSENSE, PF_PAD_KIND_DUALSHOCK_4};
    for (size_t i = 0; i < 2; i++) {
        assert_true(pf_pad_kind_needs_uhid(kinds[i]));
        assert_int_equal(pf_pad_kind_choose(kinds[i], PF_PAD_KIND_AUTO, true), kinds[i]);
        assert_int_equal(pf_pad_kind_choose(PF_PAD_KIND_AUTO, kinds[i], true), kinds[i]);
        assert_int_equal(pf_pad_kind_choose(kinds[i], PF_PAD_KIND_AUTO, false), PF_PAD_KIND_XBOX_360);
        assert_int_equal(pf_pad_kind_choose(PF_PAD_KIND_AUTO, kinds[i], false), PF_PAD_KIND_XBOX_360);
    }
    assert_int_equal(pf_pad_kind_choose(PF_PAD_KIND_XBOX_ONE, PF_PAD_KIND_AUTO, false), PF_PAD_KIND_XBOX_ONE);
    assert_false(pf_pad_kind_needs_uhid(PF_PAD_KIND_XBOX_ONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_known),
        cmocka_unit_test(what_cannot_be_is_an_xbox_pad),
        cmocka_unit_test(playstation_pads_need_uhid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

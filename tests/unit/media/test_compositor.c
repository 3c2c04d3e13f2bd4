#include "media/compositor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_spelling_is_known(void **state)
{
    static const struct {
        const char *name;
        enum pf_compositor compositor;
    } spellings[] = {
        {"kwin", PF_COMPOSITOR_KWIN},
        {"KDE", PF_COMPOSITOR_KWIN},
        {"plasma", PF_COMPOSITOR_KWIN},
        {"mutter", PF_COMPOSITOR_MUTTER},
        {"Gnome", PF_COMPOSITOR_MUTTER},
        {"wlroots", PF_COMPOSITOR_WLROOTS},
        {"sway", PF_COMPOSITOR_WLROOTS},
        {"wlr", PF_COMPOSITOR_WLROOTS},
        {"river", PF_COMPOSITOR_WLROOTS},
        {"gamescope", PF_COMPOSITOR_GAMESCOPE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        enum pf_compositor c = PF_COMPOSITOR_ANY;
        assert_true(pf_compositor_parse(spellings[i].name, &c));
        assert_int_equal(c, spellings[i].compositor);
    }
}

static void others_are_not(void **state)
{
    static const char *const names[] = {"", "any", "auto", "weston", "swa", "swayy", "hyprland"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        enum pf_compositor c = PF_COMPOSITOR_MUTTER;
        assert_false(pf_compositor_parse(names[i], &c));
        assert_int_equal(c, PF_COMPOSITOR_MUTTER);
    }
}

static void names_lead_back(void **state)
{
    (void)state;
    for (unsigned i = 1; i < PF_COMPOSITORS; i++) {
        enum pf_compositor c;
        assert_true(pf_compositor_parse(pf_compositor_name((enum pf_compositor)i), &c));
        assert_int_equal(c, i);
        assert_true(pf_compositor_label(c)[0]);
    }
    assert_string_equal(pf_compositor_name(PF_COMPOSITOR_ANY), "any");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_is_known),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(names_lead_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

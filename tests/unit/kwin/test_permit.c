/* The .desktop file that makes KWin show its restricted interfaces. */
#include "kwin/permit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ALL                                                                                                  \
    "zkde_screencast_unstable_v1,kde_output_management_v2,kde_output_device_v2,org_kde_kwin_fake_input"

static struct pf_kwin_permit read(const char *text)
{
    struct pf_kwin_permit p;
    pf_kwin_permit_read(text, "/usr/bin/punktfunk-host", &p);
    return p;
}

static void complete(void **state)
{
    struct pf_kwin_permit p =
        read("# words\n[Desktop Entry]\nType=Application\nExec=/usr/bin/punktfunk-host\n"
             "X-KDE-Wayland-Interfaces=" ALL "\n");
    assert_true(p.is_for_us);
    assert_false(p.has_missing);
    p = read("[Desktop Entry]\r\nX-KDE-Wayland-Interfaces=" ALL "\r\nExec=/usr/bin/punktfunk-host \r\n");
    assert_true(p.is_for_us && !p.has_missing);
}

static void an_interface_is_missing(void **state)
{
    struct pf_kwin_permit p =
        read("[Desktop Entry]\nExec=/usr/bin/punktfunk-host\nX-KDE-Wayland-Interfaces="
             "zkde_screencast_unstable_v1,kde_output_management_v2,kde_output_device_v2\n");
    assert_true(p.is_for_us && p.has_missing);
    assert_string_equal(p.missing, "org_kde_kwin_fake_input");
    p = read("[Desktop Entry]\nExec=/usr/bin/punktfunk-host\nX-KDE-Wayland-Interfaces=zkde_screencast\n");
    assert_string_equal(p.missing, "zkde_screencast_unstable_v1");
    p = read("[Desktop Entry]\nExec=/usr/bin/punktfunk-host");
    assert_string_equal(p.missing, "zkde_screencast_unstable_v1");
}

static void of_another_program(void **state)
{
    assert_false(read("").is_for_us);
    assert_false(read("[Desktop Entry]\nExec=/usr/bin/punktfunk-host serve\n").is_for_us);
    assert_false(read("[Desktop Entry]\nExec=/usr/bin/punktfunk\n").is_for_us);
    assert_false(read("[Desktop Action new]\nExec=/usr/bin/punktfunk-host\n").is_for_us);
    assert_false(
        read("Exec=/usr/bin/punktfunk-host\n[Desktop Entry]\nTryExec=/usr/bin/punktfunk-host\n").is_for_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complete),
        cmocka_unit_test(an_interface_is_missing),
        cmocka_unit_test(of_another_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "input/machine_layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct pf_machine_layout layout;

static bool read_text(const char *text)
{
    char path[] = "/tmp/pf-layout-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    layout = (struct pf_machine_layout){0};
    bool ok = pf_machine_layout_read(path, &layout);
    unlink(path);
    return ok;
}

static void debians_file_is_read(void **state)
{
    assert_true(read_text(
        "# KEYBOARD CONFIGURATION FILE\n\nXKBMODEL=\"pc105\"\nXKBLAYOUT=\"de,us\"\n"
        "XKBVARIANT=\"nodeadkeys,\"\nXKBOPTIONS=\"grp:alt_shift_toggle\"\n\nBACKSPACE=\"guess\"\n"));
    assert_string_equal(layout.model, "pc105");
    assert_string_equal(layout.layout, "de,us");
    assert_string_equal(layout.variant, "nodeadkeys,");
    assert_string_equal(layout.options, "grp:alt_shift_toggle");
}

static void other_ways_to_write_it(void **state)
{
    assert_true(read_text("XKBLAYOUT=fr"));
    assert_string_equal(layout.layout, "fr");
    assert_true(read_text("XKBLAYOUT='gb' \r\nXKBVARIANT=\"\"\n"));
    assert_string_equal(layout.layout, "gb");
    assert_string_equal(layout.variant, "");
}

static void what_names_no_layout_is_no_choice(void **state)
{
    static const char *const bad[] = {"", "XKBMODEL=pc105\n", "XKBLAYOUT=\"\"\n",
        "XKBLAYOUT=\"../../etc/passwd\"\n", "XKBLAYOUT=$(id)\n", "NOXKBLAYOUT=de\n", "XKBLAYOUTS=de\n",
        "\"XKBLAYOUT=\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(read_text(bad[i]));
    char longest[200] = "XKBLAYOUT=";
    memset(longest + 10, 'a', 180);
    assert_false(read_text(longest));
    assert_false(pf_machine_layout_read("/nonexistent/keyboard", &layout));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debians_file_is_read),
        cmocka_unit_test(other_ways_to_write_it),
        cmocka_unit_test(what_names_no_layout_is_no_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

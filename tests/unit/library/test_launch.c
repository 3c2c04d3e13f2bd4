/* From recipes to programs: what starts, and what must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "library/launch.h"

#include <errno.h>
#include <string.h>

static const struct pf_launch_facts all = {true, true}, flatpak = {false, true}, nothing = {false, false};

static const struct {
    const char *kind, *value;
    const struct pf_launch_facts *facts;
    int rc;
    const char *argv; /* joined with | */
} table[] = {
    {"steam_appid", "570", &nothing, 0, "steam|steam://rungameid/570"},
    {"steam_appid", "570; x", &nothing, -EINVAL, NULL},
    {"steam_appid", "", &nothing, -EINVAL, NULL},
    {"steam_appid", "-1", &nothing, -EINVAL, NULL},
    {"steam_appid", "123456789012345678901", &nothing, -EINVAL, NULL},
    {"lutris_id", "7", &nothing, 0, "lutris|lutris:rungameid/7"},
    {"lutris_id", "7/../8", &nothing, -EINVAL, NULL},
    {"heroic", "gog:Beneath_a.Steel-Sky", &all, 0,
        "heroic|--no-gui|heroic://launch?appName=Beneath_a.Steel-Sky&runner=gog"},
    {"heroic", "legendary:a", &flatpak, 0,
        "flatpak|run|com.heroicgameslauncher.hgl|--no-gui|heroic://launch?appName=a&runner=legendary"},
    {"heroic", "gog:a", &nothing, -ENOTSUP, NULL},
    {"heroic", "epic:a", &all, -EINVAL, NULL},
    {"heroic", "gog:", &all, -EINVAL, NULL},
    {"heroic", "gog:a&b", &all, -EINVAL, NULL},
    {"heroic", "gog", &all, -EINVAL, NULL},
    {"command", "echo $HOME", &nothing, 0, "/bin/sh|-c|echo $HOME"},
    {"command", " \t", &nothing, -EINVAL, NULL},
    {"epic", "a", &all, -ENOTSUP, NULL},
    {"aumid", "a!b", &all, -ENOTSUP, NULL},
    {"", "", &all, -ENOTSUP, NULL},
};

static void recipes_become_programs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct pf_launch_command c;
        struct pf_error err = {""};
        int rc = pf_launch_command_make(table[i].kind, table[i].value, table[i].facts, &c, &err);
        if (rc != table[i].rc)
            fail_msg("%s %s: %d (%s)", table[i].kind, table[i].value, rc, err.text);
        char joined[1024] = "";
        for (size_t k = 0; rc == 0 && c.argv[k]; k++) {
            strcat(joined, k ? "|" : "");
            strcat(joined, c.argv[k]);
        }
        if (rc == 0)
            assert_string_equal(joined, table[i].argv);
        else
            assert_true(err.text[0] != 0);
    }
}

static void commands_may_be_long_but_not_endless(void **state)
{
    (void)state;
    static char value[4000];
    struct pf_launch_command c;
    memset(value, 'x', sizeof(value) - 1);
    assert_int_equal(pf_launch_command_make("command", value, &nothing, &c, NULL), -EINVAL);
    value[600] = 0;
    assert_int_equal(pf_launch_command_make("command", value, &nothing, &c, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recipes_become_programs),
        cmocka_unit_test(commands_may_be_long_but_not_endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

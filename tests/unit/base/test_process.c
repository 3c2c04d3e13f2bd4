#include "base/process.h"
#include "base/time.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int run(const char *script, uint64_t limit_ns, char *text, size_t cap)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    return pf_process_output(argv, limit_ns, text, cap);
}

static void output_and_status_are_told(void **state)
{
    char text[64];
    assert_int_equal(run("echo out; echo err >&2; exit 7", 60 * PF_NS_PER_S, text, sizeof(text)), 7);
    assert_string_equal(text, "out\nerr\n");
    assert_int_equal(run("kill -9 $$", 60 * PF_NS_PER_S, text, sizeof(text)), 128 + SIGKILL);
    assert_string_equal(text, "");
}

static void long_output_is_cut(void **state)
{
    char text[8];
    assert_int_equal(run("yes 0123456789 | head -c 200000", 60 * PF_NS_PER_S, text, sizeof(text)), 0);
    assert_string_equal(text, "0123456");
}

static void who_hangs_is_killed_with_all_of_it(void **state)
{
    char text[64];
    assert_int_equal(
        run("echo x; sleep 1000 & sleep 1000", 200 * PF_NS_PER_MS, text, sizeof(text)), -ETIMEDOUT);
    assert_int_equal(
        run("exec >/dev/null 2>&1; sleep 1000", 200 * PF_NS_PER_MS, text, sizeof(text)), -ETIMEDOUT);
}

static void missing_program_is_told(void **state)
{
    const char *const argv[] = {"/nonexistent/program", NULL};
    char text[8];
    assert_int_equal(pf_process_output(argv, PF_NS_PER_S, text, sizeof(text)), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_status_are_told),
        cmocka_unit_test(long_output_is_cut),
        cmocka_unit_test(who_hangs_is_killed_with_all_of_it),
        cmocka_unit_test(missing_program_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

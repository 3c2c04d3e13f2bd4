#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/file.h"
#include "console/logins.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW    1800000000
#define NO_KEY "{\"key\":\"0000000000000000000000000000000000000000000000000000000000000000\","

static char folder[] = "/tmp/pf-logins-XXXXXX";
static char path[64], bad[80];
static struct pf_logins *logins;

static void open_again(void)
{
    pf_logins_close(logins);
    assert_int_equal(pf_logins_open(folder, &logins, NULL), 0);
}

static int prepare(void **state)
{
    (void)state;
    strcpy(folder + sizeof("/tmp/pf-logins-") - 1, "XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/console-logins.json", folder);
    snprintf(bad, sizeof(bad), "%s.bad", path);
    logins = NULL;
    open_again();
    return 0;
}

static int clean(void **state)
{
    (void)state;
    pf_logins_close(logins);
    unlink(path);
    unlink(bad);
    return rmdir(folder);
}

static void a_session_lasts_seven_days_and_over_restarts(void **state)
{
    (void)state;
    char a[PF_LOGIN_COOKIE_SIZE], b[PF_LOGIN_COOKIE_SIZE];
    struct stat st;
    pf_logins_begin(logins, NOW, a);
    pf_logins_begin(logins, NOW, b);
    assert_string_not_equal(a, b);
    open_again();
    assert_true(pf_logins_has(logins, a, NOW));
    assert_true(pf_logins_has(logins, a, NOW + 7 * 24 * 3600 - 1));
    assert_false(pf_logins_has(logins, a, NOW + 7 * 24 * 3600));
    assert_false(pf_logins_has(logins, a, NOW - 1)); /* the clock was set back */
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void nobody_makes_or_changes_a_cookie(void **state)
{
    (void)state;
    char a[PF_LOGIN_COOKIE_SIZE], changed[PF_LOGIN_COOKIE_SIZE + 8];
    pf_logins_begin(logins, NOW, a);
    for (size_t i = 0; i < strlen(a); i++) {
        strcpy(changed, a);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_false(pf_logins_has(logins, changed, NOW));
        strcpy(changed, a);
        changed[i] = 0;
        assert_false(pf_logins_has(logins, changed, NOW));
    }
    static const char *const tails[] = {"A", "=", " ", "AAAA", ";"};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        snprintf(changed, sizeof(changed), "%s%s", a, tails[i]);
        assert_false(pf_logins_has(logins, changed, NOW));
    }
    char *long_one = calloc(1, 100001);
    memset(long_one, 'A', 100000);
    assert_false(pf_logins_has(logins, long_one, NOW));
    assert_false(pf_logins_has(logins, "", NOW));
    free(long_one);
    assert_true(pf_logins_has(logins, a, NOW));
}

static void logging_out_ends_one_for_good(void **state)
{
    (void)state;
    char a[PF_LOGIN_COOKIE_SIZE], b[PF_LOGIN_COOKIE_SIZE];
    pf_logins_begin(logins, NOW, a);
    pf_logins_begin(logins, NOW, b);
    assert_int_equal(pf_logins_end(logins, a, NOW, NULL), 0);
    assert_int_equal(pf_logins_end(logins, "nonsense", NOW, NULL), 0);
    assert_false(pf_logins_has(logins, a, NOW));
    assert_true(pf_logins_has(logins, b, NOW));
    open_again();
    assert_false(pf_logins_has(logins, a, NOW));
    assert_true(pf_logins_has(logins, b, NOW));
}

static void everywhere_ends_all(void **state)
{
    (void)state;
    char a[PF_LOGIN_COOKIE_SIZE];
    pf_logins_begin(logins, NOW, a);
    assert_int_equal(pf_logins_end_all(logins, NULL), 0);
    assert_false(pf_logins_has(logins, a, NOW));
    open_again();
    assert_false(pf_logins_has(logins, a, NOW));
    pf_logins_begin(logins, NOW, a);
    assert_true(pf_logins_has(logins, a, NOW));
}

/* The list is bounded; where it is full, all end rather than that one lives on. */
static void no_number_of_logouts_revives_one(void **state)
{
    (void)state;
    char first[PF_LOGIN_COOKIE_SIZE], next[PF_LOGIN_COOKIE_SIZE];
    pf_logins_begin(logins, NOW, first);
    assert_int_equal(pf_logins_end(logins, first, NOW, NULL), 0);
    for (int i = 0; i < 300; i++) {
        pf_logins_begin(logins, NOW, next);
        assert_true(pf_logins_has(logins, next, NOW));
        assert_int_equal(pf_logins_end(logins, next, NOW, NULL), 0);
        assert_false(pf_logins_has(logins, next, NOW));
        assert_false(pf_logins_has(logins, first, NOW));
    }
}

static void a_damaged_file_is_set_aside(void **state)
{
    (void)state;
    static const char *const damaged[] = {
        "", "{", "[]", "{}", "{\"key\":\"00\",\"age\":0,\"ended\":[]}", NO_KEY "\"age\":-1,\"ended\":[]}"};
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        char a[PF_LOGIN_COOKIE_SIZE];
        pf_logins_begin(logins, NOW, a);
        assert_int_equal(pf_file_write(path, damaged[i], strlen(damaged[i]), 0600, NULL), 0);
        open_again();
        assert_int_equal(access(bad, F_OK), 0);
        assert_int_equal(unlink(bad), 0);
        assert_false(pf_logins_has(logins, a, NOW));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_session_lasts_seven_days_and_over_restarts, prepare, clean),
        cmocka_unit_test_setup_teardown(nobody_makes_or_changes_a_cookie, prepare, clean),
        cmocka_unit_test_setup_teardown(logging_out_ends_one_for_good, prepare, clean),
        cmocka_unit_test_setup_teardown(everywhere_ends_all, prepare, clean),
        cmocka_unit_test_setup_teardown(no_number_of_logouts_revives_one, prepare, clean),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_set_aside, prepare, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

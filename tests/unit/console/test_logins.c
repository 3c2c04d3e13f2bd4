#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../trust/temp_dir.h"
#include "console/logins.h"

#define NOW 1800000000

static struct pf_logins *open_in(const struct temp_dir *d)
{
    struct pf_logins *l;
    struct pf_error err;
    assert_int_equal(pf_logins_open(d->path, &l, &err), 0);
    return l;
}

static void a_login_lasts_a_week_and_a_restart(void **state)
{
    struct temp_dir d = temp_dir_make();
    char cookie[PF_LOGIN_COOKIE_SIZE];
    struct pf_logins *l = open_in(&d);
    pf_logins_begin(l, NOW, cookie);
    assert_true(pf_logins_has(l, cookie, NOW));
    assert_true(pf_logins_has(l, cookie, NOW + PF_LOGIN_SECONDS - 1));
    assert_false(pf_logins_has(l, cookie, NOW + PF_LOGIN_SECONDS));
    assert_false(pf_logins_has(l, cookie, NOW - 10)); /* a clock set back lengthens nothing */
    pf_logins_close(l);
    l = open_in(&d);
    assert_true(pf_logins_has(l, cookie, NOW));
    pf_logins_close(l);
    temp_dir_remove(&d);
}

static void what_is_not_ours_is_nobody(void **state)
{
    struct temp_dir d = temp_dir_make(), other = temp_dir_make();
    char cookie[PF_LOGIN_COOKIE_SIZE], foreign[PF_LOGIN_COOKIE_SIZE];
    struct pf_logins *l = open_in(&d), *stranger = open_in(&other);
    pf_logins_begin(l, NOW, cookie);
    pf_logins_begin(stranger, NOW, foreign);
    assert_false(pf_logins_has(l, foreign, NOW));
    assert_false(pf_logins_has(l, "", NOW));
    assert_false(pf_logins_has(l, "x", NOW));
    for (size_t i = 0; cookie[i]; i++) { /* every bit of it is sealed */
        char was = cookie[i];
        cookie[i] = was == 'A' ? 'B' : 'A';
        assert_false(pf_logins_has(l, cookie, NOW));
        cookie[i] = was;
    }
    char longer[PF_LOGIN_COOKIE_SIZE + 8];
    snprintf(longer, sizeof(longer), "%sAAAA", cookie);
    assert_false(pf_logins_has(l, longer, NOW));
    cookie[strlen(cookie) - 1] = 0;
    assert_false(pf_logins_has(l, cookie, NOW));
    pf_logins_close(l);
    pf_logins_close(stranger);
    temp_dir_remove(&d);
    temp_dir_remove(&other);
}

static void logging_out_ends_one_for_good(void **state)
{
    struct temp_dir d = temp_dir_make();
    char one[PF_LOGIN_COOKIE_SIZE], two[PF_LOGIN_COOKIE_SIZE];
    struct pf_error err;
    struct pf_logins *l = open_in(&d);
    pf_logins_begin(l, NOW, one);
    pf_logins_begin(l, NOW, two);
    assert_string_not_equal(one, two);
    assert_int_equal(pf_logins_end(l, one, NOW, &err), 0);
    assert_int_equal(pf_logins_end(l, "nonsense", NOW, &err), 0);
    assert_false(pf_logins_has(l, one, NOW));
    assert_true(pf_logins_has(l, two, NOW));
    pf_logins_close(l);
    l = open_in(&d);
    assert_false(pf_logins_has(l, one, NOW));
    assert_true(pf_logins_has(l, two, NOW));
    assert_int_equal(pf_logins_end_all(l, &err), 0);
    assert_false(pf_logins_has(l, two, NOW));
    pf_logins_begin(l, NOW, one);
    assert_true(pf_logins_has(l, one, NOW));
    pf_logins_close(l);
    temp_dir_remove(&d);
}

static void more_than_can_be_kept_ends_all(void **state)
{
    struct temp_dir d = temp_dir_make();
    char kept[PF_LOGIN_COOKIE_SIZE], cookie[PF_LOGIN_COOKIE_SIZE];
    struct pf_error err;
    struct pf_logins *l = open_in(&d);
    pf_logins_begin(l, NOW, kept);
    for (unsigned i = 0; i < 256; i++) {
        pf_logins_begin(l, NOW, cookie);
        assert_int_equal(pf_logins_end(l, cookie, NOW, &err), 0);
        assert_true(pf_logins_has(l, kept, NOW));
    }
    pf_logins_begin(l, NOW, cookie);
    assert_int_equal(pf_logins_end(l, cookie, NOW, &err), 0);
    assert_false(pf_logins_has(l, cookie, NOW));
    assert_false(pf_logins_has(l, kept, NOW));
    pf_logins_close(l);
    temp_dir_remove(&d);
}

static void the_file_is_private_and_a_damaged_one_is_kept(void **state)
{
    struct temp_dir d = temp_dir_make();
    char cookie[PF_LOGIN_COOKIE_SIZE], path[128], bad[140];
    struct stat st;
    struct pf_logins *l = open_in(&d);
    pf_logins_begin(l, NOW, cookie);
    pf_logins_close(l);
    snprintf(path, sizeof(path), "%s/console-logins.json", d.path);
    snprintf(bad, sizeof(bad), "%s.bad", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    static const char *const damage[] = {"", "{}", "{\"key\":\"00\",\"age\":0,\"ended\":[]}", "[1]",
        "{\"key\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"age\":-1,\"ended\":["
        "]}"};
    for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        assert_int_equal(pf_file_write(path, damage[i], strlen(damage[i]), 0600, NULL), 0);
        l = open_in(&d);
        assert_int_equal(stat(bad, &st), 0);
        assert_false(pf_logins_has(l, cookie, NOW));
        pf_logins_begin(l, NOW, cookie);
        assert_true(pf_logins_has(l, cookie, NOW));
        pf_logins_close(l);
        unlink(bad);
    }
    temp_dir_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_lasts_a_week_and_a_restart),
        cmocka_unit_test(what_is_not_ours_is_nobody),
        cmocka_unit_test(logging_out_ends_one_for_good),
        cmocka_unit_test(more_than_can_be_kept_ends_all),
        cmocka_unit_test(the_file_is_private_and_a_damaged_one_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

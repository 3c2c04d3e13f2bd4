#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../trust/temp_dir.h"
#include "console/password.h"

#include <errno.h>

static struct pf_password *load(const struct temp_dir *d)
{
    struct pf_password *p;
    struct pf_error err;
    assert_int_equal(pf_password_load(d->path, &p, &err), 0);
    return p;
}

static void write_file(const struct temp_dir *d, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", d->path, name);
    assert_int_equal(pf_file_write(path, text, strlen(text), 0600, NULL), 0);
}

static void a_chosen_one_is_kept_as_a_hash(void **state)
{
    struct temp_dir d = temp_dir_make();
    struct pf_password *p = load(&d);
    struct pf_error err;
    char path[128], *text;
    size_t len;
    struct stat st;
    assert_false(pf_password_is_set(p));
    assert_false(pf_password_matches(p, ""));
    assert_int_equal(pf_password_set(p, "short", &err), -EINVAL);
    assert_int_equal(pf_password_set(p, "correct horse", &err), 0);
    assert_int_equal(pf_password_set(p, "another one", &err), -EEXIST);
    assert_true(pf_password_matches(p, "correct horse"));
    assert_false(pf_password_matches(p, "correct hors"));
    pf_password_destroy(p);
    snprintf(path, sizeof(path), "%s/console-password", d.path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(pf_file_read(path, 4096, &text, &len), 0);
    assert_null(strstr(text, "correct"));
    assert_memory_equal(text, "$argon2id$", 10);
    free(text);
    p = load(&d);
    assert_true(pf_password_matches(p, "correct horse"));
    assert_false(pf_password_matches(p, ""));
    pf_password_destroy(p);
    temp_dir_remove(&d);
}

static void hosts_before_this_one_left_it_in_clear_text(void **state)
{
    struct temp_dir d = temp_dir_make();
    write_file(&d, "web-password", "PUNKTFUNK_UI_PASSWORD=pass=word 1\n");
    struct pf_password *p = load(&d);
    assert_true(pf_password_is_set(p));
    assert_true(pf_password_matches(p, "pass=word 1"));
    assert_false(pf_password_matches(p, "pass=word 2"));
    pf_password_destroy(p);
    write_file(&d, "web-password", "\n"); /* blank: none */
    p = load(&d);
    assert_false(pf_password_is_set(p));
    pf_password_destroy(p);
    temp_dir_remove(&d);
}

static void the_variable_wins_and_is_taken_away(void **state)
{
    struct temp_dir d = temp_dir_make();
    write_file(&d, "web-password", "PUNKTFUNK_UI_PASSWORD=from the file\n");
    setenv("PUNKTFUNK_UI_PASSWORD", "from outside", 1);
    struct pf_password *p = load(&d);
    assert_null(getenv("PUNKTFUNK_UI_PASSWORD"));
    assert_true(pf_password_matches(p, "from outside"));
    assert_false(pf_password_matches(p, "from the file"));
    pf_password_destroy(p);
    temp_dir_remove(&d);
}

static void a_damaged_file_is_kept_aside(void **state)
{
    struct temp_dir d = temp_dir_make();
    struct stat st;
    char bad[128];
    write_file(&d, "console-password", "not a hash\n");
    struct pf_password *p = load(&d);
    assert_false(pf_password_is_set(p));
    pf_password_destroy(p);
    snprintf(bad, sizeof(bad), "%s/console-password.bad", d.path);
    assert_int_equal(stat(bad, &st), 0);
    temp_dir_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chosen_one_is_kept_as_a_hash),
        cmocka_unit_test(hosts_before_this_one_left_it_in_clear_text),
        cmocka_unit_test(the_variable_wins_and_is_taken_away),
        cmocka_unit_test(a_damaged_file_is_kept_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

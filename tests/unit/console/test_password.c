#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/file.h"
#include "console/password.h"
#include "console/setup_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW 1800000000

static char folder[] = "/tmp/pf-password-XXXXXX";
static struct pf_password *password;

static char *in_folder(const char *name)
{
    static char path[64];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    assert_int_equal(pf_file_write(in_folder(name), text, strlen(text), 0600, NULL), 0);
}

static void load(void)
{
    struct pf_error err;
    pf_password_destroy(password);
    password = NULL;
    assert_int_equal(pf_password_load(folder, &password, &err), 0);
}

static int prepare(void **state)
{
    (void)state;
    strcpy(folder + sizeof("/tmp/pf-password-") - 1, "XXXXXX");
    assert_non_null(mkdtemp(folder));
    password = NULL;
    return 0;
}

static int clean(void **state)
{
    static const char *const names[] = {
        "web-password", "console-password", "console-password.bad", "console-setup"};
    (void)state;
    pf_password_destroy(password);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(in_folder(names[i]));
    return rmdir(folder);
}

static void a_chosen_one_is_kept_as_a_hash(void **state)
{
    (void)state;
    char hash[PF_PASSWORD_HASH_SIZE], other[PF_PASSWORD_HASH_SIZE], *text;
    size_t len;
    struct stat st;
    load();
    assert_false(pf_password_is_set(password));
    assert_false(pf_password_matches(password, ""));
    assert_int_equal(pf_password_hash("correct horse", hash, NULL), 0);
    assert_int_equal(pf_password_hash("correct horse", other, NULL), 0);
    assert_string_not_equal(hash, other);
    assert_int_equal(pf_password_keep(password, hash, NULL), 0);
    assert_int_equal(pf_password_keep(password, other, NULL), -EEXIST);
    load();
    assert_true(pf_password_is_set(password));
    assert_true(pf_password_matches(password, "correct horse"));
    assert_false(pf_password_matches(password, "correct hors"));
    assert_false(pf_password_matches(password, ""));
    assert_int_equal(stat(in_folder("console-password"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(pf_file_read(in_folder("console-password"), 1000, &text, &len), 0);
    assert_null(strstr(text, "horse"));
    assert_int_equal(strncmp(text, "$argon2id$", 10), 0);
    free(text);
}

static void short_and_long_ones_are_refused(void **state)
{
    (void)state;
    char hash[PF_PASSWORD_HASH_SIZE], text[PF_PASSWORD_MAX + 2];
    struct pf_error err;
    memset(text, 'x', sizeof(text));
    text[PF_PASSWORD_MAX + 1] = 0;
    assert_int_equal(pf_password_hash("1234567", hash, &err), -EINVAL);
    assert_int_equal(pf_password_hash(text, hash, &err), -EINVAL);
}

static void the_former_file_goes_on_to_be_good(void **state)
{
    (void)state;
    put("web-password", "PUNKTFUNK_UI_PASSWORD=short\n");
    load();
    assert_true(pf_password_is_set(password));
    assert_true(pf_password_matches(password, "short"));
    assert_false(pf_password_matches(password, "PUNKTFUNK_UI_PASSWORD=short"));
    put("web-password", "bare");
    load();
    assert_true(pf_password_matches(password, "bare"));
    put("web-password", "PUNKTFUNK_UI_PASSWORD=\n");
    load();
    assert_false(pf_password_is_set(password));
    assert_false(pf_password_matches(password, ""));
    setenv("PUNKTFUNK_UI_PASSWORD", "of the variable", 1);
    load();
    assert_true(pf_password_matches(password, "of the variable"));
    assert_null(getenv("PUNKTFUNK_UI_PASSWORD"));
}

static void a_damaged_hash_lets_nobody_in(void **state)
{
    (void)state;
    static const char *const damaged[] = {"", "\n", "plain text\n", "$argon2i$x\n"};
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        put("console-password", damaged[i]);
        load();
        assert_false(pf_password_is_set(password));
        assert_int_equal(access(in_folder("console-password.bad"), F_OK), 0);
        assert_int_equal(unlink(in_folder("console-password.bad")), 0);
    }
    put("console-password", "$argon2id$ but nothing else\n");
    load();
    assert_false(pf_password_matches(password, "plain text"));
}

static void a_link_is_good_for_an_hour_until_it_is_used_or_replaced(void **state)
{
    (void)state;
    char a[PF_SETUP_TOKEN_SIZE], b[PF_SETUP_TOKEN_SIZE], *text;
    size_t len;
    struct stat st;
    assert_false(pf_setup_link_opens(folder, "", NOW));
    assert_int_equal(pf_setup_link_make(folder, NOW, a, NULL), 0);
    assert_int_equal(stat(in_folder("console-setup"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(pf_file_read(in_folder("console-setup"), 1000, &text, &len), 0);
    assert_null(strstr(text, a));
    free(text);
    assert_true(pf_setup_link_opens(folder, a, NOW));
    assert_true(pf_setup_link_opens(folder, a, NOW + 3599));
    assert_false(pf_setup_link_opens(folder, a, NOW + 3600));
    assert_false(pf_setup_link_opens(folder, a, NOW - 1));
    assert_false(pf_setup_link_opens(folder, "", NOW));
    assert_int_equal(pf_setup_link_make(folder, NOW, b, NULL), 0);
    assert_false(pf_setup_link_opens(folder, a, NOW));
    assert_true(pf_setup_link_opens(folder, b, NOW));
    pf_setup_link_void(folder);
    assert_false(pf_setup_link_opens(folder, b, NOW));
    static const char *const damaged[] = {"", "x", "00 1\n", " 9999999999\n"};
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        put("console-setup", damaged[i]);
        assert_false(pf_setup_link_opens(folder, b, NOW));
        assert_false(pf_setup_link_opens(folder, "", NOW));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_chosen_one_is_kept_as_a_hash, prepare, clean),
        cmocka_unit_test_setup_teardown(short_and_long_ones_are_refused, prepare, clean),
        cmocka_unit_test_setup_teardown(the_former_file_goes_on_to_be_good, prepare, clean),
        cmocka_unit_test_setup_teardown(a_damaged_hash_lets_nobody_in, prepare, clean),
        cmocka_unit_test_setup_teardown(
            a_link_is_good_for_an_hour_until_it_is_used_or_replaced, prepare, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

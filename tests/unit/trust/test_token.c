#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/log.h"
#include "temp_dir.h"
#include "trust/token.h"
#include "trust/uniqueid.h"

#include <errno.h>

#define VARIABLE "PUNKTFUNK_MGMT_TOKEN"

static void a_new_token_is_written_and_found_again(void **state)
{
    (void)state;
    struct temp_dir d = temp_dir_make();
    unsetenv(VARIABLE);
    char *first = NULL, *second = NULL, *third = NULL;
    assert_int_equal(pf_token_find(d.path, &first, NULL), -ENOENT);
    assert_int_equal(pf_token_obtain(d.path, NULL, &first, NULL), 0);
    assert_int_equal(strlen(first), 64);
    assert_int_equal(strspn(first, "0123456789abcdef"), 64);
    assert_int_equal(temp_dir_mode(&d, "mgmt-token"), 0600);

    char *text = temp_dir_read(&d, "mgmt-token"), want[128];
    snprintf(want, sizeof(want), VARIABLE "=%s\n", first);
    assert_string_equal(text, want);
    assert_int_equal(pf_token_obtain(d.path, NULL, &second, NULL), 0);
    assert_string_equal(first, second);
    assert_int_equal(pf_token_find(d.path, &third, NULL), 0);
    assert_string_equal(first, third);
    free(first);
    free(second);
    free(third);
    free(text);
    temp_dir_remove(&d);
}

static void flag_beats_variable_beats_file(void **state)
{
    (void)state;
    struct temp_dir d = temp_dir_make();
    char *token = NULL;
    temp_dir_write(&d, "mgmt-token", "fromfile\n");
    setenv(VARIABLE, "  fromvariable ", 1);
    assert_int_equal(pf_token_obtain(d.path, "fromflag", &token, NULL), 0);
    assert_string_equal(token, "fromflag");
    assert_null(getenv(VARIABLE)); /* children must not inherit it */
    free(token);

    setenv(VARIABLE, "  fromvariable ", 1);
    assert_int_equal(pf_token_find(d.path, &token, NULL), 0);
    assert_string_equal(token, "fromvariable");
    free(token);
    assert_int_equal(pf_token_obtain(d.path, NULL, &token, NULL), 0);
    assert_string_equal(token, "fromvariable");
    free(token);

    setenv(VARIABLE, "   ", 1);
    assert_int_equal(pf_token_obtain(d.path, NULL, &token, NULL), 0);
    assert_string_equal(token, "fromfile");
    assert_int_equal(temp_dir_mode(&d, "mgmt-token"), 0600);
    free(token);

    struct pf_error err = {""};
    token = NULL;
    assert_int_equal(pf_token_obtain(d.path, " ", &token, &err), -EINVAL);
    assert_non_null(strstr(err.text, "--mgmt-token"));
    assert_int_equal(pf_token_obtain(d.path, "two words", &token, &err), -EINVAL);
    assert_null(strstr(err.text, "two words")); /* errors go to logs */
    assert_null(token);
    temp_dir_remove(&d);
}

static void note_warning(
    void *user, enum pf_log_level level, uint64_t real_ns, const char *scope, const char *text)
{
    (void)real_ns;
    if (level == PF_LOG_WARN && strcmp(scope, "trust") == 0) {
        assert_null(strstr(text, "hunter2")); /* not the secret itself */
        ++*(unsigned *)user;
    }
}

/* Wherever it comes from, a short token works, with a warning. */
static void short_tokens_are_warned_of(void **state)
{
    (void)state;
    struct temp_dir d = temp_dir_make();
    static const char strong[] = "0123456789abcdef", weak[] = "hunter2";
    unsigned warnings = 0;
    char *token;
    pf_log_set_sink(note_warning, &warnings);
    for (unsigned source = 0; source < 3; source++)
        for (unsigned is_weak = 0; is_weak < 2; is_weak++) {
            const char *text = is_weak ? weak : strong;
            unsetenv(VARIABLE);
            if (source == 1)
                setenv(VARIABLE, text, 1);
            if (source == 2)
                temp_dir_write(&d, "mgmt-token", text);
            warnings = 0;
            assert_int_equal(pf_token_obtain(d.path, source == 0 ? text : NULL, &token, NULL), 0);
            assert_string_equal(token, text);
            assert_int_equal(warnings, is_weak);
            free(token);
        }
    warnings = 0;
    assert_int_equal(pf_token_find(d.path, &token, NULL), 0); /* the host has said it already */
    assert_int_equal(warnings, 0);
    free(token);
    pf_log_set_sink(NULL, NULL);
    temp_dir_remove(&d);
}

static void forms_of_the_file(void **state)
{
    (void)state;
    static const struct {
        const char *text, *token; /* NULL: a new one is made */
    } table[] = {
        {"abc", "abc"},
        {"\n \n  abc  \nother\n", "abc"},
        {VARIABLE "=abc\r\n", "abc"},
        {VARIABLE "= abc \n", "abc"},
        {"", NULL},
        {"\n\n", NULL},
        {VARIABLE "=\n", NULL},
    };
    unsetenv(VARIABLE);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct temp_dir d = temp_dir_make();
        char *token = NULL;
        temp_dir_write(&d, "mgmt-token", table[i].text);
        assert_int_equal(pf_token_obtain(d.path, NULL, &token, NULL), 0);
        if (table[i].token)
            assert_string_equal(token, table[i].token);
        else
            assert_int_equal(strlen(token), 64);
        free(token);
        temp_dir_remove(&d);
    }
}

static void the_host_id_is_made_once(void **state)
{
    (void)state;
    struct temp_dir d = temp_dir_make();
    char first[PF_UNIQUEID_SIZE], second[PF_UNIQUEID_SIZE];
    assert_int_equal(pf_uniqueid_load(d.path, first, NULL), 0);
    assert_int_equal(strlen(first), 32);
    assert_int_equal(pf_uniqueid_load(d.path, second, NULL), 0);
    assert_string_equal(first, second);
    char *text = temp_dir_read(&d, "uniqueid");
    assert_string_equal(text, first);
    free(text);

    temp_dir_write(&d, "uniqueid", " 0123456789ABCDEF0123456789abcdef\n");
    assert_int_equal(pf_uniqueid_load(d.path, first, NULL), 0);
    assert_string_equal(first, "0123456789abcdef0123456789abcdef");

    static const char *const damaged[] = {"", "abc", "0123456789abcdef0123456789abcdeg",
        "0123456789abcdef0123456789abcdef 1", "0123456789abcdef0123456789abcdef0"};
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        temp_dir_write(&d, "uniqueid", damaged[i]);
        assert_int_equal(pf_uniqueid_load(d.path, second, NULL), 0);
        assert_string_not_equal(first, second);
        char *kept = temp_dir_read(&d, "uniqueid.bad");
        assert_string_equal(kept, damaged[i]);
        free(kept);
    }
    temp_dir_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_token_is_written_and_found_again),
        cmocka_unit_test(flag_beats_variable_beats_file),
        cmocka_unit_test(short_tokens_are_warned_of),
        cmocka_unit_test(forms_of_the_file),
        cmocka_unit_test(the_host_id_is_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

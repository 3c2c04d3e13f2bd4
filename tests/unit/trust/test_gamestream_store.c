#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "temp_dir.h"
#include "trust/gamestream_store.h"

#include <errno.h>

#define FILE_NAME "paired.json"

/* The store takes any bytes: only clients that proved their key come here. */
static const uint8_t A[] = {0x30, 0, 255, 7}, B[] = {0x30, 1};

static struct pf_gamestream_store *open_store(struct temp_dir *d)
{
    struct pf_gamestream_store *s = NULL;
    struct pf_error err = {""};
    int rc = pf_gamestream_store_open(d->path, &s, &err);
    if (rc < 0)
        fail_msg("%s", err.text);
    return s;
}

static void fingerprint_of(struct pf_gamestream_store *s, size_t index, uint8_t out[32])
{
    assert_non_null(pf_gamestream_store_at(s, index));
    memcpy(out, pf_gamestream_store_at(s, index)->fingerprint, 32);
}

static void pairs_survive_a_restart(void **state)
{
    struct temp_dir d = temp_dir_make();
    struct pf_gamestream_store *s = open_store(&d);
    uint8_t a[32], b[32];
    assert_int_equal(pf_gamestream_store_add(s, A, sizeof(A), NULL), 0);
    assert_int_equal(pf_gamestream_store_add(s, B, sizeof(B), NULL), 0);
    assert_int_equal(pf_gamestream_store_add(s, A, sizeof(A), NULL), 0); /* again: once is enough */
    assert_int_equal(pf_gamestream_store_count(s), 2);
    pf_gamestream_store_destroy(s);

    char *text = temp_dir_read(&d, FILE_NAME);
    assert_string_equal(text, "[[48,0,255,7],[48,1]]");
    assert_int_equal(temp_dir_mode(&d, FILE_NAME), 0600);
    free(text);

    s = open_store(&d);
    fingerprint_of(s, 0, a);
    fingerprint_of(s, 1, b);
    assert_true(pf_gamestream_store_knows(s, a));
    assert_int_equal(pf_gamestream_store_at(s, 0)->der_len, sizeof(A));
    assert_memory_equal(pf_gamestream_store_at(s, 0)->der, A, sizeof(A));
    assert_null(pf_gamestream_store_at(s, 2));
    assert_int_equal(pf_gamestream_store_remove(s, a, NULL), 0);
    assert_false(pf_gamestream_store_knows(s, a));
    assert_true(pf_gamestream_store_knows(s, b));
    assert_int_equal(pf_gamestream_store_remove(s, a, NULL), -ENOENT);
    pf_gamestream_store_destroy(s);
    s = open_store(&d); /* removed for good */
    assert_int_equal(pf_gamestream_store_count(s), 1);
    assert_false(pf_gamestream_store_knows(s, a));
    pf_gamestream_store_destroy(s);
    temp_dir_remove(&d);
}

static void removed(void *user, const uint8_t fingerprint[32])
{
    memcpy(user, fingerprint, 32);
}

static void removals_are_told(void **state)
{
    struct temp_dir d = temp_dir_make();
    struct pf_gamestream_store *s = open_store(&d);
    uint8_t told[32] = {0}, a[32];
    pf_gamestream_store_on_removal(s, removed, told);
    assert_int_equal(pf_gamestream_store_add(s, A, sizeof(A), NULL), 0);
    fingerprint_of(s, 0, a);
    assert_int_equal(pf_gamestream_store_remove(s, a, NULL), 0);
    assert_memory_equal(told, a, 32);
    pf_gamestream_store_destroy(s);
    temp_dir_remove(&d);
}

static void damaged_files_are_kept(void **state)
{
    static const struct {
        const char *text;
        size_t left;
    } cases[] = {
        {"", 0}, {"{}", 0}, {"[[48,1],[48,", 0}, {"[[48,1],[48,256],[],7,[\"x\"],[48,-1],[48.5]]", 1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct temp_dir d = temp_dir_make();
        temp_dir_write(&d, FILE_NAME, cases[i].text);
        struct pf_gamestream_store *s = open_store(&d);
        assert_int_equal(pf_gamestream_store_count(s), cases[i].left);
        pf_gamestream_store_destroy(s);
        char *kept = temp_dir_read(&d, FILE_NAME ".bad"), *now = temp_dir_read(&d, FILE_NAME);
        assert_string_equal(kept, cases[i].text);
        if (cases[i].left)
            assert_string_equal(now, "[[48,1]]");
        else
            assert_null(now);
        free(kept);
        free(now);
        temp_dir_remove(&d);
    }
}

static void the_baselines_double_entries_are_no_damage(void **state)
{
    struct temp_dir d = temp_dir_make();
    temp_dir_write(&d, FILE_NAME, "[[48,1],[48,1],[48,2]]");
    struct pf_gamestream_store *s = open_store(&d);
    assert_int_equal(pf_gamestream_store_count(s), 2);
    pf_gamestream_store_destroy(s);
    assert_null(temp_dir_read(&d, FILE_NAME ".bad"));
    temp_dir_remove(&d);
}

static void what_cannot_be_written_is_not_done(void **state)
{
    struct temp_dir d = temp_dir_make();
    struct pf_gamestream_store *s = open_store(&d);
    uint8_t a[32];
    assert_int_equal(pf_gamestream_store_add(s, A, sizeof(A), NULL), 0);
    fingerprint_of(s, 0, a);
    char *path = pf_path_join(d.path, FILE_NAME);
    unlink(path);
    rmdir(d.path);
    assert_true(pf_gamestream_store_add(s, B, sizeof(B), NULL) < 0);
    assert_int_equal(pf_gamestream_store_count(s), 1);
    assert_true(pf_gamestream_store_remove(s, a, NULL) < 0);
    assert_true(pf_gamestream_store_knows(s, a));
    uint8_t long_one[5000] = {0};
    assert_int_equal(pf_gamestream_store_add(s, long_one, sizeof(long_one), NULL), -EINVAL);
    free(path);
    pf_gamestream_store_destroy(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_survive_a_restart),
        cmocka_unit_test(removals_are_told),
        cmocka_unit_test(damaged_files_are_kept),
        cmocka_unit_test(the_baselines_double_entries_are_no_damage),
        cmocka_unit_test(what_cannot_be_written_is_not_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

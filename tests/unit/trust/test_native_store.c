#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "temp_dir.h"
#include "trust/native_store.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#define FILE_NAME "punktfunk1-paired.json"

static const uint8_t A[32] = {0xaa, 0xbb}, B[32] = {0xbb}, C[32] = {0xcc};
#define A_HEX "aabb000000000000000000000000000000000000000000000000000000000000"

static struct pf_native_store *open_store(struct temp_dir *d)
{
    struct pf_native_store *s = NULL;
    struct pf_error err = {""};
    int rc = pf_native_store_open(d->path, &s, &err);
    if (rc < 0)
        fail_msg("%s", err.text);
    return s;
}

static void pairs_survive_a_restart(void **state)
{
    (void)state;
    struct temp_dir d = temp_dir_make();
    struct pf_native_store *s = open_store(&d);
    assert_int_equal(pf_native_store_count(s), 0);
    assert_int_equal(pf_native_store_add(s, A, "Phone", NULL), 0);
    assert_int_equal(pf_native_store_add(s, B, "Tablet", NULL), 0);
    assert_int_equal(pf_native_store_add(s, A, "Phone 2", NULL), 0); /* replaces */
    assert_int_equal(pf_native_store_count(s), 2);
    pf_native_store_destroy(s);

    assert_int_equal(temp_dir_mode(&d, FILE_NAME), 0600);
    s = open_store(&d);
    assert_int_equal(pf_native_store_count(s), 2);
    assert_string_equal(pf_native_store_find(s, A)->name, "Phone 2");
    assert_int_equal(pf_native_store_find(s, A)->grants, PF_GRANT_ALL);
    assert_string_equal(pf_native_store_at(s, 0)->name, "Tablet");
    assert_null(pf_native_store_at(s, 2));
    assert_null(pf_native_store_find(s, C));
    assert_int_equal(pf_native_store_remove(s, C, NULL), -ENOENT);
    assert_int_equal(pf_native_store_remove(s, B, NULL), 0);
    assert_null(pf_native_store_find(s, B));
    pf_native_store_destroy(s);

    char *text = temp_dir_read(&d, FILE_NAME);
    json_t *have = json_loads(text, 0, NULL);
    json_t *want = json_pack("{s:[{s:s, s:s}]}", "clients", "name", "Phone 2", "fingerprint", A_HEX);
    assert_true(json_equal(have, want));
    json_decref(have);
    json_decref(want);
    free(text);
    temp_dir_remove(&d);
}

/* Byte for byte what the baseline host writes after one pairing: it can take our file back. */
static void the_baselines_file_is_ours(void **state)
{
    (void)state;
    static const char baseline[] = "{\n"
                                   "  \"clients\": [\n"
                                   "    {\n"
                                   "      \"name\": \"Wohn\\\"zimmer \xC3\xA9\",\n"
                                   "      \"fingerprint\": \"" A_HEX "\"\n"
                                   "    }\n"
                                   "  ]\n"
                                   "}";
    struct temp_dir d = temp_dir_make();
    temp_dir_write(&d, FILE_NAME, baseline);
    struct pf_native_store *s = open_store(&d);
    assert_int_equal(pf_native_store_count(s), 1);
    assert_string_equal(pf_native_store_find(s, A)->name, "Wohn\"zimmer \xC3\xA9");
    assert_int_equal(pf_native_store_find(s, A)->grants, PF_GRANT_ALL);
    assert_true(pf_native_store_admits(s, A, INT64_MAX));
    assert_int_equal(pf_native_store_remove(s, A, NULL), 0);
    assert_int_equal(pf_native_store_add(s, A, "Wohn\"zimmer \xC3\xA9", NULL), 0);
    pf_native_store_destroy(s);

    char *text = temp_dir_read(&d, FILE_NAME);
    assert_string_equal(text, baseline);
    free(text);
    temp_dir_remove(&d);
}

static void files_of_other_versions_are_read_and_kept(void **state)
{
    (void)state;
    struct temp_dir d = temp_dir_make();
    temp_dir_write(&d, FILE_NAME,
        "{\"clients\":[{\"name\":\"Upper\",\"fingerprint\":"
        "\"AABB000000000000000000000000000000000000000000000000000000000000\","
        "\"grants\":1,\"granted_unix\":1000,\"expires_unix\":2000,\"colour\":\"red\"}],\"schema\":7}");
    struct pf_native_store *s = open_store(&d);
    const struct pf_native_client *c = pf_native_store_find(s, A);
    assert_non_null(c);
    assert_int_equal(c->grants, 1);
    assert_int_equal(c->granted_unix, 1000);
    assert_true(pf_native_store_admits(s, A, 1999));
    assert_false(pf_native_store_admits(s, A, 2000));
    assert_false(pf_native_store_admits(s, B, 0));
    assert_int_equal(pf_native_store_add(s, B, "New", NULL), 0);
    assert_true(pf_native_store_admits(s, B, INT64_MAX));
    pf_native_store_destroy(s);

    char *text = temp_dir_read(&d, FILE_NAME);
    assert_non_null(strstr(text, "\"colour\": \"red\""));
    assert_non_null(strstr(text, "\"expires_unix\": 2000"));
    assert_non_null(strstr(text, "\"schema\": 7"));
    free(text);
    temp_dir_remove(&d);
}

static void pairing_again_lifts_restrictions(void **state)
{
    (void)state;
    struct temp_dir d = temp_dir_make();
    temp_dir_write(&d, FILE_NAME,
        "{\"clients\":[{\"name\":\"Guest\",\"fingerprint\":\"" A_HEX "\",\"grants\":0,\"expires_unix\":1}]}");
    struct pf_native_store *s = open_store(&d);
    assert_false(pf_native_store_admits(s, A, 5));
    pf_native_store_add(s, A, "Friend", NULL);
    assert_true(pf_native_store_admits(s, A, 5));
    assert_int_equal(pf_native_store_find(s, A)->grants, PF_GRANT_ALL);
    pf_native_store_destroy(s);
    temp_dir_remove(&d);
}

static void damaged_files_are_set_aside(void **state)
{
    (void)state;
    static const char *const damaged[] = {
        "",
        "{",
        "[]",
        "{\"clients\":{}}",
        "{\"clients\":[",
        "null",
        "\xff\xfe",
        "{\"clients\":[]}x",
        "{\"clients\":[],\"clients\":[]}",
    };
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        struct temp_dir d = temp_dir_make();
        temp_dir_write(&d, FILE_NAME, damaged[i]);
        struct pf_native_store *s = open_store(&d);
        assert_int_equal(pf_native_store_count(s), 0);
        char *kept = temp_dir_read(&d, FILE_NAME ".bad");
        assert_string_equal(kept, damaged[i]);
        assert_null(temp_dir_read(&d, FILE_NAME));
        assert_int_equal(pf_native_store_add(s, A, "Phone", NULL), 0);
        pf_native_store_destroy(s);
        free(kept);
        temp_dir_remove(&d);
    }
}

static void good_entries_survive_bad_neighbours(void **state)
{
    (void)state;
    struct temp_dir d = temp_dir_make();
    temp_dir_write(&d, FILE_NAME,
        "{\"clients\":[{\"name\":\"Good\",\"fingerprint\":\"" A_HEX
        "\"},{\"name\":\"Short\",\"fingerprint\":\"ab\"},"
        "{\"name\":3,\"fingerprint\":\"" A_HEX "\"},7,{\"name\":\"Twice\",\"fingerprint\":\"" A_HEX "\"}]}");
    struct pf_native_store *s = open_store(&d);
    assert_int_equal(pf_native_store_count(s), 1);
    assert_string_equal(pf_native_store_find(s, A)->name, "Good");
    pf_native_store_destroy(s);

    char *kept = temp_dir_read(&d, FILE_NAME ".bad");
    assert_non_null(strstr(kept, "Short"));
    free(kept);
    s = open_store(&d);
    assert_int_equal(pf_native_store_count(s), 1);
    pf_native_store_destroy(s);
    temp_dir_remove(&d);
}

static void changed(void *user, enum pf_native_store_event event, const struct pf_native_client *client)
{
    int *seen = user;
    seen[event]++;
    assert_int_equal(client->fingerprint[0], 0xaa);
}

/* A folder in the file's place makes the write fail even for root. */
static void block_writes(struct temp_dir *d, bool blocked)
{
    char *path = pf_path_join(d->path, FILE_NAME), *inside = pf_path_join(path, "x");
    if (blocked) {
        unlink(path);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(mkdir(inside, 0700), 0);
    } else {
        rmdir(inside);
        rmdir(path);
    }
    free(path);
    free(inside);
}

static void nothing_changes_when_the_disk_refuses(void **state)
{
    (void)state;
    struct temp_dir d = temp_dir_make();
    struct pf_native_store *s = open_store(&d);
    int seen[2] = {0, 0};
    pf_native_store_on_change(s, changed, seen);
    assert_int_equal(pf_native_store_add(s, A, "Phone", NULL), 0);
    assert_int_equal(seen[PF_NATIVE_STORE_ADDED], 1);

    block_writes(&d, true);
    struct pf_error err = {""};
    assert_true(pf_native_store_remove(s, A, &err) < 0);
    assert_non_null(strstr(err.text, FILE_NAME));
    assert_non_null(pf_native_store_find(s, A));
    assert_true(pf_native_store_add(s, B, "Other", &err) < 0);
    assert_null(pf_native_store_find(s, B));
    assert_true(pf_native_store_add(s, A, "Renamed", &err) < 0);
    assert_string_equal(pf_native_store_find(s, A)->name, "Phone");
    assert_int_equal(seen[PF_NATIVE_STORE_ADDED] + seen[PF_NATIVE_STORE_REMOVED], 1);

    block_writes(&d, false);
    assert_int_equal(pf_native_store_remove(s, A, NULL), 0);
    assert_int_equal(seen[PF_NATIVE_STORE_REMOVED], 1);
    pf_native_store_destroy(s);
    temp_dir_remove(&d);
}

static void an_unreadable_file_stops_the_start(void **state)
{
    (void)state;
    struct temp_dir d = temp_dir_make();
    block_writes(&d, true);
    struct pf_native_store *s = NULL;
    struct pf_error err = {""};
    assert_true(pf_native_store_open(d.path, &s, &err) < 0);
    assert_non_null(strstr(err.text, FILE_NAME));
    assert_null(s);
    block_writes(&d, false);
    temp_dir_remove(&d);
}

struct reader {
    struct temp_dir *dir;
    atomic_bool stop;
    unsigned reads, torn;
};

static void *read_all_the_time(void *arg)
{
    struct reader *r = arg;
    while (!atomic_load(&r->stop)) {
        char *text = temp_dir_read(r->dir, FILE_NAME);
        json_t *json = text ? json_loads(text, 0, NULL) : NULL;
        r->torn += !json_is_array(json_object_get(json, "clients"));
        r->reads++;
        json_decref(json);
        free(text);
    }
    return NULL;
}

static void readers_never_see_half_a_file(void **state)
{
    (void)state;
    struct temp_dir d = temp_dir_make();
    struct pf_native_store *s = open_store(&d);
    assert_int_equal(pf_native_store_add(s, A, "Phone", NULL), 0);
    struct reader r = {.dir = &d};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, &r), 0);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(pf_native_store_add(s, B, "A device with a longer name", NULL), 0);
        assert_int_equal(pf_native_store_remove(s, B, NULL), 0);
    }
    atomic_store(&r.stop, true);
    pthread_join(thread, NULL);
    assert_int_equal(r.torn, 0);
    pf_native_store_destroy(s);
    temp_dir_remove(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_survive_a_restart),
        cmocka_unit_test(the_baselines_file_is_ours),
        cmocka_unit_test(files_of_other_versions_are_read_and_kept),
        cmocka_unit_test(pairing_again_lifts_restrictions),
        cmocka_unit_test(damaged_files_are_set_aside),
        cmocka_unit_test(good_entries_survive_bad_neighbours),
        cmocka_unit_test(nothing_changes_when_the_disk_refuses),
        cmocka_unit_test(an_unreadable_file_stops_the_start),
        cmocka_unit_test(readers_never_see_half_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

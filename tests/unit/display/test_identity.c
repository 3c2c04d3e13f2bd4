#include "base/file.h"
#include "display/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void slots_are_stable_and_recycled(void **state)
{
    struct pf_display_identity_map map = {0};
    char key[8];
    for (unsigned n = 1; n <= PF_IDENTITY_SLOTS; n++) {
        snprintf(key, sizeof(key), "k%u", n);
        assert_int_equal(pf_display_identity_assign(&map, key, 0), n);
    }
    assert_int_equal(pf_display_identity_assign(&map, "k1", 0), 1); /* now k2 is the oldest */
    assert_int_equal(pf_display_identity_assign(&map, "new", 0), 2);
    assert_int_equal(pf_display_identity_assign(&map, "newer", 1u << 3), 4); /* k3 has a display */
    assert_int_equal(pf_display_identity_assign(&map, "k3", 1u << 3), 3);    /* which is its own */
    assert_int_equal(pf_display_identity_assign(&map, "none", 0xffff), 0);
}

static void keys_follow_the_rule(void **state)
{
    const uint8_t fingerprint[32] = {0xab, [31] = 1};
    const struct pf_mode mode = {1280, 720, 60000};
    char key[PF_IDENTITY_KEY_SIZE];
    assert_false(pf_display_identity_key(PF_IDENTITY_SHARED, fingerprint, &mode, key));
    assert_false(pf_display_identity_key(PF_IDENTITY_PER_CLIENT, NULL, &mode, key));
    assert_true(pf_display_identity_key(PF_IDENTITY_PER_CLIENT, fingerprint, &mode, key));
    assert_int_equal(strlen(key), 64);
    assert_int_equal(strncmp(key, "ab00", 4), 0);
    assert_true(pf_display_identity_key(PF_IDENTITY_PER_CLIENT_MODE, fingerprint, &mode, key));
    assert_string_equal(key + 64, "@1280x720");
}

static int parse(const char *text, struct pf_display_identity_map *map)
{
    return pf_display_identity_parse(text, strlen(text), map);
}

static void files_are_cleaned(void **state)
{
    struct pf_display_identity_map map;
    assert_int_equal(
        parse(
            "{\"tick\":9,\"entries\":[{\"fp\":\"a\",\"id\":1,\"seen\":3},{\"fp\":\"b\",\"id\":1,\"seen\":5},"
            "{\"fp\":\"b\",\"id\":2,\"seen\":4},{\"fp\":\"c\",\"id\":16,\"seen\":1},{\"fp\":\"d\",\"id\":0,"
            "\"seen\":1},"
            "{\"id\":3,\"seen\":1},7,{\"fp\":\"e\",\"id\":4,\"seen\":12}]}",
            &map),
        0);
    assert_string_equal(map.slot[1].key, "b");
    assert_string_equal(map.slot[2].key, "");
    assert_string_equal(map.slot[3].key, "");
    assert_string_equal(map.slot[4].key, "e");
    assert_int_equal(map.tick, 12);
    assert_true(parse("{}", &map) < 0);
    assert_true(parse("[]", &map) < 0);
    assert_true(parse("{\"entries\":", &map) < 0);
}

static void they_survive_a_restart(void **state)
{
    char dir[] = "/tmp/pf-identity-XXXXXX", command[80];
    const uint8_t one[32] = {1}, two[32] = {2};
    const struct pf_mode hd = {1920, 1080, 60000}, small = {1280, 720, 60000};
    struct pf_display_identities *i;
    assert_non_null(mkdtemp(dir));
    char *old = pf_path_join(dir, PF_IDENTITY_FILE_OLD), *path = pf_path_join(dir, PF_IDENTITY_FILE);
    static const char before[] = "{\"tick\":1,\"entries\":[{\"fp\":\"x\",\"id\":1,\"seen\":1}]}";
    assert_int_equal(pf_file_write(old, before, strlen(before), 0600, NULL), 0);

    assert_int_equal(pf_display_identities_open(dir, &i), 0);
    assert_int_equal(pf_display_identities_slot(i, PF_IDENTITY_PER_CLIENT, one, &hd, 0), 2);
    assert_int_equal(pf_display_identities_slot(i, PF_IDENTITY_PER_CLIENT_MODE, one, &hd, 0), 3);
    assert_int_equal(pf_display_identities_slot(i, PF_IDENTITY_PER_CLIENT_MODE, one, &small, 0), 4);
    assert_int_equal(pf_display_identities_slot(i, PF_IDENTITY_SHARED, one, &hd, 0), 0);
    pf_display_identities_close(i);

    assert_int_equal(pf_display_identities_open(dir, &i), 0);
    assert_int_equal(pf_display_identities_slot(i, PF_IDENTITY_PER_CLIENT, two, &hd, 0), 5);
    assert_int_equal(pf_display_identities_slot(i, PF_IDENTITY_PER_CLIENT, one, &small, 0), 2);
    pf_display_identities_close(i);

    assert_int_equal(pf_file_write(path, "{", 1, 0600, NULL), 0);
    assert_int_equal(pf_display_identities_open(dir, &i), 0);
    pf_display_identities_close(i);
    snprintf(command, sizeof(command), "%s.bad", path);
    assert_int_equal(access(command, F_OK), 0);
    free(old);
    free(path);
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_stable_and_recycled),
        cmocka_unit_test(keys_follow_the_rule),
        cmocka_unit_test(files_are_cleaned),
        cmocka_unit_test(they_survive_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is remembered of the scales that users chose. */
#include "display/scales.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];

static int make_dir(void **state)
{
    strcpy(dir, "/tmp/test-scales-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    char path[128];
    const char *names[] = {PF_SCALES_FILE, PF_SCALES_FILE ".bad"};
    for (unsigned i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
    return rmdir(dir);
}

static int parse(const char *text, struct pf_display_scale_map *ret_map)
{
    return pf_display_scales_parse(text, strlen(text), ret_map);
}

static void entries_that_make_no_sense_are_left_out(void **state)
{
    struct pf_display_scale_map map;
    assert_int_equal(
        parse(
            "{\"shared\": 1.5, \"1\": 2, \"2\": -1, \"3\": \"big\", \"4\": 1e9, \"16\": 2, \"0\": 3}", &map),
        0);
    assert_float_equal(map.scale[0], 1.5, 0);
    assert_float_equal(map.scale[1], 2, 0);
    for (unsigned slot = 2; slot <= PF_IDENTITY_SLOTS; slot++)
        assert_float_equal(map.scale[slot], 0, 0);
}

static void what_is_no_object_is_refused(void **state)
{
    const char *const texts[] = {"", "[1]", "2", "{\"shared\": 1.5"};
    struct pf_display_scale_map map = {.scale = {9}};
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(parse(texts[i], &map), -EINVAL);
    assert_float_equal(map.scale[0], 9, 0);
}

static void choices_survive_a_restart(void **state)
{
    struct pf_display_scales *scales;
    struct stat file;
    char path[128];
    assert_int_equal(pf_display_scales_open(dir, &scales), 0);
    assert_float_equal(pf_display_scales_get(scales, 3), 0, 0);
    pf_display_scales_put(scales, 3, 1.4953271150588989);
    pf_display_scales_put(scales, 0, 2);
    pf_display_scales_put(scales, 4, 0);                     /* none */
    pf_display_scales_put(scales, PF_IDENTITY_SLOTS + 1, 2); /* nobody */
    pf_display_scales_close(scales);
    snprintf(path, sizeof(path), "%s/%s", dir, PF_SCALES_FILE);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    assert_int_equal(pf_display_scales_open(dir, &scales), 0);
    assert_float_equal(pf_display_scales_get(scales, 3), 1.49532712, 1e-7);
    assert_float_equal(pf_display_scales_get(scales, 0), 2, 0);
    assert_float_equal(pf_display_scales_get(scales, 4), 0, 0);
    pf_display_scales_close(scales);
}

static void a_damaged_file_is_set_aside(void **state)
{
    struct pf_display_scales *scales;
    char path[128], bad[140];
    snprintf(path, sizeof(path), "%s/%s", dir, PF_SCALES_FILE);
    snprintf(bad, sizeof(bad), "%s.bad", path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("{\"shared\": ", f);
    fclose(f);
    assert_int_equal(pf_display_scales_open(dir, &scales), 0);
    assert_float_equal(pf_display_scales_get(scales, 0), 0, 0);
    assert_int_equal(access(bad, F_OK), 0);
    assert_int_equal(access(path, F_OK), -1);
    pf_display_scales_close(scales);
}

static void a_file_that_cannot_be_read_is_left_alone(void **state)
{
    struct pf_display_scales *scales;
    struct stat file;
    char path[128], bad[140];
    snprintf(path, sizeof(path), "%s/%s", dir, PF_SCALES_FILE);
    snprintf(bad, sizeof(bad), "%s.bad", path);
    assert_int_equal(symlink(PF_SCALES_FILE, path), 0); /* of itself: -ELOOP, for root, too */
    assert_int_equal(pf_display_scales_open(dir, &scales), 0);
    pf_display_scales_put(scales, 3, 2);
    assert_float_equal(pf_display_scales_get(scales, 3), 2, 0);
    pf_display_scales_close(scales);
    assert_int_equal(lstat(path, &file), 0);
    assert_true(S_ISLNK(file.st_mode));
    assert_int_equal(lstat(bad, &file), -1);
}

static void without_a_store_nothing_is_remembered(void **state)
{
    pf_display_scales_put(NULL, 1, 2);
    assert_float_equal(pf_display_scales_get(NULL, 1), 0, 0);
    pf_display_scales_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_that_make_no_sense_are_left_out),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test_setup_teardown(choices_survive_a_restart, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_set_aside, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read_is_left_alone, make_dir, remove_dir),
        cmocka_unit_test(without_a_store_nothing_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

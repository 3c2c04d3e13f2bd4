/* Recordings: what is kept, how much, under which name, and what a folder full of other things does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../trust/temp_dir.h"
#include "base/time.h"
#include "session/recorder.h"
#include "session/recordings.h"
#include "session/stats_window.h"

#include <errno.h>

static struct temp_dir dir;
static struct pf_recorder recorder;

static const struct pf_recorded_session session = {.id = 3,
    .kind = "native",
    .codec = "h264",
    .width = 1280,
    .height = 720,
    .fps = 60,
    .client = "abcdef012345"};

static int set_up(void **state)
{
    (void)state;
    dir = temp_dir_make();
    return pf_recorder_init(&recorder, dir.path);
}

static int tear_down(void **state)
{
    (void)state;
    pf_recorder_finish(&recorder);
    temp_dir_remove(&dir);
    return 0;
}

static json_t *record(unsigned samples)
{
    json_t *meta = NULL;
    pf_recorder_start(&recorder);
    for (unsigned i = 0; i < samples; i++)
        pf_recorder_add(
            &recorder, &session, &(struct pf_recorded_sample){.session_id = 3, .bitrate_kbps = i});
    assert_int_equal(pf_recorder_stop(&recorder, &meta, NULL), 1);
    return meta;
}

static json_int_t number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static const char *text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void the_oldest_samples_are_kept(void **state)
{
    (void)state;
    json_t *meta = record(5450), *capture = NULL;
    assert_int_equal(number(meta, "sample_count"), 5400);
    assert_int_equal(pf_recorder_read(&recorder, text(meta, "id"), &capture, NULL), 0);
    const json_t *samples = json_object_get(capture, "samples");
    assert_int_equal(json_array_size(samples), 5400);
    assert_int_equal(number(json_array_get(samples, 0), "bitrate_kbps"), 0);
    assert_int_equal(number(json_array_get(samples, 5399), "bitrate_kbps"), 5399);
    json_decref(capture);
    json_decref(meta);
}

static void every_capture_says_what_it_is_of(void **state)
{
    (void)state;
    struct pf_recorder_status status;
    json_t *first = record(1), *second = record(1), *none = record(0), *nothing = NULL;
    assert_string_equal(text(second, "kind"), "native");
    assert_int_equal(number(second, "width"), 1280);
    assert_non_null(strstr(text(second, "id"), "Z_1280x720"));
    assert_string_not_equal(text(first, "id"), text(second, "id")); /* in the same second */
    assert_string_equal(text(none, "kind"), "");
    assert_non_null(strstr(text(none, "id"), "Z_0x0"));
    assert_int_equal(pf_recorder_stop(&recorder, &nothing, NULL), 0);
    pf_recorder_status(&recorder, &status);
    assert_false(status.armed);
    assert_null(pf_recorder_live(&recorder));
    json_decref(first);
    json_decref(second);
    json_decref(none);
}

static void a_full_disk_loses_the_capture_and_nothing_else(void **state)
{
    (void)state;
    struct pf_error err = {""};
    json_t *meta = NULL;
    temp_dir_write(&dir, "captures", "in the way");
    pf_recorder_start(&recorder);
    assert_true(pf_recorder_stop(&recorder, &meta, &err) < 0);
    assert_true(err.text[0] != 0);
    char *path = pf_path_join(dir.path, "captures");
    unlink(path);
    free(path);
    json_decref(record(2));
}

static void other_files_are_left_out(void **state)
{
    (void)state;
    json_t *meta = record(1), *capture = NULL;
    temp_dir_write(&dir, "captures/bad.json", "{");
    temp_dir_write(&dir, "captures/odd name.json", "{}");
    temp_dir_write(&dir, "captures/note.txt", "");
    temp_dir_write(&dir, "captures/spaced.json", "{ \"samples\": [], \"meta\": {\"id\": \"spaced\"} }");
    json_t *list = pf_recorder_list(&recorder);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(text(json_array_get(list, 0), "id"), text(meta, "id"));
    static const char *const absent[] = {"", ".", "..", "../mgmt-token", "a/b", "nope", "\xc3\xa4"};
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        assert_int_equal(pf_recorder_read(&recorder, absent[i], &capture, NULL), -ENOENT);
        assert_int_equal(pf_recorder_remove(&recorder, absent[i], NULL), -ENOENT);
    }
    assert_int_equal(pf_recorder_read(&recorder, "bad", &capture, NULL), -EBADMSG);
    assert_int_equal(pf_recorder_remove(&recorder, text(meta, "id"), NULL), 0);
    json_decref(list);
    json_decref(meta);
}

static void the_disk_is_not_filled(void **state)
{
    (void)state;
    json_decref(record(0));
    for (unsigned i = 0; i < PF_RECORDER_FILES + 3; i++) {
        char name[64], body[160];
        snprintf(name, sizeof(name), "captures/old-%u.json", i);
        snprintf(body, sizeof(body), "{\"meta\":{\"id\":\"old-%u\",\"started_unix_ms\":%u},\"samples\":[]}",
            i, i + 1);
        temp_dir_write(&dir, name, body);
    }
    json_decref(record(0));
    json_t *list = pf_recorder_list(&recorder);
    assert_int_equal(json_array_size(list), PF_RECORDER_FILES);
    json_decref(list);
}

static void windows_become_samples(void **state)
{
    (void)state;
    static const char *const stages[] = {"queue", "encode", NULL};
    static struct pf_stats_window w;
    struct pf_stats_counters counters = {.packets_dropped = 5};
    const uint64_t s = PF_NS_PER_S, us = PF_NS_PER_US;
    pf_stats_window_init(&w, &recorder, stages, 2 * s);
    assert_false(pf_stats_window_is_on(&w));
    pf_stats_window_tick(&w, 10 * s, &session, 20000, &counters);
    pf_recorder_start(&recorder);
    pf_stats_window_tick(&w, 10 * s, &session, 20000, &counters);
    pf_stats_window_value(&w, 0, 9 * s, 10 * s); /* captured before anybody recorded */
    for (unsigned i = 1; i <= 100; i++) {
        pf_stats_window_value(&w, 0, 10 * s, 10 * s + i * us);
        pf_stats_window_unit(&w, i > 80, 1000);
    }
    counters.packets_dropped = 7;
    pf_stats_window_tick(&w, 12 * s, &session, 20000, &counters);
    pf_stats_window_tick(&w, 14 * s, &session, 20000, &counters); /* nothing was sent */
    json_t *live = pf_recorder_live(&recorder), *samples = json_object_get(live, "samples");
    assert_int_equal(json_array_size(samples), 2);
    const json_t *first = json_array_get(samples, 0), *second = json_array_get(samples, 1);
    const json_t *queue = json_array_get(json_object_get(first, "stages"), 0);
    assert_true(json_real_value(json_object_get(queue, "p50_us")) == 51);
    assert_true(json_real_value(json_object_get(queue, "p99_us")) == 100);
    assert_true(json_real_value(json_object_get(first, "fps")) == 40);
    assert_true(json_real_value(json_object_get(first, "repeat_fps")) == 10);
    assert_int_equal(number(first, "packets_dropped"), 2);
    assert_int_equal(number(second, "packets_dropped"), 0);
    assert_true(json_real_value(json_object_get(second, "mbps")) == 0);
    char *csv = pf_recording_to_csv(live);
    assert_non_null(strstr(csv, "fec_recovered,queue_p50_us,queue_p99_us,encode_p50_us,encode_p99_us\r\n"));
    assert_non_null(strstr(csv, ",2,0,0,51.000,100.000,0.000,0.000\r\n"));
    free(csv);
    json_decref(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_oldest_samples_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_capture_says_what_it_is_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_loses_the_capture_and_nothing_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_files_are_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_disk_is_not_filled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(windows_become_samples, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

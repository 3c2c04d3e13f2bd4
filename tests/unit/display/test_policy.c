#include "display/policy.h"

#include "base/file.h"
#include "base/time.h"

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

static struct pf_error err;

static struct pf_display_policy parsed(const char *text)
{
    struct pf_display_policy p = {0};
    int rc = pf_display_policy_parse(text, strlen(text), &p, &err);
    if (rc)
        fail_msg("%s: %s", text, err.text);
    assert_true(p.configured);
    return p;
}

static void assert_refused(const char *text)
{
    struct pf_display_policy p = {.max_displays = 77};
    assert_int_equal(pf_display_policy_parse(text, strlen(text), &p, &err), -EINVAL);
    assert_int_equal(p.max_displays, 77);
}

static void assert_linger(const struct pf_display_policy *p, enum pf_linger_kind kind, uint64_t seconds)
{
    assert_int_equal(p->linger.kind, kind);
    assert_int_equal(p->linger.duration_ns, seconds * PF_NS_PER_S);
}

static void members_left_out_have_defaults(void **state)
{
    struct pf_display_policy p = parsed("{}");
    assert_linger(&p, PF_LINGER_FOR, 10);
    assert_int_equal(p.conflict, PF_CONFLICT_SEPARATE);
    assert_int_equal(p.topology, PF_TOPOLOGY_WISH_AUTO);
    assert_int_equal(p.max_displays, 4);
}

static void every_member_is_read(void **state)
{
    struct pf_display_policy p =
        parsed("{\"version\":1,\"preset\":\"custom\",\"keep_alive\":{\"mode\":\"duration\","
               "\"seconds\":25},\"topology\":\"primary\",\"mode_conflict\":\"join\","
               "\"max_displays\":7,\"layout\":{\"mode\":\"auto-row\"},\"unknown\":[]}");
    assert_linger(&p, PF_LINGER_FOR, 25);
    assert_int_equal(p.conflict, PF_CONFLICT_JOIN);
    assert_int_equal(p.topology, PF_TOPOLOGY_WISH_PRIMARY);
    assert_int_equal(p.max_displays, 7);
    p = parsed("{\"keep_alive\":{\"mode\":\"off\"},\"mode_conflict\":\"steal\",\"topology\":\"extend\"}");
    assert_linger(&p, PF_LINGER_IMMEDIATE, 0);
    assert_int_equal(p.conflict, PF_CONFLICT_STEAL);
    p = parsed("{\"keep_alive\":{\"mode\":\"forever\"},\"mode_conflict\":\"reject\"}");
    assert_linger(&p, PF_LINGER_FOREVER, 0);
    assert_int_equal(p.conflict, PF_CONFLICT_REJECT);
}

static void a_bad_member_falls_to_its_default(void **state)
{
    static const char *const keep_alives[] = {"null", "{}", "7", "{\"mode\":\"duration\"}",
        "{\"mode\":\"duration\",\"seconds\":-1}", "{\"mode\":\"duration\",\"seconds\":1.5}",
        "{\"mode\":\"on\"}"};
    char text[200];
    for (size_t i = 0; i < sizeof(keep_alives) / sizeof(keep_alives[0]); i++) {
        snprintf(text, sizeof(text), "{\"keep_alive\":%s,\"mode_conflict\":\"reject\"}", keep_alives[i]);
        struct pf_display_policy p = parsed(text);
        assert_linger(&p, PF_LINGER_FOR, 10);
        assert_int_equal(p.conflict, PF_CONFLICT_REJECT);
    }
    struct pf_display_policy p = parsed("{\"topology\":null,\"mode_conflict\":\"fight\",\"max_displays\":2.0,"
                                        "\"keep_alive\":{\"mode\":\"off\"}}");
    assert_int_equal(p.topology, PF_TOPOLOGY_WISH_AUTO);
    assert_int_equal(p.conflict, PF_CONFLICT_SEPARATE);
    assert_int_equal(p.max_displays, 4);
    assert_linger(&p, PF_LINGER_IMMEDIATE, 0);
}

static void values_are_clamped(void **state)
{
    assert_int_equal(parsed("{\"max_displays\":0}").max_displays, 1);
    assert_int_equal(parsed("{\"max_displays\":99}").max_displays, 16);
    struct pf_display_policy p = parsed("{\"keep_alive\":{\"mode\":\"duration\",\"seconds\":4000000000}}");
    assert_linger(&p, PF_LINGER_FOR, 86400);
}

static void files_without_sense_are_refused(void **state)
{
    assert_refused("");
    assert_refused("nonsense");
    assert_refused("[]");
    assert_refused("{\"preset\":\"gaming\"}");
    assert_refused("{\"keep_alive\":null,\"max_displays\":\"4\"}");
}

static void presets_override_the_members(void **state)
{
    const struct {
        const char *name;
        enum pf_linger_kind kind;
        unsigned seconds;
        enum pf_topology_wish topology;
        enum pf_mode_conflict conflict;
    } rows[] = {
        {"default", PF_LINGER_FOR, 10, PF_TOPOLOGY_WISH_AUTO, PF_CONFLICT_SEPARATE},
        {"gaming-rig", PF_LINGER_FOREVER, 0, PF_TOPOLOGY_WISH_EXCLUSIVE, PF_CONFLICT_STEAL},
        {"shared-desktop", PF_LINGER_IMMEDIATE, 0, PF_TOPOLOGY_WISH_EXTEND, PF_CONFLICT_SEPARATE},
        {"hotdesk", PF_LINGER_FOR, 300, PF_TOPOLOGY_WISH_EXCLUSIVE, PF_CONFLICT_REJECT},
        {"workstation", PF_LINGER_FOR, 300, PF_TOPOLOGY_WISH_EXCLUSIVE, PF_CONFLICT_SEPARATE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[200];
        snprintf(text, sizeof(text),
            "{\"preset\":\"%s\",\"max_displays\":9,\"mode_conflict\":\"join\",\"keep_alive\":{\"mode\":"
            "\"off\"}}",
            rows[i].name);
        struct pf_display_policy p = parsed(text);
        assert_linger(&p, rows[i].kind, rows[i].seconds);
        assert_int_equal(p.topology, rows[i].topology);
        assert_int_equal(p.conflict, rows[i].conflict);
        assert_int_equal(p.max_displays, 4);
    }
}

static void topology_is_resolved(void **state)
{
    struct pf_display_policy p = pf_display_policy_default();
    assert_int_equal(pf_display_policy_topology(&p, false), PF_TOPOLOGY_EXTEND);
    p = parsed("{}");
    assert_int_equal(pf_display_policy_topology(&p, false), PF_TOPOLOGY_EXCLUSIVE);
    assert_int_equal(pf_display_policy_topology(&p, true), PF_TOPOLOGY_EXTEND);
    p = parsed("{\"topology\":\"exclusive\"}");
    assert_int_equal(pf_display_policy_topology(&p, true), PF_TOPOLOGY_EXCLUSIVE);
    p = parsed("{\"topology\":\"primary\"}");
    assert_int_equal(pf_display_policy_topology(&p, true), PF_TOPOLOGY_PRIMARY);
    p = parsed("{\"topology\":\"extend\"}");
    assert_int_equal(pf_display_policy_topology(&p, false), PF_TOPOLOGY_EXTEND);
}

static void the_file_beats_the_environment(void **state)
{
    char dir[] = "/tmp/pf-policy-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char *path = pf_path_join(dir, PF_DISPLAY_POLICY_FILE);
    struct pf_display_policy p;

    unsetenv("PUNKTFUNK_MONITOR_LINGER_MS");
    assert_int_equal(pf_display_policy_load(dir, &p, &err), 0);
    assert_false(p.configured);
    assert_linger(&p, PF_LINGER_FOR, 10);

    setenv("PUNKTFUNK_MONITOR_LINGER_MS", "2000", 1);
    assert_int_equal(pf_display_policy_load(dir, &p, &err), 0);
    assert_linger(&p, PF_LINGER_FOR, 2);
    setenv("PUNKTFUNK_MONITOR_LINGER_MS", "0", 1);
    assert_int_equal(pf_display_policy_load(dir, &p, &err), 0);
    assert_linger(&p, PF_LINGER_IMMEDIATE, 0);

    static const char good[] = "{\"keep_alive\":{\"mode\":\"duration\",\"seconds\":3}}";
    assert_int_equal(pf_file_write(path, good, strlen(good), 0600, &err), 0);
    assert_int_equal(pf_display_policy_load(dir, &p, &err), 0);
    assert_true(p.configured);
    assert_linger(&p, PF_LINGER_FOR, 3);

    assert_int_equal(pf_file_write(path, "{", 1, 0600, &err), 0);
    setenv("PUNKTFUNK_MONITOR_LINGER_MS", "4000", 1);
    assert_int_equal(pf_display_policy_load(dir, &p, &err), -EINVAL);
    assert_non_null(strstr(err.text, PF_DISPLAY_POLICY_FILE));
    assert_false(p.configured);
    assert_linger(&p, PF_LINGER_FOR, 4);

    unsetenv("PUNKTFUNK_MONITOR_LINGER_MS");
    unlink(path);
    free(path);
    rmdir(dir);
}

static struct pf_display_policy checked(const char *text)
{
    struct pf_display_policy p = {0};
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    if (pf_display_policy_check(json, &p, &err))
        fail_msg("%s: %s", text, err.text);
    json_decref(json);
    return p;
}

static void what_is_sent_is_checked(void **state)
{
    static const struct {
        const char *text, *names;
    } bad[] = {
        {"{\"preset\":\"gaming\"}", "preset"},
        {"{\"preset\":null}", "preset"},
        {"{\"keep_alive\":{\"mode\":\"duration\"}}", "keep_alive"},
        {"{\"keep_alive\":\"off\"}", "keep_alive"},
        {"{\"topology\":\"mirror\"}", "topology"},
        {"{\"mode_conflict\":7}", "mode_conflict"},
        {"{\"identity\":\"per-person\"}", "identity"},
        {"{\"layout\":{\"mode\":\"column\"}}", "layout"},
        {"{\"layout\":[]}", "layout"},
        {"{\"layout\":{\"positions\":{\"1\":{\"x\":1}}}}", "layout"},
        {"{\"layout\":{\"positions\":{\"1\":{\"x\":1,\"y\":5000000000}}}}", "layout"},
        {"{\"max_displays\":-1}", "max_displays"},
        {"{\"max_displays\":2.5}", "max_displays"},
        {"{\"game_session\":\"never\"}", "game_session"},
        {"{\"edid_lock\":1}", "edid_lock"},
        {"{\"capture_monitor\":7}", "capture_monitor"},
        {"{\"version\":\"1\"}", "version"},
        {"[]", "object"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct pf_display_policy p = {.max_displays = 77};
        json_t *json = json_loads(bad[i].text, 0, NULL);
        assert_int_equal(pf_display_policy_check(json, &p, &err), -EINVAL);
        assert_int_equal(p.max_displays, 77);
        if (!strstr(err.text, bad[i].names))
            fail_msg("%s: %s", bad[i].text, err.text);
        json_decref(json);
    }
    struct pf_display_policy p = checked("{\"max_displays\":0,\"tomorrow\":true}");
    assert_int_equal(p.max_displays, 1);
    assert_int_equal(p.identity, PF_IDENTITY_PER_CLIENT);
}

static void the_rest_of_the_schema_is_read(void **state)
{
    struct pf_display_policy p = checked(
        "{\"identity\":\"per-client-mode\",\"layout\":{\"mode\":\"manual\",\"positions\":{\"3\":{\"x\":-5,"
        "\"y\":7},\"04\":{\"x\":1,\"y\":2},\"16\":{\"x\":1,\"y\":2},\"0\":{\"x\":1,\"y\":2},\"a\":{\"x\":1,"
        "\"y\":2}}},\"game_session\":\"dedicated\",\"ddc_power_off\":true,\"edid_lock\":true,"
        "\"capture_monitor\":\"  DP-1 \"}");
    assert_int_equal(p.identity, PF_IDENTITY_PER_CLIENT_MODE);
    assert_true(p.manual_layout);
    int set = 0;
    for (int i = 0; i <= PF_IDENTITY_SLOTS; i++)
        set += p.positions[i].is_set;
    assert_int_equal(set, 2);
    assert_int_equal(p.positions[3].x, -5);
    assert_int_equal(p.positions[4].y, 2);
    assert_true(p.dedicated_games && p.ddc_power_off && p.edid_lock && !p.pnp_disable_monitors);
    assert_string_equal(p.capture_monitor, "DP-1");
    assert_string_equal(checked("{\"capture_monitor\":null}").capture_monitor, "");
    assert_string_equal(checked("{\"capture_monitor\":\"  \"}").capture_monitor, "");
    assert_int_equal(parsed("{}").identity, PF_IDENTITY_PER_CLIENT);
    assert_int_equal(pf_display_policy_default().identity, PF_IDENTITY_SHARED);
}

static void what_is_written_is_read_back(void **state)
{
    for (int i = 0; i < PF_PRESETS; i++) {
        struct pf_display_policy p = pf_display_preset_policy((enum pf_display_preset)i), back;
        p.positions[2] = (struct pf_display_position){true, 10, -20};
        strcpy(p.capture_monitor, "HDMI-A-1");
        json_t *json = pf_display_policy_to_json(&p);
        assert_int_equal(json_object_size(json), 13);
        assert_int_equal(pf_display_policy_check(json, &back, &err), 0);
        for (unsigned slot = 0; slot <= PF_IDENTITY_SLOTS; slot++) {
            assert_int_equal(back.positions[slot].is_set, p.positions[slot].is_set);
            assert_int_equal(back.positions[slot].x, p.positions[slot].x);
            assert_int_equal(back.positions[slot].y, p.positions[slot].y);
        }
        assert_int_equal(back.preset, p.preset);
        assert_int_equal(back.linger.kind, p.linger.kind);
        assert_int_equal(back.linger.duration_ns, p.linger.duration_ns);
        assert_int_equal(back.topology, p.topology);
        assert_int_equal(back.conflict, p.conflict);
        assert_int_equal(back.identity, p.identity);
        assert_int_equal(back.manual_layout, p.manual_layout);
        assert_string_equal(back.capture_monitor, p.capture_monitor);
        json_decref(json);
        /* Only a layout by hand has a use for the positions. */
        assert_int_equal(pf_display_policy_effective(&p).positions[2].is_set,
            i == PF_PRESET_CUSTOM || i == PF_PRESET_WORKSTATION);
    }
}

static char dir[40];

static int make_dir(void **state)
{
    strcpy(dir, "/tmp/pf-policy-XXXXXX");
    unsetenv("PUNKTFUNK_MONITOR_LINGER_MS");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    char command[80];
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static int save(const char *text, struct pf_display_policy *ret)
{
    json_t *json = json_loads(text, 0, NULL);
    int rc = pf_display_policy_save(dir, json, ret, &err);
    json_decref(json);
    return rc;
}

static json_t *file(void)
{
    char *path = pf_path_join(dir, PF_DISPLAY_POLICY_FILE);
    json_t *json = json_load_file(path, 0, NULL);
    free(path);
    return json;
}

static void saving_replaces_and_keeps_what_is_unknown(void **state)
{
    struct pf_display_policy p = {.max_displays = 77};
    assert_int_equal(save("{\"topology\":\"mirror\"}", &p), -EINVAL);
    assert_int_equal(p.max_displays, 77);
    assert_null(file());

    assert_int_equal(
        save("{\"max_displays\":7,\"topology\":\"primary\",\"launch_workspace\":{\"n\":3}}", &p), 0);
    assert_int_equal(p.max_displays, 7);
    char *path = pf_path_join(dir, PF_DISPLAY_POLICY_FILE);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    free(path);

    /* What is left out takes its default; what this host does not know stays. */
    assert_int_equal(save("{\"preset\":\"hotdesk\",\"version\":9}", &p), 0);
    json_t *now = file();
    assert_int_equal(json_integer_value(json_object_get(now, "max_displays")), 4);
    assert_string_equal(json_string_value(json_object_get(now, "topology")), "auto");
    assert_int_equal(json_integer_value(json_object_get(now, "version")), 1);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(now, "launch_workspace"), "n")), 3);
    json_decref(now);
    assert_int_equal(pf_display_policy_load_stored(dir, &p, &err), 0);
    assert_int_equal(p.preset, PF_PRESET_HOTDESK);
    assert_int_equal(p.conflict, PF_CONFLICT_SEPARATE);
    assert_int_equal(pf_display_policy_load(dir, &p, &err), 0);
    assert_int_equal(p.conflict, PF_CONFLICT_REJECT);
    assert_int_equal(p.identity, PF_IDENTITY_PER_CLIENT_MODE);
}

static void a_file_that_cannot_be_written_changes_nothing(void **state)
{
    struct pf_display_policy p = {.max_displays = 77};
    json_t *json = json_loads("{}", 0, NULL);
    assert_true(pf_display_policy_save("/proc/nowhere", json, &p, &err) < 0);
    assert_int_equal(p.max_displays, 77);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_left_out_have_defaults),
        cmocka_unit_test(every_member_is_read),
        cmocka_unit_test(a_bad_member_falls_to_its_default),
        cmocka_unit_test(values_are_clamped),
        cmocka_unit_test(files_without_sense_are_refused),
        cmocka_unit_test(presets_override_the_members),
        cmocka_unit_test(topology_is_resolved),
        cmocka_unit_test(the_file_beats_the_environment),
        cmocka_unit_test(what_is_sent_is_checked),
        cmocka_unit_test(the_rest_of_the_schema_is_read),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test_setup_teardown(saving_replaces_and_keeps_what_is_unknown, make_dir, remove_dir),
        cmocka_unit_test(a_file_that_cannot_be_written_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The policy part of lifecycle.json: which files count, what they say, presets, how long displays stay. */
#include "display/policy.h"

#include "base/time.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *root;

static json_t *policy(const char *name)
{
    return json_object_get(json_object_get(root, "policy"), name);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static int word_in(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return (int)i;
    fail_msg("\"%s\" is not known", word);
    return -1;
}

static enum pf_topology_wish topology_of(const char *word)
{
    static const char *const words[] = {"auto", "extend", "primary", "exclusive"};
    return (enum pf_topology_wish)word_in(word, words, 4);
}

static enum pf_mode_conflict conflict_of(const char *word)
{
    static const char *const words[] = {"separate", "join", "steal", "reject"};
    return (enum pf_mode_conflict)word_in(word, words, 4);
}

static void assert_keep_alive(const char *name, const struct pf_linger *got, const json_t *want)
{
    static const char *const modes[] = {"off", "duration", "forever"};
    static const enum pf_linger_kind kinds[] = {PF_LINGER_IMMEDIATE, PF_LINGER_FOR, PF_LINGER_FOREVER};
    enum pf_linger_kind kind = kinds[word_in(text_of(want, "mode"), modes, 3)];
    uint64_t seconds = (uint64_t)json_integer_value(json_object_get(want, "seconds"));
    if (got->kind != kind || got->duration_ns != seconds * PF_NS_PER_S)
        fail_msg("%s: kind %d for %llu ns", name, (int)got->kind, (unsigned long long)got->duration_ns);
}

static void assert_policy(const char *name, const struct pf_display_policy *got, const json_t *want)
{
    assert_keep_alive(name, &got->linger, json_object_get(want, "keep_alive"));
    if (got->topology != topology_of(text_of(want, "topology")) ||
        got->conflict != conflict_of(text_of(want, "mode_conflict")) ||
        got->max_displays != json_integer_value(json_object_get(want, "max_displays")))
        fail_msg("%s: topology %d, conflict %d, %u displays", name, (int)got->topology, (int)got->conflict,
            got->max_displays);
}

static void files(void **state)
{
    const json_t *file;
    size_t i;
    json_array_foreach(policy("files"), i, file)
    {
        const char *name = text_of(file, "name"), *text = text_of(file, "text");
        const json_t *verdict = json_object_get(file, "v0.31");
        struct pf_display_policy got = {.max_displays = 77};
        struct pf_error err;
        int rc = pf_display_policy_parse(text, strlen(text), &got, &err);
        if ((rc == 0) != json_is_true(json_object_get(verdict, "configured")))
            fail_msg("%s: %d", name, rc);
        if (rc == 0)
            assert_policy(name, &got, json_object_get(verdict, "effective"));
        else
            assert_int_equal(got.max_displays, 77);
    }
    assert_int_equal(i, 36);
}

static void presets(void **state)
{
    const char *name;
    json_t *want;
    json_object_foreach(policy("presets"), name, want)
    {
        json_t *file = json_pack("{s:s}", "preset", name);
        char *text = json_dumps(file, 0);
        struct pf_display_policy got;
        assert_int_equal(pf_display_policy_parse(text, strlen(text), &got, NULL), 0);
        assert_policy(name, &got, want);
        free(text);
        json_decref(file);
    }
    assert_int_equal(json_object_size(policy("presets")), 5);
}

static void defaults(void **state)
{
    struct pf_display_policy got = pf_display_policy_default();
    assert_policy("defaults", &got, json_object_get(policy("defaults"), "baseline"));
    assert_false(got.configured);
}

static void how_long_displays_stay(void **state)
{
    const json_t *row;
    size_t i;
    json_array_foreach(policy("keep_alive_to_linger"), i, row)
    {
        json_t *file = json_pack("{s:O}", "keep_alive", json_object_get(row, "keep_alive"));
        const json_t *want = json_object_get(row, "linger");
        static const char *const kinds[] = {"immediate", "for", "forever"};
        static const enum pf_linger_kind values[] = {PF_LINGER_IMMEDIATE, PF_LINGER_FOR, PF_LINGER_FOREVER};
        char *text = json_dumps(file, 0);
        struct pf_display_policy got;
        assert_int_equal(pf_display_policy_parse(text, strlen(text), &got, NULL), 0);
        assert_int_equal(got.linger.kind, values[word_in(text_of(want, "l"), kinds, 3)]);
        assert_int_equal(
            got.linger.duration_ns, (uint64_t)json_integer_value(json_object_get(want, "ms")) * PF_NS_PER_MS);
        free(text);
        json_decref(file);
    }
    assert_int_equal(i, 4);
}

/* Every word of the enums that this host has a value for is read as itself. */
static void words(void **state)
{
    static const char *const members[] = {"topology", "mode_conflict"};
    for (size_t m = 0; m < 2; m++) {
        const json_t *word;
        size_t i;
        json_array_foreach(json_object_get(policy("enums"), members[m]), i, word)
        {
            json_t *file = json_pack("{s:O}", members[m], word);
            char *text = json_dumps(file, 0);
            struct pf_display_policy got;
            assert_int_equal(pf_display_policy_parse(text, strlen(text), &got, NULL), 0);
            if (m == 0)
                assert_int_equal(got.topology, topology_of(json_string_value(word)));
            else
                assert_int_equal(got.conflict, conflict_of(json_string_value(word)));
            free(text);
            json_decref(file);
        }
        assert_int_equal(i, 4);
    }
}

static int load(void **state)
{
    root = json_load_file(VECTORS_DIR "/lifecycle.json", 0, NULL);
    return root ? 0 : -1;
}

static int unload(void **state)
{
    json_decref(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files),
        cmocka_unit_test(presets),
        cmocka_unit_test(defaults),
        cmocka_unit_test(how_long_displays_stay),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

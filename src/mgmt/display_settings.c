#include "mgmt/display_settings.h"

#include "base/file.h"
#include "base/log.h"
#include "display/policy.h"
#include "mgmt/types.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX       (256u << 10)
#define DISPLAYS_LIMIT 16

static const char *const members[] = {
    "keep_alive", "topology", "mode_conflict", "identity", "layout", "max_displays"};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

static const struct preset {
    const char *id, *summary;
    const char *keep_alive;
    int seconds; /* of "duration" */
    const char *topology, *conflict, *identity, *layout;
} presets[] = {
    {"default", "Displays stay for ten seconds; every device has its own.", "duration", 10, "auto",
        "separate", "per-client", "auto-row"},
    {"gaming-rig", "One display that stays for good and replaces every screen; the newest device gets it.",
        "forever", 0, "exclusive", "steal", "per-client", "auto-row"},
    {"shared-desktop", "Beside the screens that are there; gone as soon as the device is.", "off", 0,
        "extend", "separate", "per-client", "auto-row"},
    {"hotdesk", "One device at a time, whose display waits for it for five minutes.", "duration", 300,
        "exclusive", "reject", "per-client-mode", "auto-row"},
    {"workstation", "Several displays in a layout of your own, which wait for five minutes.", "duration", 300,
        "exclusive", "separate", "per-client", "manual"},
};
#define PRESETS (sizeof(presets) / sizeof(presets[0]))

static json_t *keep_alive(const char *mode, int seconds)
{
    return strcmp(mode, "duration") == 0 ? json_pack("{s:s, s:i}", "mode", mode, "seconds", seconds)
                                         : json_pack("{s:s}", "mode", mode);
}

static json_t *preset_members(const struct preset *p)
{
    return json_pack("{s:o, s:s, s:s, s:s, s:{s:s, s:{}}, s:i}", "keep_alive",
        keep_alive(p->keep_alive, p->seconds), "topology", p->topology, "mode_conflict", p->conflict,
        "identity", p->identity, "layout", "mode", p->layout, "positions", "max_displays", 4);
}

static json_t *defaults(void)
{
    json_t *policy = json_pack("{s:i, s:s}", "version", 1, "preset", "custom");
    json_t *rest = preset_members(&presets[0]);
    json_object_update(policy, rest);
    json_decref(rest);
    return policy;
}

/* Only what the form knows: unknown members of a request are not stored. */
static json_t *known_layout(const json_t *layout)
{
    const json_t *mode = json_object_get(layout, "mode"), *positions = json_object_get(layout, "positions");
    json_t *known = json_object(), *list = json_object(), *p;
    const char *slot;
    json_object_foreach((json_t *)positions, slot, p)
    {
        json_object_set_new(
            list, slot, json_pack("{s:O, s:O}", "x", json_object_get(p, "x"), "y", json_object_get(p, "y")));
    }
    json_object_set_new(known, "mode", mode ? json_copy((json_t *)mode) : json_string("auto-row"));
    json_object_set_new(known, "positions", list);
    return known;
}

static json_t *known_keep_alive(const json_t *value)
{
    json_t *mode = json_object_get(value, "mode");
    json_t *known = json_pack("{s:O}", "mode", mode);
    if (strcmp(json_string_value(mode), "duration") == 0)
        json_object_set(known, "seconds", json_object_get(value, "seconds"));
    return known;
}

static json_t *known_member(const char *name, const json_t *value)
{
    if (strcmp(name, "layout") == 0)
        return known_layout(value);
    if (strcmp(name, "keep_alive") == 0)
        return known_keep_alive(value);
    if (strcmp(name, "max_displays") == 0) {
        json_int_t n = json_integer_value(value);
        return json_integer(n < 1 ? 1 : n > DISPLAYS_LIMIT ? DISPLAYS_LIMIT : n);
    }
    return json_copy((json_t *)value);
}

json_t *pf_display_settings_complete(const json_t *policy)
{
    json_t *whole = defaults();
    const json_t *preset = json_object_get(policy, "preset");
    if (preset)
        json_object_set(whole, "preset", (json_t *)preset);
    for (size_t i = 0; i < MEMBERS; i++) {
        const json_t *value = json_object_get(policy, members[i]);
        if (value)
            json_object_set_new(whole, members[i], known_member(members[i], value));
    }
    return whole;
}

static const struct preset *find_preset(const json_t *policy)
{
    const char *id = json_string_value(json_object_get(policy, "preset"));
    for (size_t i = 0; id && i < PRESETS; i++)
        if (strcmp(id, presets[i].id) == 0)
            return &presets[i];
    return NULL;
}

json_t *pf_display_settings_effective(const json_t *policy)
{
    const struct preset *p = find_preset(policy);
    json_t *effective = p ? preset_members(p) : json_object();
    for (size_t i = 0; !p && i < MEMBERS; i++)
        json_object_set(effective, members[i], json_object_get(policy, members[i]));
    /* Where the owner put the displays is not lost by choosing the preset that uses it. */
    json_t *own = json_object_get(json_object_get(policy, "layout"), "positions");
    if (p && strcmp(p->layout, "manual") == 0 && json_object_size(own))
        json_object_set(json_object_get(effective, "layout"), "positions", own);
    return effective;
}

json_t *pf_display_settings_presets(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < PRESETS; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "id", presets[i].id, "summary",
                                        presets[i].summary, "fields", preset_members(&presets[i])));
    return list;
}

/* A file that people edited may hold members that do not fit: these fall to their defaults, as they do for
 * the displays. */
static json_t *fitting(const json_t *file)
{
    json_t *good = json_object();
    for (size_t i = 0; i < pf_type_display_policy.count; i++) {
        const struct pf_schema_field *f = &pf_type_display_policy.fields[i];
        json_t *value = json_object_get(file, f->name);
        if (value && pf_schema_fits(f->type, value, NULL))
            json_object_set(good, f->name, value);
    }
    return good;
}

json_t *pf_display_settings_load(const char *dir, bool *ret_configured)
{
    char *path = pf_path_join(dir, PF_DISPLAY_POLICY_FILE), *text = NULL;
    size_t len = 0;
    struct pf_display_policy policy;
    struct pf_error err = {"it cannot be read"};
    int rc = pf_file_read(path, FILE_MAX, &text, &len);
    *ret_configured = rc == 0 && pf_display_policy_parse(text, len, &policy, &err) == 0;
    if (!*ret_configured && rc != -ENOENT)
        pf_log_warn("mgmt", "the display policy in %s is not used: %s", path, err.text);
    json_t *file = *ret_configured ? json_loadb(text, len, 0, NULL) : NULL;
    json_t *good = fitting(file), *whole = pf_display_settings_complete(good);
    json_decref(good);
    json_decref(file);
    free(text);
    free(path);
    return whole;
}

int pf_display_settings_save(const char *dir, const json_t *policy, struct pf_error *err)
{
    char *text = json_dumps(policy, JSON_INDENT(2));
    if (!text)
        return pf_error_set(err, -ENOMEM, "out of memory");
    char *path = pf_path_join(dir, PF_DISPLAY_POLICY_FILE);
    int rc = pf_file_write(path, text, strlen(text), 0600, err);
    free(path);
    free(text);
    return rc;
}

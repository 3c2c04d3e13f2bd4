#include "display/policy_json.h"

#include "base/args.h"
#include "base/time.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DISPLAYS_LIMIT 16

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const linger_modes[] = {"off", "duration", "forever"}; /* as enum pf_linger_kind */
static const char *const topologies[] = {"auto", "extend", "primary", "exclusive"};
static const char *const conflicts[] = {"separate", "join", "steal", "reject"};
static const char *const identities[] = {"shared", "per-client", "per-client-mode"};
static const char *const layouts[] = {"auto-row", "manual"};
static const char *const game_sessions[] = {"auto", "dedicated"};

/* ---- members: true if the value is a good one; only then is the policy touched ---- */

/* Position of the text in the list; −1: it is not there. */
static int word_of(const json_t *value, const char *const *words, size_t count)
{
    const char *text = json_string_value(value);
    for (size_t i = 0; text && i < count; i++)
        if (!strcmp(text, words[i]))
            return (int)i;
    return -1;
}

static bool take_version(const json_t *value, struct pf_display_policy *p)
{
    (void)p;
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool take_preset(const json_t *value, struct pf_display_policy *p)
{
    const char *name = json_string_value(value);
    for (unsigned i = 0; name && i < PF_PRESETS; i++) {
        if (strcmp(name, pf_display_preset_name((enum pf_display_preset)i)) != 0)
            continue;
        p->preset = (enum pf_display_preset)i;
        return true;
    }
    return false;
}

static bool take_linger(const json_t *value, struct pf_display_policy *p)
{
    const json_t *seconds = json_object_get(value, "seconds");
    int mode = word_of(json_object_get(value, "mode"), linger_modes, COUNT(linger_modes));
    if (mode < 0)
        return false;
    struct pf_linger linger = {.kind = (enum pf_linger_kind)mode};
    if (linger.kind == PF_LINGER_FOR) {
        json_int_t s = json_integer_value(seconds);
        if (!json_is_integer(seconds) || s < 0)
            return false;
        linger.duration_ns =
            (uint64_t)(s > PF_POLICY_LINGER_MAX_S ? PF_POLICY_LINGER_MAX_S : s) * PF_NS_PER_S;
    }
    p->linger = linger;
    return true;
}

static bool take_topology(const json_t *value, struct pf_display_policy *p)
{
    int i = word_of(value, topologies, COUNT(topologies));
    if (i >= 0)
        p->topology = (enum pf_topology_wish)i;
    return i >= 0;
}

static bool take_conflict(const json_t *value, struct pf_display_policy *p)
{
    int i = word_of(value, conflicts, COUNT(conflicts));
    if (i >= 0)
        p->conflict = (enum pf_mode_conflict)i;
    return i >= 0;
}

static bool take_identity(const json_t *value, struct pf_display_policy *p)
{
    int i = word_of(value, identities, COUNT(identities));
    if (i >= 0)
        p->identity = (enum pf_identity_rule)i;
    return i >= 0;
}

static bool take_coordinate(const json_t *value, int32_t *ret)
{
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < INT32_MIN || n > INT32_MAX)
        return false;
    *ret = (int32_t)n;
    return true;
}

/* A key that is no slot is passed over; a position that is none spoils the member. */
static bool take_positions(const json_t *value, struct pf_display_position *positions)
{
    const char *key;
    json_t *one;
    json_object_foreach((json_t *)value, key, one)
    {
        struct pf_display_position at = {.is_set = true};
        long slot;
        if (!take_coordinate(json_object_get(one, "x"), &at.x) ||
            !take_coordinate(json_object_get(one, "y"), &at.y))
            return false;
        if (pf_parse_long(key, 1, PF_IDENTITY_SLOTS, &slot))
            positions[slot] = at;
    }
    return true;
}

static bool take_layout(const json_t *value, struct pf_display_policy *p)
{
    const json_t *mode = json_object_get(value, "mode"), *positions = json_object_get(value, "positions");
    struct pf_display_position list[PF_IDENTITY_SLOTS + 1] = {{0}};
    int i = mode ? word_of(mode, layouts, COUNT(layouts)) : 0;
    if (!json_is_object(value) || i < 0 || (positions && !json_is_object(positions)) ||
        !take_positions(positions, list))
        return false;
    p->manual_layout = i == 1;
    memcpy(p->positions, list, sizeof(list));
    return true;
}

static bool take_max(const json_t *value, struct pf_display_policy *p)
{
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < 0)
        return false;
    p->max_displays = n < 1 ? 1 : n > DISPLAYS_LIMIT ? DISPLAYS_LIMIT : (unsigned)n;
    return true;
}

static bool take_game_session(const json_t *value, struct pf_display_policy *p)
{
    int i = word_of(value, game_sessions, COUNT(game_sessions));
    if (i >= 0)
        p->dedicated_games = i == 1;
    return i >= 0;
}

static bool take_bool(const json_t *value, bool *ret)
{
    if (json_is_boolean(value))
        *ret = json_is_true(value);
    return json_is_boolean(value);
}

static bool take_ddc(const json_t *value, struct pf_display_policy *p)
{
    return take_bool(value, &p->ddc_power_off);
}

static bool take_pnp(const json_t *value, struct pf_display_policy *p)
{
    return take_bool(value, &p->pnp_disable_monitors);
}

static bool take_edid(const json_t *value, struct pf_display_policy *p)
{
    return take_bool(value, &p->edid_lock);
}

/* Trimmed; blank and null are none. */
static bool take_monitor(const json_t *value, struct pf_display_policy *p)
{
    const char *text = json_is_null(value) ? "" : json_string_value(value);
    if (!text)
        return false;
    while (isspace((unsigned char)*text))
        text++;
    size_t len = strlen(text);
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    if (len >= sizeof(p->capture_monitor))
        return false;
    snprintf(p->capture_monitor, sizeof(p->capture_monitor), "%.*s", (int)len, text);
    return true;
}

static const struct member {
    const char *name;
    bool (*take)(const json_t *value, struct pf_display_policy *p);
    const char *must_be;
} members[] = {
    {"version", take_version, "a whole number"},
    {"preset", take_preset, "custom, default, gaming-rig, shared-desktop, hotdesk or workstation"},
    {"keep_alive", take_linger,
        "{\"mode\": \"off\"}, {\"mode\": \"duration\", \"seconds\": N} or {\"mode\": \"forever\"}"},
    {"topology", take_topology, "auto, extend, primary or exclusive"},
    {"mode_conflict", take_conflict, "separate, join, steal or reject"},
    {"identity", take_identity, "shared, per-client or per-client-mode"},
    {"layout", take_layout,
        "{\"mode\": \"auto-row\" or \"manual\", \"positions\": {\"SLOT\": {\"x\": N, \"y\": N}}}"},
    {"max_displays", take_max, "a whole number from 1 to 16"},
    {"game_session", take_game_session, "auto or dedicated"},
    {"ddc_power_off", take_ddc, "true or false"},
    {"pnp_disable_monitors", take_pnp, "true or false"},
    {"edid_lock", take_edid, "true or false"},
    {"capture_monitor", take_monitor, "the name of a connector, or null"},
};

/* ---- reading ---- */

int pf_policy_json_read(const json_t *root, struct pf_display_policy *ret_stored, struct pf_error *err)
{
    struct pf_display_policy p = pf_display_preset_policy(PF_PRESET_CUSTOM);
    const json_t *preset = json_object_get(root, "preset");
    if (!json_is_object(root))
        return pf_error_set(err, -EINVAL, "it is no JSON object");
    bool good = json_object_size(root) == 0;
    for (size_t i = 0; i < COUNT(members); i++)
        good |=
            members[i].take(json_object_get(root, members[i].name), &p) && strcmp(members[i].name, "version");
    if (json_is_string(preset) && strcmp(json_string_value(preset), pf_display_preset_name(p.preset)) != 0)
        return pf_error_set(err, -EINVAL,
            "its preset is none of custom, default, gaming-rig, shared-desktop, hotdesk and workstation");
    if (!good)
        return pf_error_set(err, -EINVAL, "it has no member that could be understood");
    *ret_stored = p;
    return 0;
}

int pf_display_policy_check(const json_t *object, struct pf_display_policy *ret_stored, struct pf_error *err)
{
    struct pf_display_policy p = pf_display_preset_policy(PF_PRESET_CUSTOM);
    if (!json_is_object(object))
        return pf_error_set(err, -EINVAL, "the display policy must be a JSON object");
    for (size_t i = 0; i < COUNT(members); i++) {
        const json_t *value = json_object_get(object, members[i].name);
        if (value && !members[i].take(value, &p))
            return pf_error_set(
                err, -EINVAL, "%s of the display policy must be %s", members[i].name, members[i].must_be);
    }
    *ret_stored = p;
    return 0;
}

/* ---- writing ---- */

static json_t *linger_json(const struct pf_linger *linger)
{
    const char *mode = linger_modes[linger->kind];
    if (linger->kind != PF_LINGER_FOR)
        return json_pack("{s:s}", "mode", mode);
    return json_pack("{s:s, s:I}", "mode", mode, "seconds", (json_int_t)(linger->duration_ns / PF_NS_PER_S));
}

static json_t *layout_json(const struct pf_display_policy *p)
{
    json_t *positions = json_object();
    for (int slot = 1; slot <= PF_IDENTITY_SLOTS; slot++) {
        const struct pf_display_position *at = &p->positions[slot];
        char key[8];
        snprintf(key, sizeof(key), "%d", slot);
        if (at->is_set)
            json_object_set_new(positions, key, json_pack("{s:i, s:i}", "x", at->x, "y", at->y));
    }
    return json_pack("{s:s, s:o}", "mode", layouts[p->manual_layout], "positions", positions);
}

json_t *pf_display_policy_fields_to_json(const struct pf_display_policy *p)
{
    return json_pack("{s:o, s:s, s:s, s:s, s:o, s:i}", "keep_alive", linger_json(&p->linger), "topology",
        topologies[p->topology], "mode_conflict", conflicts[p->conflict], "identity", identities[p->identity],
        "layout", layout_json(p), "max_displays", (int)p->max_displays);
}

json_t *pf_display_policy_to_json(const struct pf_display_policy *p)
{
    json_t *whole = json_pack("{s:i, s:s}", "version", 1, "preset", pf_display_preset_name(p->preset));
    json_t *fields = pf_display_policy_fields_to_json(p);
    json_t *rest = json_pack("{s:s, s:b, s:b, s:b, s:o}", "game_session", game_sessions[p->dedicated_games],
        "ddc_power_off", (int)p->ddc_power_off, "pnp_disable_monitors", (int)p->pnp_disable_monitors,
        "edid_lock", (int)p->edid_lock, "capture_monitor",
        p->capture_monitor[0] ? json_string(p->capture_monitor) : json_null());
    json_object_update(whole, fields);
    json_object_update(whole, rest);
    json_decref(fields);
    json_decref(rest);
    return whole;
}

void pf_policy_json_keep_unknown(json_t *whole, const json_t *from)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)from, key, value)
    {
        bool known = false;
        for (size_t i = 0; i < COUNT(members); i++)
            known |= !strcmp(members[i].name, key);
        if (!known)
            json_object_set(whole, key, value);
    }
}

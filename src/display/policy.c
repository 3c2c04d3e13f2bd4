#include "display/policy.h"

#include "base/env.h"
#include "base/file.h"
#include "base/time.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX       (64u << 10)
#define LINGER_S       10
#define LINGER_MAX_S   86400
#define DISPLAYS       4
#define DISPLAYS_LIMIT 16

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct pf_linger linger_for(uint64_t seconds)
{
    if (seconds > LINGER_MAX_S)
        seconds = LINGER_MAX_S;
    return (struct pf_linger){.kind = PF_LINGER_FOR, .duration_ns = seconds * PF_NS_PER_S};
}

struct pf_display_policy pf_display_policy_default(void)
{
    return (struct pf_display_policy){.linger = linger_for(LINGER_S), .max_displays = DISPLAYS};
}

/* ---- presets ---- */

static const struct preset {
    const char *name;
    enum pf_linger_kind kind;
    unsigned seconds;
    enum pf_topology_wish topology;
    enum pf_mode_conflict conflict;
} presets[] = {
    {"default", PF_LINGER_FOR, LINGER_S, PF_TOPOLOGY_WISH_AUTO, PF_CONFLICT_SEPARATE},
    {"gaming-rig", PF_LINGER_FOREVER, 0, PF_TOPOLOGY_WISH_EXCLUSIVE, PF_CONFLICT_STEAL},
    {"shared-desktop", PF_LINGER_IMMEDIATE, 0, PF_TOPOLOGY_WISH_EXTEND, PF_CONFLICT_SEPARATE},
    {"hotdesk", PF_LINGER_FOR, 300, PF_TOPOLOGY_WISH_EXCLUSIVE, PF_CONFLICT_REJECT},
    {"workstation", PF_LINGER_FOR, 300, PF_TOPOLOGY_WISH_EXCLUSIVE, PF_CONFLICT_SEPARATE},
};

static struct pf_display_policy policy_of(const struct preset *p)
{
    struct pf_display_policy policy = pf_display_policy_default();
    policy.linger = p->kind == PF_LINGER_FOR ? linger_for(p->seconds) : (struct pf_linger){.kind = p->kind};
    policy.topology = p->topology;
    policy.conflict = p->conflict;
    return policy;
}

/* ---- members: true if the value is a good one ---- */

/* Position of the text in the list. */
static bool take_word(const json_t *value, const char *const *words, size_t count, int *ret)
{
    const char *text = json_string_value(value);
    for (size_t i = 0; text && i < count; i++) {
        if (strcmp(text, words[i]))
            continue;
        *ret = (int)i;
        return true;
    }
    return false;
}

static bool take_linger(const json_t *value, struct pf_linger *ret)
{
    static const char *const modes[] = {"off", "duration", "forever"};
    const json_t *seconds = json_object_get(value, "seconds");
    int mode;
    if (!take_word(json_object_get(value, "mode"), modes, COUNT(modes), &mode))
        return false;
    if (mode == PF_LINGER_FOR && (!json_is_integer(seconds) || json_integer_value(seconds) < 0))
        return false;
    *ret = mode == PF_LINGER_FOR ? linger_for((uint64_t)json_integer_value(seconds))
                                 : (struct pf_linger){.kind = (enum pf_linger_kind)mode};
    return true;
}

static bool take_topology(const json_t *value, enum pf_topology_wish *ret)
{
    static const char *const words[] = {"auto", "extend", "primary", "exclusive"};
    int i;
    bool good = take_word(value, words, COUNT(words), &i);
    if (good)
        *ret = (enum pf_topology_wish)i;
    return good;
}

static bool take_conflict(const json_t *value, enum pf_mode_conflict *ret)
{
    static const char *const words[] = {"separate", "join", "steal", "reject"};
    int i;
    bool good = take_word(value, words, COUNT(words), &i);
    if (good)
        *ret = (enum pf_mode_conflict)i;
    return good;
}

static bool take_max(const json_t *value, unsigned *ret)
{
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < 0)
        return false;
    *ret = n < 1 ? 1 : n > DISPLAYS_LIMIT ? DISPLAYS_LIMIT : (unsigned)n;
    return true;
}

/* ---- members without an effect here; a file of nothing else is a good one all the same ---- */

static bool is_word(const json_t *value, const char *const *words, size_t count)
{
    int i;
    return take_word(value, words, count, &i);
}

static bool is_layout(const json_t *value)
{
    static const char *const modes[] = {"auto-row", "manual"};
    const json_t *mode = json_object_get(value, "mode"), *positions = json_object_get(value, "positions"), *p;
    const char *slot;
    if (!json_is_object(value) || (mode && !is_word(mode, modes, COUNT(modes))) ||
        (positions && !json_is_object(positions)))
        return false;
    json_object_foreach((json_t *)positions, slot, p)
    {
        if (!json_is_integer(json_object_get(p, "x")) || !json_is_integer(json_object_get(p, "y")))
            return false;
    }
    return true;
}

static bool knows_another(const json_t *root)
{
    static const char *const identities[] = {"shared", "per-client", "per-client-mode"};
    static const char *const game_sessions[] = {"auto", "dedicated"};
    static const char *const flags[] = {"ddc_power_off", "pnp_disable_monitors", "edid_lock"};
    const json_t *version = json_object_get(root, "version");
    bool good = json_is_integer(version) && json_integer_value(version) >= 0;
    good |= is_word(json_object_get(root, "identity"), identities, COUNT(identities));
    good |= is_word(json_object_get(root, "game_session"), game_sessions, COUNT(game_sessions));
    good |= is_layout(json_object_get(root, "layout"));
    good |= json_is_string(json_object_get(root, "capture_monitor"));
    for (size_t i = 0; i < COUNT(flags); i++)
        good |= json_is_boolean(json_object_get(root, flags[i]));
    return good;
}

/* ---- the whole ---- */

static int take_preset(const json_t *value, struct pf_display_policy *ret, bool *ret_named)
{
    const char *name = json_string_value(value);
    for (size_t i = 0; name && i < COUNT(presets); i++) {
        if (strcmp(name, presets[i].name))
            continue;
        *ret = policy_of(&presets[i]);
        *ret_named = true;
        return 0;
    }
    return name && strcmp(name, "custom") ? -EINVAL : 0;
}

/* Members that this host knows; each may be the one good member that makes a file of it. */
static bool take_members(const json_t *root, struct pf_display_policy *ret)
{
    bool good = json_is_string(json_object_get(root, "preset"));
    good |= take_linger(json_object_get(root, "keep_alive"), &ret->linger);
    good |= take_topology(json_object_get(root, "topology"), &ret->topology);
    good |= take_conflict(json_object_get(root, "mode_conflict"), &ret->conflict);
    good |= take_max(json_object_get(root, "max_displays"), &ret->max_displays);
    return good || knows_another(root) || json_object_size(root) == 0;
}

int pf_display_policy_parse(
    const char *text, size_t len, struct pf_display_policy *ret_policy, struct pf_error *err)
{
    struct pf_display_policy policy = pf_display_policy_default(), preset;
    json_error_t where;
    bool named = false;
    int rc = 0;
    json_t *root = json_loadb(text, len, 0, &where);
    if (!json_is_object(root))
        rc = pf_error_set(err, -EINVAL, "it is no JSON object");
    else if (take_preset(json_object_get(root, "preset"), &preset, &named) < 0)
        rc = pf_error_set(err, -EINVAL,
            "its preset is none of custom, default, gaming-rig, shared-desktop, hotdesk "
            "and workstation");
    else if (!take_members(root, &policy))
        rc = pf_error_set(err, -EINVAL, "it has no member that could be understood");
    json_decref(root);
    if (rc < 0)
        return rc;
    *ret_policy = named ? preset : policy;
    ret_policy->configured = true;
    return 0;
}

int pf_display_policy_load(const char *dir, struct pf_display_policy *ret_policy, struct pf_error *err)
{
    *ret_policy = pf_display_policy_default();
    long ms = pf_env_long("PUNKTFUNK_MONITOR_LINGER_MS", 0, LINGER_MAX_S * 1000, LINGER_S * 1000);
    ret_policy->linger = ms ? (struct pf_linger){PF_LINGER_FOR, (uint64_t)ms * PF_NS_PER_MS}
                            : (struct pf_linger){.kind = PF_LINGER_IMMEDIATE};

    char *path = pf_path_join(dir, PF_DISPLAY_POLICY_FILE), *text = NULL;
    size_t len;
    int rc = pf_file_read(path, FILE_MAX, &text, &len);
    if (rc < 0 && rc != -ENOENT)
        pf_error_set(err, rc, "it cannot be read: %s", strerror(-rc));
    if (rc == 0)
        rc = pf_display_policy_parse(text, len, ret_policy, err);
    if (rc < 0 && rc != -ENOENT)
        pf_error_prefix(err, rc, "the display policy in %s is not used", path);
    free(text);
    free(path);
    return rc == -ENOENT ? 0 : rc;
}

enum pf_topology pf_display_policy_topology(const struct pf_display_policy *policy, bool pinned)
{
    if (!policy->configured)
        return PF_TOPOLOGY_EXTEND;
    switch (policy->topology) {
    case PF_TOPOLOGY_WISH_EXTEND:
        return PF_TOPOLOGY_EXTEND;
    case PF_TOPOLOGY_WISH_PRIMARY:
        return PF_TOPOLOGY_PRIMARY;
    case PF_TOPOLOGY_WISH_EXCLUSIVE:
        return PF_TOPOLOGY_EXCLUSIVE;
    case PF_TOPOLOGY_WISH_AUTO:
        break;
    }
    return pinned ? PF_TOPOLOGY_EXTEND : PF_TOPOLOGY_EXCLUSIVE;
}

#include "display/policy.h"

#include "base/env.h"
#include "base/file.h"
#include "base/time.h"
#include "display/policy_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (256u << 10)
#define LINGER_S 10
#define DISPLAYS 4

struct pf_display_policy pf_display_policy_default(void)
{
    return (struct pf_display_policy){.linger = {PF_LINGER_FOR, LINGER_S * PF_NS_PER_S},
        .identity = PF_IDENTITY_SHARED,
        .max_displays = DISPLAYS};
}

/* ---- presets ---- */

static const struct preset {
    const char *name, *summary;
    enum pf_linger_kind kind;
    unsigned seconds;
    enum pf_topology_wish topology;
    enum pf_mode_conflict conflict;
    enum pf_identity_rule identity;
    bool manual_layout;
} presets[PF_PRESETS] = {
    [PF_PRESET_CUSTOM] = {"custom", "", PF_LINGER_FOR, LINGER_S, PF_TOPOLOGY_WISH_AUTO, PF_CONFLICT_SEPARATE,
        PF_IDENTITY_PER_CLIENT, false},
    [PF_PRESET_DEFAULT] = {"default", "Displays stay for ten seconds; every device has its own.",
        PF_LINGER_FOR, LINGER_S, PF_TOPOLOGY_WISH_AUTO, PF_CONFLICT_SEPARATE, PF_IDENTITY_PER_CLIENT, false},
    [PF_PRESET_GAMING_RIG] = {"gaming-rig",
        "One display that stays for good and replaces every screen; the newest device gets it.",
        PF_LINGER_FOREVER, 0, PF_TOPOLOGY_WISH_EXCLUSIVE, PF_CONFLICT_STEAL, PF_IDENTITY_PER_CLIENT, false},
    [PF_PRESET_SHARED_DESKTOP] = {"shared-desktop",
        "Beside the screens that are there; gone as soon as the device is.", PF_LINGER_IMMEDIATE, 0,
        PF_TOPOLOGY_WISH_EXTEND, PF_CONFLICT_SEPARATE, PF_IDENTITY_PER_CLIENT, false},
    [PF_PRESET_HOTDESK] = {"hotdesk", "One device at a time, whose display waits for it for five minutes.",
        PF_LINGER_FOR, 300, PF_TOPOLOGY_WISH_EXCLUSIVE, PF_CONFLICT_REJECT, PF_IDENTITY_PER_CLIENT_MODE,
        false},
    [PF_PRESET_WORKSTATION] = {"workstation",
        "Several displays in a layout of your own, which wait for five minutes.", PF_LINGER_FOR, 300,
        PF_TOPOLOGY_WISH_EXCLUSIVE, PF_CONFLICT_SEPARATE, PF_IDENTITY_PER_CLIENT, true},
};

const char *pf_display_preset_name(enum pf_display_preset preset)
{
    return presets[preset].name;
}

const char *pf_display_preset_summary(enum pf_display_preset preset)
{
    return presets[preset].summary;
}

struct pf_display_policy pf_display_preset_policy(enum pf_display_preset preset)
{
    const struct preset *p = &presets[preset];
    uint64_t duration = p->kind == PF_LINGER_FOR ? p->seconds * PF_NS_PER_S : 0;
    return (struct pf_display_policy){.configured = true,
        .preset = preset,
        .linger = {.kind = p->kind, .duration_ns = duration},
        .topology = p->topology,
        .conflict = p->conflict,
        .identity = p->identity,
        .manual_layout = p->manual_layout,
        .max_displays = DISPLAYS};
}

struct pf_display_policy pf_display_policy_effective(const struct pf_display_policy *stored)
{
    struct pf_display_policy policy = *stored;
    if (stored->preset == PF_PRESET_CUSTOM)
        return policy;
    struct pf_display_policy preset = pf_display_preset_policy(stored->preset);
    policy.linger = preset.linger;
    policy.topology = preset.topology;
    policy.conflict = preset.conflict;
    policy.identity = preset.identity;
    policy.max_displays = preset.max_displays;
    policy.manual_layout = preset.manual_layout;
    if (!preset.manual_layout)
        memset(policy.positions, 0, sizeof(policy.positions));
    return policy;
}

/* ---- the file ---- */

int pf_display_policy_parse(
    const char *text, size_t len, struct pf_display_policy *ret_policy, struct pf_error *err)
{
    struct pf_display_policy stored;
    json_t *root = json_loadb(text, len, 0, NULL);
    int rc = pf_policy_json_read(root, &stored, err);
    json_decref(root);
    if (rc == 0)
        *ret_policy = pf_display_policy_effective(&stored);
    return rc;
}

/* -ENOENT: there is none, which needs no sentence. *ret_root may be NULL. */
static int read_file(
    const char *dir, struct pf_display_policy *ret_stored, json_t **ret_root, struct pf_error *err)
{
    char *path = pf_path_join(dir, PF_DISPLAY_POLICY_FILE), *text = NULL;
    size_t len;
    int rc = pf_file_read(path, FILE_MAX, &text, &len);
    if (rc < 0 && rc != -ENOENT)
        pf_error_set(err, rc, "it cannot be read: %s", strerror(-rc));
    json_t *root = rc == 0 ? json_loadb(text, len, 0, NULL) : NULL;
    if (rc == 0)
        rc = pf_policy_json_read(root, ret_stored, err);
    if (rc < 0 && rc != -ENOENT)
        pf_error_prefix(err, rc, "the display policy in %s is not used", path);
    free(text);
    free(path);
    if (ret_root)
        *ret_root = root;
    else
        json_decref(root);
    return rc;
}

int pf_display_policy_load(const char *dir, struct pf_display_policy *ret_policy, struct pf_error *err)
{
    struct pf_display_policy stored;
    int rc = read_file(dir, &stored, NULL, err);
    if (rc == 0) {
        *ret_policy = pf_display_policy_effective(&stored);
        return 0;
    }
    *ret_policy = pf_display_policy_default();
    long ms = pf_env_long("PUNKTFUNK_MONITOR_LINGER_MS", 0, PF_POLICY_LINGER_MAX_S * 1000, LINGER_S * 1000);
    ret_policy->linger = ms ? (struct pf_linger){PF_LINGER_FOR, (uint64_t)ms * PF_NS_PER_MS}
                            : (struct pf_linger){.kind = PF_LINGER_IMMEDIATE};
    return rc == -ENOENT ? 0 : rc;
}

int pf_display_policy_load_stored(const char *dir, struct pf_display_policy *ret_stored, struct pf_error *err)
{
    int rc = read_file(dir, ret_stored, NULL, err);
    if (rc < 0) {
        *ret_stored = pf_display_preset_policy(PF_PRESET_CUSTOM);
        ret_stored->configured = false;
    }
    return rc == -ENOENT ? 0 : rc;
}

/* What the object says, and of the former file what nobody here knows. A new reference. */
static json_t *merge(const char *dir, const json_t *object, const struct pf_display_policy *stored)
{
    struct pf_display_policy former;
    json_t *file, *whole = pf_display_policy_to_json(stored);
    read_file(dir, &former, &file, NULL);
    pf_policy_json_keep_unknown(whole, file);
    pf_policy_json_keep_unknown(whole, object);
    json_decref(file);
    return whole;
}

int pf_display_policy_save(
    const char *dir, const json_t *object, struct pf_display_policy *ret_stored, struct pf_error *err)
{
    struct pf_display_policy stored;
    int rc = pf_display_policy_check(object, &stored, err);
    if (rc == 0)
        rc = pf_dir_make_private(dir, err);
    if (rc < 0)
        return rc;
    json_t *whole = merge(dir, object, &stored);
    char *text = whole ? json_dumps(whole, JSON_INDENT(2)) : NULL;
    char *path = pf_path_join(dir, PF_DISPLAY_POLICY_FILE);
    rc = text ? pf_file_write(path, text, strlen(text), 0600, err)
              : pf_error_set(err, -ENOMEM, "cannot write %s: out of memory", path);
    free(path);
    free(text);
    json_decref(whole);
    if (rc == 0)
        *ret_stored = stored;
    return rc;
}

/* ---- what it means ---- */

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

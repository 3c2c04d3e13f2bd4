/* The owner's display policy: display-settings.json (displays-and-capture.md 3,
 * management-and-operations.md 2.5).
 *
 * It is read anew at every connect and every end of a session, so a change of the file counts from the next
 * one on and nothing has to be restarted. Pure values; any thread.
 */
#ifndef PF_DISPLAY_POLICY_H
#define PF_DISPLAY_POLICY_H

#include "base/error.h"
#include "display/display.h"
#include "display/lifecycle.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define PF_DISPLAY_POLICY_FILE "display-settings.json"
#define PF_IDENTITY_SLOTS      15 /* identity slots are 1 to this */

/* What a client gets while another one streams (4.4). */
enum pf_mode_conflict {
    PF_CONFLICT_SEPARATE, /* a display of its own */
    PF_CONFLICT_JOIN,     /* a display in the mode of the oldest other session */
    PF_CONFLICT_STEAL,    /* the others end */
    PF_CONFLICT_REJECT,   /* nothing: the host is busy */
};

enum pf_topology_wish {
    PF_TOPOLOGY_WISH_AUTO,
    PF_TOPOLOGY_WISH_EXTEND,
    PF_TOPOLOGY_WISH_PRIMARY,
    PF_TOPOLOGY_WISH_EXCLUSIVE,
};

/* Whose display it is (4.1). */
enum pf_identity_rule {
    PF_IDENTITY_SHARED,          /* nobody's: no slot */
    PF_IDENTITY_PER_CLIENT,      /* a slot for each client */
    PF_IDENTITY_PER_CLIENT_MODE, /* and for each size that it asks for */
};

/* Sets of the members from keep_alive to max_displays under one name. */
enum pf_display_preset {
    PF_PRESET_CUSTOM, /* none: the members count */
    PF_PRESET_DEFAULT,
    PF_PRESET_GAMING_RIG,
    PF_PRESET_SHARED_DESKTOP,
    PF_PRESET_HOTDESK,
    PF_PRESET_WORKSTATION,
    PF_PRESETS, /* how many */
};

struct pf_display_position {
    bool is_set;
    int32_t x, y;
};

struct pf_display_policy {
    bool configured; /* there is a valid file */
    enum pf_display_preset preset;

    struct pf_linger linger;
    enum pf_topology_wish topology;
    enum pf_mode_conflict conflict;
    enum pf_identity_rule identity;
    bool manual_layout;
    struct pf_display_position positions[PF_IDENTITY_SLOTS + 1]; /* by identity slot; [0] is unused */
    unsigned max_displays;                                       /* 1…16 */

    /* Beside the presets. */
    bool dedicated_games;                                /* game_session */
    bool ddc_power_off, pnp_disable_monitors, edid_lock; /* stored for hosts on Windows */
    char capture_monitor[64]; /* connector of a head to show instead of a virtual display; "": none */
};

/* What counts without a file: displays stay for 10 s, every client gets its own, at most 4. */
struct pf_display_policy pf_display_policy_default(void);

/* What counts of a policy as it is stored: the members of its preset in the place of its own. Positions stay
 * with those presets that have a layout by hand. */
struct pf_display_policy pf_display_policy_effective(const struct pf_display_policy *stored);

/* Reads the JSON text into the effective policy, as pf_display_policy_load does: for tests. A bad member
 * falls to its default. -EINVAL with a sentence if the text is no object, names an unknown preset or has no
 * good member. */
int pf_display_policy_parse(
    const char *text, size_t len, struct pf_display_policy *ret_policy, struct pf_error *err);

/* The policy in force: the file in the configuration folder `dir`, else the default, whose linger time
 * PUNKTFUNK_MONITOR_LINGER_MS may change. Always sets *ret_policy; negative with a sentence if the file is
 * there but cannot be used. */
int pf_display_policy_load(const char *dir, struct pf_display_policy *ret_policy, struct pf_error *err);

/* What happens to the other heads (3.3). `pinned`: PUNKTFUNK_COMPOSITOR decided, somebody set up a shared
 * desktop on purpose. Without a file nothing happens to them. */
enum pf_topology pf_display_policy_topology(const struct pf_display_policy *policy, bool pinned);

/* ---- showing and changing what is stored: for the management API ---- */

/* The policy as it is stored, its preset not applied; without a valid file the defaults. Errors as load. */
int pf_display_policy_load_stored(
    const char *dir, struct pf_display_policy *ret_stored, struct pf_error *err);

/* Checks the object that a person or program sent: members that are absent take their defaults, numbers are
 * moved into their ranges, unknown members are fine. -EINVAL: a member is wrong; the sentence says which and
 * what it may be. */
int pf_display_policy_check(const json_t *object, struct pf_display_policy *ret_stored, struct pf_error *err);

/* Checks the object and makes it the file. Members of the former file that this host does not know stay
 * unless the object brings them too: a newer version's settings survive. *ret_stored is set only after the
 * file was written. Errors: those of check, of pf_dir_make_private and of pf_file_write. One writer at a
 * time. */
int pf_display_policy_save(
    const char *dir, const json_t *object, struct pf_display_policy *ret_stored, struct pf_error *err);

/* The whole object, as it is stored. A new reference; NULL: out of memory. */
json_t *pf_display_policy_to_json(const struct pf_display_policy *policy);
/* Only the members that presets set, for "effective" and for the list of presets. */
json_t *pf_display_policy_fields_to_json(const struct pf_display_policy *policy);

/* "custom", "default", "gaming-rig", … */
const char *pf_display_preset_name(enum pf_display_preset preset);
/* One sentence for people; "" for custom. */
const char *pf_display_preset_summary(enum pf_display_preset preset);
/* Its members. */
struct pf_display_policy pf_display_preset_policy(enum pf_display_preset preset);

#endif

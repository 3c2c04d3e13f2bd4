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

#include <stdbool.h>
#include <stddef.h>

#define PF_DISPLAY_POLICY_FILE "display-settings.json"

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

struct pf_display_policy {
    bool configured; /* there is a valid file */
    struct pf_linger linger;
    enum pf_mode_conflict conflict;
    enum pf_topology_wish topology;
    unsigned max_displays; /* 1…16 */
};

/* What counts without a file: displays stay for 10 s, every client gets its own, at most 4. */
struct pf_display_policy pf_display_policy_default(void);

/* Reads the JSON text. A bad member falls to its default. -EINVAL with a sentence if the text is no object,
 * names an unknown preset or has no good member. */
int pf_display_policy_parse(
    const char *text, size_t len, struct pf_display_policy *ret_policy, struct pf_error *err);

/* The policy in force: the file in the configuration folder `dir`, else the default, whose linger time
 * PUNKTFUNK_MONITOR_LINGER_MS may change. Always sets *ret_policy; negative with a sentence if the file is
 * damaged and the default counts. */
int pf_display_policy_load(const char *dir, struct pf_display_policy *ret_policy, struct pf_error *err);

/* What happens to the other heads (3.3). `pinned`: PUNKTFUNK_COMPOSITOR decided, somebody set up a shared
 * desktop on purpose. Without a file nothing happens to them. */
enum pf_topology pf_display_policy_topology(const struct pf_display_policy *policy, bool pinned);

#endif

/* What a stream needs of the machine it runs on: a display to show things on, a capture of it and an encoder.
 *
 * The real one asks the display registry, the capture back ends and the encoder back ends. Tests bring their
 * own. All calls come from the stream's thread and may block.
 */
#ifndef PF_SESSION_MACHINE_H
#define PF_SESSION_MACHINE_H

#include "base/cancel.h"
#include "capture/capture.h"
#include "display/identity.h"
#include "display/policy.h"
#include "display/registry.h"
#include "encode/encoder.h"
#include "session/plan.h"

struct pf_launcher;

struct pf_machine_ops {
    /* Finds the desktop session and takes a display in it. `supersedes` (may be NULL) is the lease that will
     * be given up once this one works. Errors that no second try can cure: -ENOTSUP, -ENODEV, -EINVAL,
     * -EACCES, -ECANCELED (`cancel` was set meanwhile); -ECHILD: the title that was to run in it has ended
     * already. */
    int (*acquire)(void *user, const struct pf_session_plan *plan, const struct pf_mode *mode,
        const struct pf_lease *supersedes, const struct pf_cancel *cancel, struct pf_lease *ret_lease,
        struct pf_error *err);
    /* Another mode for a display that changes it in place; only with leases that say so. As pf_lease_remode.
     */
    int (*remode)(void *user, struct pf_lease *lease, const struct pf_mode *mode,
        const struct pf_cancel *cancel, struct pf_error *err);
    /* Gives a lease up; `quit`: the client left on purpose. */
    void (*release)(void *user, struct pf_lease *lease, bool quit);
    /* Gives up a lease that another one superseded: its display goes at once. */
    void (*retire)(void *user, struct pf_lease *lease);
    /* The lease gave no first picture although its output was kept from before: the next acquire makes a new
     * one. The lease holds nothing afterwards. */
    void (*mark_failed)(void *user, struct pf_lease *lease);
    /* The picture has gone: true if the display ended with its title, false if it broke. Waits at most 1.5 s
     * for that to be known. NULL: displays outlive their titles. */
    bool (*has_ended)(void *user, const struct pf_lease *lease);
    int (*open_capture)(
        void *user, const struct pf_source *source, struct pf_capture **ret_capture, struct pf_error *err);
    int (*open_encoder)(void *user, const struct pf_encoder_params *params, struct pf_encoder **ret_encoder,
        struct pf_error *err);
};

struct pf_machine {
    const struct pf_machine_ops *ops;
    void *user;
    struct pf_launcher *launcher; /* NULL: no titles are started */
};

/* The real machine. The registry outlives every stream; `encoder` is a back end's name as pf_encoder_open
 * takes it, borrowed, NULL: as PUNKTFUNK_ENCODER says. `config_dir` is the folder with the display policy,
 * borrowed. */
struct pf_real_machine {
    struct pf_registry *registry;
    const char *encoder;
    const char *config_dir;
    struct pf_display_identities *identities; /* NULL: displays are nobody's in particular */
    struct pf_launcher *launcher;             /* NULL: no titles are started */
};
struct pf_machine pf_machine_of(struct pf_real_machine *real);

/* What this host can do now, for the plan: nothing if `real` is NULL. Blocks for some milliseconds. */
struct pf_host_facts pf_machine_facts(const struct pf_real_machine *real);

#endif

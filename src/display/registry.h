/* The registry owns every virtual output of the host (displays-and-capture.md 2).
 *
 * A session holds a lease on an output, never the output itself. A lease names a generation; each use of an
 * output has a new one, so giving up a lease late or twice cannot hurt a successor. Functions may be called
 * from any thread. Those marked "blocks" may take seconds: call them from a worker, not from the control
 * loop. No back end is ever called with the registry's lock held.
 */
#ifndef PF_DISPLAY_REGISTRY_H
#define PF_DISPLAY_REGISTRY_H

#include "display/display.h"
#include "display/lifecycle.h"

#include <stddef.h>

struct pf_registry;

enum pf_registry_event { PF_DISPLAY_CREATED, PF_DISPLAY_REUSED, PF_DISPLAY_RELEASED };

/* One output as the management API shows it (2.5). Plain values. */
struct pf_display_row {
    uint64_t slot;       /* the generation */
    const char *backend; /* static */
    struct pf_mode mode; /* achieved */
    enum pf_lifecycle_state state;
    unsigned sessions;
    int64_t expires_in_ms;  /* −1: does not expire (JSON null) */
    char client[64];        /* empty: unknown (JSON null) */
    unsigned group;         /* from 1 */
    unsigned display_index; /* from 0 inside the group */
    int32_t x, y;
    unsigned identity_slot; /* 0: none (JSON null) */
    enum pf_topology topology;
    char output[64]; /* its name in the compositor: "HEADLESS-2"; empty: it has none */
    uint64_t age_ms; /* since the compositor made it, kept times included */
};

struct pf_registry_config {
    /* How long outputs stay, asked at every release; no lock is held. NULL: they go at once. */
    struct pf_linger (*linger)(void *user);
    /* Position of the display with this identity slot under a manual layout. False (or NULL): it is placed to
     * the right of the others. No lock is held. */
    bool (*position)(void *user, unsigned identity_slot, int32_t *ret_x, int32_t *ret_y);
    /* News for hooks and event streams; no lock is held. NULL: nobody listens. */
    void (*event)(void *user, enum pf_registry_event event, const struct pf_display_row *row);
    /* A desktop session has begun: the first that was seen, or another one than before. What was made in the
     * former one is forgotten already. No lock is held; may block. NULL: nobody cares. */
    void (*session_began)(void *user, const struct pf_desktop_env *env);
    void *user;
    /* Where back ends note what they change; longer-lived than the registry. NULL: only for back ends that
     * note nothing. */
    struct pf_journal *journal;
    /* Where back ends keep the scales that users chose; likewise. NULL: nowhere. */
    struct pf_display_scales *scales;
    /* For tests: a clock to use instead of the monotonic one. No reaper thread runs then; call
     * pf_registry_reap. */
    uint64_t (*now_ns)(void *user);
};

/* Copies the config. Returns 0 or -errno. */
int pf_registry_create(const struct pf_registry_config *config, struct pf_registry **ret_registry);
/* Removes every output. All sessions have ended. Blocks. NULL is allowed. */
void pf_registry_destroy(struct pf_registry *registry);

/* One session's hold on an output. Plain values, owned by the session, used by one thread at a time. */
struct pf_lease {
    struct pf_registry *registry; /* NULL: holds nothing */
    uint64_t generation;
    struct pf_source source; /* what to capture and how fast to pace */
    bool reused;   /* a kept output: if it gives no first frame, call pf_lease_mark_failed and retry */
    bool in_place; /* another mode is had with pf_lease_remode, not with another lease */
};

/* Takes a kept output that fits, or can be made to fit, or makes a new one. `supersedes` (may be NULL) is the
 * caller's lease that this one will replace: it does not count as a sibling. Blocks, for seconds, or until
 * request->cancel is set. Errors: those of the back end's create, -ETIMEDOUT if another creation does not
 * end, -ECANCELED if it was cancelled or the registry is going away; the sentence is in err. */
int pf_registry_acquire(struct pf_registry *registry, const struct pf_desktop_env *env,
    const struct pf_display_backend *backend, const struct pf_display_request *request,
    const struct pf_lease *supersedes, struct pf_lease *ret_lease, struct pf_error *err);

/* Another mode for an output that changes it in place (lease->in_place). The capture has ended before; how to
 * capture it now is in the lease. Blocks as pf_registry_acquire does, with the same errors, and those of the
 * back end's remode, which also says what a failure leaves. */
int pf_lease_remode(
    struct pf_lease *lease, const struct pf_mode *mode, const struct pf_cancel *cancel, struct pf_error *err);

/* Gives the hold up. `quit`: the client left on purpose. Stop and join the capture first. Blocks if the
 * output goes; if the reaper is just looking after it, the output goes right after that instead. A lease that
 * holds nothing, or whose generation is gone, is fine. */
void pf_lease_release(struct pf_lease *lease, bool quit);

/* Gives up a hold that a new lease superseded: the output goes at once (or a moment later, as above),
 * whatever the linger policy. Blocks. */
void pf_lease_retire(struct pf_lease *lease);

/* A reused output gave no picture: removes it so that the next acquire makes a fresh one. The lease holds
 * nothing afterwards. Blocks. */
void pf_lease_mark_failed(struct pf_lease *lease);

/* The picture of its output has gone: true if what the output was made for has ended by itself, false if it
 * broke. Blocks, at most 1.5 s. */
bool pf_lease_has_ended(const struct pf_lease *lease);

/* Removes kept outputs: the one with this slot, or all of them (slot 0). Outputs in use stay. Returns how
 * many were removed. Blocks. */
unsigned pf_registry_force_release(struct pf_registry *registry, uint64_t slot);

/* This is the desktop session now. If it is another one than at the last call (6.2: the compositor died and
 * came back, or another desktop runs), the outputs of the old one are forgotten, used ones too, and nothing
 * that was made before is ever reused. pf_registry_acquire does it by itself. Blocks. */
void pf_registry_observe(struct pf_registry *registry, const struct pf_desktop_env *env);

/* Removes what has expired, and has back ends settle what they could not undo, when it is time for that. The
 * reaper thread calls it; others need not. Blocks. */
void pf_registry_reap(struct pf_registry *registry);

/* Lets back ends look after the outputs that are there. The reaper thread calls it; others need not. Blocks.
 */
void pf_registry_look_after(struct pf_registry *registry);

/* Fills up to max rows in order of generation; returns how many there are. Never blocks for long. */
size_t pf_registry_snapshot(struct pf_registry *registry, struct pf_display_row *rows, size_t max);

#endif

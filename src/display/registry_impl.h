/* The inside of the registry, shared by its two files: registry.c (life, leases, what expires) and
 * registry_acquire.c (making, reusing and changing outputs).
 *
 * Blocking work (back ends, restores, callbacks) happens outside `lock`; every function shows the same
 * pattern: look and change under the lock, unlock, act, look again. An entry stays in memory as long as
 * somebody holds a reference, so a slow call can never lose the output under its feet.
 */
#ifndef PF_DISPLAY_REGISTRY_IMPL_H
#define PF_DISPLAY_REGISTRY_IMPL_H

#include "base/time.h"
#include "display/debts.h"
#include "display/pool.h"
#include "display/registry.h"
#include "display/turns.h"

#include <pthread.h>

#define PF_REGISTRY_SCOPE "display"

struct pf_registry {
    struct pf_registry_config config;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* news for the reaper, and for who waits for calls to end */
    struct pf_pool pool;
    struct pf_desktop_env session; /* seen last */
    struct pf_debts debts;
    bool closing;
    unsigned acquiring; /* calls of pf_registry_acquire that run */
    bool has_reaper;
    pthread_t reaper;
    struct pf_turns turns; /* with a lock of its own */
};

static inline uint64_t pf_registry_now_ns(const struct pf_registry *r)
{
    return r->config.now_ns ? r->config.now_ns(r->config.user) : pf_time_mono_ns();
}

/* ---- registry.c ---- */

/* Gives up a reference; the last one destroys the output. */
void pf_registry_unref(struct pf_registry *registry, struct pf_pool_entry *entry);
void pf_registry_entry_free(struct pf_pool_entry *entry);

/* News for the log and for who listens. */
void pf_registry_tell(
    struct pf_registry *registry, enum pf_registry_event event, const struct pf_display_row *row);

/* An output of this back end has gone, or came to nothing: it may have left something to undo. */
void pf_registry_owe(struct pf_registry *registry, const struct pf_display_backend *backend);

/* Removes what has expired, of one back end or (NULL) of all. */
void pf_registry_expire(struct pf_registry *registry, const struct pf_display_backend *backend);

/* ---- registry_acquire.c ---- */

/* Has the entry's output change its mode; the caller holds a reference. */
int pf_registry_remode(struct pf_registry *registry, struct pf_pool_entry *entry, const struct pf_mode *mode,
    const struct pf_cancel *cancel, struct pf_error *err);

#endif

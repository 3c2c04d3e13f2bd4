/* A word from outside to whoever works or waits for somebody: it is not wanted any more.
 *
 * The one who wants something owns the token and sets it, from any thread; the one who works looks at it,
 * sleeps under it, or polls its descriptor beside another. It is never unset. Where a token is an argument,
 * NULL means that nobody will ever set one.
 */
#ifndef PF_BASE_CANCEL_H
#define PF_BASE_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_cancel {
    atomic_bool set;
    int fd;
};

/* Returns 0 or -errno: it takes a descriptor. */
int pf_cancel_init(struct pf_cancel *cancel);
/* Nobody uses it any more. */
void pf_cancel_finish(struct pf_cancel *cancel);

/* Any thread, may be repeated, never blocks. */
void pf_cancel_set(struct pf_cancel *cancel);

static inline bool pf_cancel_is_set(const struct pf_cancel *cancel)
{
    return cancel && atomic_load_explicit(&cancel->set, memory_order_acquire);
}

/* Readable from when it is set on; −1 (which poll passes over) for NULL. Only for poll. */
static inline int pf_cancel_fd(const struct pf_cancel *cancel)
{
    return cancel ? cancel->fd : -1;
}

/* Sleeps until the monotonic instant, or until it is set: true then. */
bool pf_cancel_sleep_until(const struct pf_cancel *cancel, uint64_t mono_ns);

#endif

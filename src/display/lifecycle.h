/* Life of one display slot: a pure state machine (displays-and-capture.md 1).
 *
 * It has no clock, lock or side effect: calls say what happened, results say what the caller must do. Times
 * are nanoseconds of one monotonic clock. Used by one thread at a time.
 */
#ifndef PF_DISPLAY_LIFECYCLE_H
#define PF_DISPLAY_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

enum pf_lifecycle_state {
    PF_LIFECYCLE_IDLE,      /* no output exists; in every other state there is one */
    PF_LIFECYCLE_ACTIVE,    /* `refs` sessions use it */
    PF_LIFECYCLE_LINGERING, /* nobody uses it; goes at `until_ns` */
    PF_LIFECYCLE_PINNED,    /* nobody uses it; stays until asked */
};

/* All zero is the idle slot. */
struct pf_lifecycle {
    enum pf_lifecycle_state state;
    unsigned refs;     /* ≥ 1 while ACTIVE, else 0 */
    uint64_t until_ns; /* LINGERING only */
};

/* How long an output stays after its last session. */
enum pf_linger_kind { PF_LINGER_IMMEDIATE, PF_LINGER_FOR, PF_LINGER_FOREVER };
struct pf_linger {
    enum pf_linger_kind kind;
    uint64_t duration_ns; /* FOR only */
};

/* What the caller must do. */
enum pf_lifecycle_action {
    PF_LIFECYCLE_CREATE,   /* build the output; on failure reset the slot to idle */
    PF_LIFECYCLE_JOIN,     /* hand out the output that others use */
    PF_LIFECYCLE_REUSE,    /* hand out the kept output */
    PF_LIFECYCLE_DECREF,   /* nothing: others still use it */
    PF_LIFECYCLE_TEARDOWN, /* destroy the output */
    PF_LIFECYCLE_LINGER,   /* nothing: ask poll_expiry from until_ns on */
    PF_LIFECYCLE_PIN,      /* nothing */
    PF_LIFECYCLE_NOOP,     /* nothing: the hold was given up before */
};

/* Returns CREATE, JOIN or REUSE. */
enum pf_lifecycle_action pf_lifecycle_acquire(struct pf_lifecycle *l);

/* Gives up one hold. Returns DECREF, TEARDOWN, LINGER, PIN or NOOP. */
enum pf_lifecycle_action pf_lifecycle_release(
    struct pf_lifecycle *l, uint64_t now_ns, struct pf_linger linger);

/* True exactly once, when the linger time has passed: destroy the output. */
bool pf_lifecycle_poll_expiry(struct pf_lifecycle *l, uint64_t now_ns);

/* True if a kept output is to be destroyed now. False, and nothing changes, while a session uses it. */
bool pf_lifecycle_force_release(struct pf_lifecycle *l);

/* "active", "lingering", "pinned"; "idle" for completeness (such slots are not listed). */
const char *pf_lifecycle_state_name(enum pf_lifecycle_state state);

/* The linger that counts when the client left: a deliberate quit skips a timed linger, never a pin. */
struct pf_linger pf_linger_effective(bool quit, struct pf_linger policy);

#endif

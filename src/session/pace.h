/* When to encode: pictures as they come, repeats of the last one to hold the rate
 * (displays-and-capture.md 16.2). Pure; times are monotonic nanoseconds.
 *
 * Two accounts gain one credit per frame interval (the first a sixteenth more), at most 1.25. Each fresh
 * picture costs one of the first: jitter passes, but the mean rate cannot exceed 17/16 of the refresh rate.
 * Every picture costs one of the second, and only repeats have to wait for it, so that a repeat never delays
 * a fresh picture. A repeat also waits half an interval longer after a fresh picture than that should take to
 * come.
 */
#ifndef PF_SESSION_PACE_H
#define PF_SESSION_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pf_pace_clock {
    uint64_t interval_ns;
    uint64_t updated_ns;
    int64_t fresh_ns, total_ns; /* credits, in nanoseconds: one credit is interval_ns */
    uint64_t last_fresh_ns;     /* 0: none yet */
};

/* Both accounts start with one credit. */
void pf_pace_clock_start(struct pf_pace_clock *p, uint64_t interval_ns, uint64_t now_ns);

/* The earliest time at which a fresh picture may be encoded; now_ns or before: at once. */
uint64_t pf_pace_clock_fresh_at(struct pf_pace_clock *p, uint64_t now_ns);

/* When to repeat the last picture if no fresh one comes. */
uint64_t pf_pace_clock_repeat_at(struct pf_pace_clock *p, uint64_t now_ns);

/* A picture was encoded. */
void pf_pace_clock_spend(struct pf_pace_clock *p, bool fresh, uint64_t now_ns);

#endif

/* The verification source of punktfunk1-control.md 6.11: frames whose every byte the client knows. */
#ifndef PF_NATIVE_SYNTHETIC_H
#define PF_NATIVE_SYNTHETIC_H

#include "session/feed.h"

/* Pushes `frames` frames (0: until stopped), one every interval_ns, each marked as an IDR. `sink` is copied.
 * Returns 0, -ENOMEM, or what thread creation says. */
int pf_synthetic_start(
    uint32_t frames, uint64_t interval_ns, const struct pf_feed_sink *sink, struct pf_feed **ret_feed);

#endif

/* When to ask for a keyframe, or for a picture that goes around what was lost: the rules of a v0.31 client
 * (docs/spec/punktfunk1-data.md 7.1). Pure; times are monotonic nanoseconds. */
#ifndef PF_CLIENT_RECOVERY_H
#define PF_CLIENT_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

#define PROBE_ASK_THROTTLE_NS 100000000ull
#define PROBE_FROZEN_NS       500000000ull
#define PROBE_REPAIR_FRAMES   256u /* a longer gap needs a keyframe */

enum probe_ask { PROBE_ASK_NOTHING, PROBE_ASK_KEYFRAME, PROBE_ASK_REPAIR };

struct probe_recovery {
    bool repairs; /* set at first: reference invalidation may be asked for */
    bool started;
    uint32_t next_index;      /* the frame that should come next */
    uint32_t missing;         /* frames skipped and not yet seen */
    uint64_t lost;            /* frames skipped and not seen since the start */
    bool frozen;              /* something is missing that later frames refer to */
    uint64_t frozen_since;    /* or the last request since then */
    unsigned recovery_points; /* seen since the loss; the second heals */
    uint64_t dropped;         /* frames given up, as last told */
    bool ask;                 /* a request is due */
    uint64_t asked_at;        /* last request; 0: none */
    uint64_t requests;        /* made */
    bool has_gap;             /* a repair is due */
    uint32_t gap_first, gap_last;
    uint64_t repair_asked_at; /* last one; 0: none */
    uint64_t repair_requests; /* made */
};

/* A complete frame, in the order of completion; also one of a speed test that shares the numbers of the
 * video. */
void probe_recovery_frame(struct probe_recovery *r, uint32_t index, uint32_t user_flags, uint64_t now_ns);
/* The reassembler's counter of frames that will never complete. */
void probe_recovery_dropped(struct probe_recovery *r, uint64_t frames_dropped, uint64_t now_ns);
/* What is to be sent now, counted as sent: a RequestKeyframe, or an RfiRequest for the frames from *ret_first
 * to *ret_last. Call it until it is NOTHING. */
enum probe_ask probe_recovery_poll(
    struct probe_recovery *r, uint64_t now_ns, uint32_t *ret_first, uint32_t *ret_last);

#endif

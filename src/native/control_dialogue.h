/* What the host does with the control messages of a running session (punktfunk1-control.md 3 and 6.9).
 *
 * A state machine without input or output of its own: messages and time go in, answers and orders come out
 * through the functions of pf_control_sink. It belongs to the control loop's thread.
 *
 * Nothing that the client did not ask for leaves before the clock exchange is over, because the client would
 * take it for an echo and give the exchange up (2.1).
 */
#ifndef PF_NATIVE_CONTROL_DIALOGUE_H
#define PF_NATIVE_CONTROL_DIALOGUE_H

#include "base/log.h"
#include "base/time.h"
#include "media/mode.h"
#include "punktfunk/loss.h"
#include "session/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_CONTROL_ECHOES        8u
#define PF_RECONFIGURE_PERIOD_NS (500 * PF_NS_PER_MS)
#define PF_PROBE_PERIOD_NS       (10 * PF_NS_PER_S)
#define PF_INVALIDATE_FRAMES_MAX 256u /* a longer range counts as a request for a key frame */

struct pf_control_sink {
    void *user;
    /* One whole frame of the control stream, prefix included; borrowed. */
    void (*send)(void *user, const uint8_t *frame, size_t len);
    void (*keyframe)(void *user);
    void (*invalidate)(void *user, uint32_t first_index, uint32_t last_index); /* frame indices, inclusive */
    void (*set_fec)(void *user, unsigned percent);
    void (*probe)(void *user, uint32_t kbps, uint32_t duration_ms); /* within the limits of 6.9 */
    void (*reconfigure)(void *user, const struct pf_mode *mode);
    void (*set_bitrate)(void *user, uint32_t kbps);
};

struct pf_control_config {
    struct pf_wall_clock clock;         /* the same one stamps every access unit */
    const struct pf_session_plan *plan; /* borrowed: what a new mode must fit */
    struct pf_session_policy policy;
    bool newer;                      /* the client is of v0.31 or later: it knows what was added then */
    struct pf_parity_control parity; /* as Welcome told it */
    uint64_t hold_until_mono_ns;     /* unsolicited messages may leave from here on, echoes or not */
};

struct pf_control_dialogue {
    struct pf_control_config config;
    struct pf_control_sink sink;
    struct pf_parity_control parity; /* live */
    struct pf_mode mode;             /* in force */
    uint32_t bitrate_kbps;           /* in force */
    unsigned echoes;
    struct pf_mode told; /* the newest mode that the client believes in */
    bool owes_mode, owes_bitrate;
    uint32_t owes_gap_ms;         /* 0: none */
    bool knows_rates, rate_asked; /* it sent SetBitrate once; one is unanswered */
    uint64_t reconfigure_ready_ns, probe_ready_ns;
    bool probing;
    struct pf_rate_limit noise;
};

void pf_control_dialogue_init(struct pf_control_dialogue *c, const struct pf_control_config *config,
    const struct pf_control_sink *sink);

/* Takes the payload of one frame. Anything that is no message for a host is logged and skipped. */
void pf_control_dialogue_message(
    struct pf_control_dialogue *c, const uint8_t *data, size_t len, uint64_t mono_ns);

/* `mode` and rate are in force now. `wanted`: the mode wish that led to it; NULL if it was another cause. */
void pf_control_dialogue_settled(struct pf_control_dialogue *c, const struct pf_mode *wanted,
    const struct pf_mode *mode, uint32_t bitrate_kbps, uint64_t mono_ns);

/* Something was rebuilt, and no picture came meanwhile. */
void pf_control_dialogue_gap(struct pf_control_dialogue *c, uint32_t gap_ms, uint64_t mono_ns);

struct pf_probe_result {
    uint64_t bytes;
    uint32_t units, duration_ms, packets_sent, packets_dropped;
};
/* The speed test is over. */
void pf_control_dialogue_probed(struct pf_control_dialogue *c, const struct pf_probe_result *result);

/* When pf_control_dialogue_tick wants to be called; UINT64_MAX: not at all for now. */
uint64_t pf_control_dialogue_deadline(const struct pf_control_dialogue *c);
void pf_control_dialogue_tick(struct pf_control_dialogue *c, uint64_t mono_ns);

#endif

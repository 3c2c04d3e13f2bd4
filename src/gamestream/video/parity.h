/* How much parity the blocks of a session get: it follows what the client says of damaged blocks
 * (docs/spec/gamestream.md 4.4, 5.4), by the policy of punktfunk/loss.h. Pure.
 *
 * Clients say nothing while all is well, so silence is no news of a clean path: the percentage falls no lower
 * than where punktfunk/1 begins. The client's minimum for a block is the packetiser's affair.
 */
#ifndef PF_GAMESTREAM_VIDEO_PARITY_H
#define PF_GAMESTREAM_VIDEO_PARITY_H

#include "gamestream/wire/control_message.h"
#include "punktfunk/loss.h"

#include <stdbool.h>
#include <stdint.h>

#define PF_GS_PARITY_PERCENT 20u /* at the start, and for clients that do not report */
#define PF_GS_PARITY_LEAST   PF_PARITY_PERCENT_START

struct pf_gs_parity {
    struct pf_parity_control control; /* control.percent is the one in force */
    uint64_t lost;                    /* data packets in this window, as the client told */
    bool lost_block;                  /* one that parity could not mend */
    uint64_t sent_before, ends_ns;    /* of the window */
};

/* `pinned`: the percentage stays. */
void pf_gs_parity_start(struct pf_gs_parity *parity, unsigned percent, bool pinned);

/* A block was damaged. Returns whether parity mended it. */
bool pf_gs_parity_report(struct pf_gs_parity *parity, const struct pf_gs_fec_status *status);

/* `sent`: data packets so far. Call it often. True if the percentage has changed. */
bool pf_gs_parity_step(struct pf_gs_parity *parity, uint64_t sent, uint64_t now_ns);

#endif

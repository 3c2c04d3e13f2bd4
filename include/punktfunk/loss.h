/* Loss accounting and adaptive parity. Defined by docs/spec/punktfunk1-data.md 7.3 and 7.4. */
#ifndef PUNKTFUNK_LOSS_H
#define PUNKTFUNK_LOSS_H

#include "punktfunk/export.h"
#include "punktfunk/packet.h"

#include <stdbool.h>
#include <stdint.h>

#define PF_LOSS_REPORT_NS       750000000ull /* between LossReports of a client */
#define PF_PARITY_PERCENT_START 10u

/* Client: loss since the last report in parts per million. `then` and `now` are the counters at both ends of
 * the window. Not to be used while a speed test runs. */
PF_API uint32_t pf_loss_ppm(const struct pf_reassembler_stats *then, const struct pf_reassembler_stats *now);

/* Parity percent, 1 … 50, that one report asks for. */
PF_API unsigned pf_parity_want(uint32_t ppm);

/* Host: the live parity percent of a session. It jumps up and falls by one point per report. */
struct pf_parity_control {
    unsigned percent; /* read it before each frame */
    bool pinned;      /* reports change nothing */
};

/* pin: 0 … 90 fixes the percentage (PUNKTFUNK_FEC_PCT), negative lets it adapt from the start value. */
PF_API struct pf_parity_control pf_parity_control_start(int pin);
PF_API void pf_parity_control_report(struct pf_parity_control *c, uint32_t ppm);

#endif

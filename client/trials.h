/* What the probe asks of the host while it streams: loss reports, a mode switch, another rate, a speed test.
 *
 * Pure: counters and monotonic times go in, messages come out, and results go to the report. */
#ifndef PF_CLIENT_TRIALS_H
#define PF_CLIENT_TRIALS_H

#include "client/options.h"
#include "client/report.h"
#include "punktfunk/wire_control.h"

#define PROBE_SPEED_AFTER_NS 2000000000ull  /* of streaming before the speed test */
#define PROBE_SPEED_LIMIT_NS 15000000000ull /* for its answer, the burst included */
#define PROBE_SPEED_TAIL_NS  60000000ull    /* for its last packets, once the answer is there */

struct probe_trials {
    const struct probe_options *options;  /* borrowed */
    struct probe_report *report;          /* borrowed */
    uint64_t start_ns, report_ns;         /* of the stream; of the next LossReport */
    struct pf_reassembler_stats reported; /* counters at the last LossReport */
    uint64_t remode_ns;                   /* asked; 0: not yet */
    bool rate_asked;
    struct {
        uint64_t asked_ns, result_ns; /* 0: not yet */
        struct pf_reassembler_stats before;
        bool over; /* measured, or given up */
    } speed;
};

void probe_trials_start(struct probe_trials *t, const struct probe_options *options,
    struct probe_report *report, uint64_t now_ns);

/* True and a message to send if one is due; call until false. */
bool probe_trials_due(struct probe_trials *t, const struct pf_reassembler_stats *stats, uint64_t now_ns,
    struct pf_control *ret_message);

/* Takes Reconfigured, BitrateChanged, PipelineGap and ProbeResult; others are ignored. */
void probe_trials_take(struct probe_trials *t, const struct pf_control *message, uint64_t now_ns);

/* A burst is under way: the video stands still. */
bool probe_trials_speed_runs(const struct probe_trials *t);
/* The speed test was wanted and is over. */
bool probe_trials_speed_over(const struct probe_trials *t);

#endif

/* How a run ended: turning what happened into the report's exit status and sentence. */
#ifndef PF_CLIENT_OUTCOME_H
#define PF_CLIENT_OUTCOME_H

#include "client/options.h"
#include "client/report.h"
#include "net/quic.h"

/* Records a failure; the first one stays. */
void probe_outcome_fail(struct probe_report *r, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes over how the connection closed. `expected`: the run was complete and we closed it, or the host said
 * that it was done. */
void probe_outcome_closed(struct probe_report *r, const struct pf_quic_close_info *info, bool expected);

/* Judges the figures of a session that got as far as Welcome. `complete`: it was not cut short by --seconds,
 * --frames or a signal, so a synthetic stream must be whole. */
void probe_outcome_judge(struct probe_report *r, const struct probe_options *o, bool complete);

#endif

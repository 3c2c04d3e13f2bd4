/* The feed of a real session: a stream of the session layer. */
#ifndef PF_SESSION_VIRTUAL_FEED_H
#define PF_SESSION_VIRTUAL_FEED_H

#include "session/feed.h"
#include "session/machine.h"
#include "session/plan.h"

/* Plan and machine are copied; what the machine points at outlives the feed. */
int pf_virtual_feed_start(const struct pf_session_plan *plan, const struct pf_machine *machine,
    const struct pf_feed_sink *sink, struct pf_feed **ret_feed, struct pf_error *err);

#endif

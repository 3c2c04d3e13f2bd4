/* Turns requests for key frames into IDRs: all that are pending become one, and a cool-down lies between two
 * forced ones, the first coming at once (punktfunk1-control.md 3.3). A request during the cool-down waits for
 * its end: the picture may have been damaged after the last IDR. Pure; owner's lock.
 */
#ifndef PF_SESSION_IDR_GATE_H
#define PF_SESSION_IDR_GATE_H

#include <stdbool.h>
#include <stdint.h>

struct pf_idr_gate {
    uint64_t cooldown_ns;
    uint64_t last_forced_ns;
    bool wanted, forced_before;
};

static inline void pf_idr_gate_request(struct pf_idr_gate *g)
{
    g->wanted = true;
}

/* True if the picture that is encoded now has to be an IDR. The request is answered then. */
static inline bool pf_idr_gate_take(struct pf_idr_gate *g, uint64_t now_ns)
{
    if (!g->wanted || (g->forced_before && now_ns - g->last_forced_ns < g->cooldown_ns))
        return false;
    g->wanted = false;
    g->forced_before = true;
    g->last_forced_ns = now_ns;
    return true;
}

/* An encoder begins with an IDR anyway: whoever asked before has got one. */
static inline void pf_idr_gate_satisfied(struct pf_idr_gate *g)
{
    g->wanted = false;
}

#endif

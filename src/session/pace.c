#include "session/pace.h"

/* Fresh pictures may come this fraction faster than the rate. At the bare rate, one late picture would delay
 * all that follow it for ever; and a headless wlroots output counts whole milliseconds, which makes 62.5 Hz
 * of 60. */
#define TOLERANCE 16

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void accrue(struct pf_pace_clock *p, uint64_t now_ns)
{
    if (now_ns <= p->updated_ns)
        return;
    int64_t most = (int64_t)(p->interval_ns + p->interval_ns / 4);
    int64_t gained = least((int64_t)(now_ns - p->updated_ns), 4 * most);
    p->fresh_ns = least(p->fresh_ns + gained + gained / TOLERANCE, most);
    p->total_ns = least(p->total_ns + gained, most);
    p->updated_ns = now_ns;
}

void pf_pace_clock_start(struct pf_pace_clock *p, uint64_t interval_ns, uint64_t now_ns)
{
    *p = (struct pf_pace_clock){
        .interval_ns = interval_ns,
        .updated_ns = now_ns,
        .fresh_ns = (int64_t)interval_ns,
        .total_ns = (int64_t)interval_ns,
    };
}

static uint64_t full_at(const struct pf_pace_clock *p, int64_t missing_ns)
{
    return missing_ns > 0 ? p->updated_ns + (uint64_t)missing_ns : p->updated_ns;
}

uint64_t pf_pace_clock_fresh_at(struct pf_pace_clock *p, uint64_t now_ns)
{
    accrue(p, now_ns);
    int64_t missing = (int64_t)p->interval_ns - p->fresh_ns;
    uint64_t paid = full_at(p, (missing * TOLERANCE + TOLERANCE) / (TOLERANCE + 1)); /* rounded up */
    uint64_t apart = p->last_fresh_ns ? p->last_fresh_ns + p->interval_ns / 10 * 9 : 0;
    return paid > apart ? paid : apart;
}

uint64_t pf_pace_clock_repeat_at(struct pf_pace_clock *p, uint64_t now_ns)
{
    accrue(p, now_ns);
    uint64_t paid = full_at(p, (int64_t)p->interval_ns - p->total_ns);
    uint64_t grace = p->last_fresh_ns ? p->last_fresh_ns + p->interval_ns + p->interval_ns / 2 : 0;
    return paid > grace ? paid : grace;
}

void pf_pace_clock_spend(struct pf_pace_clock *p, bool fresh, uint64_t now_ns)
{
    accrue(p, now_ns);
    int64_t credit = (int64_t)p->interval_ns, most_owed = -(credit + credit / 4);
    p->total_ns = p->total_ns - credit > most_owed ? p->total_ns - credit : most_owed;
    if (!fresh)
        return;
    p->fresh_ns -= credit;
    p->last_fresh_ns = now_ns;
}

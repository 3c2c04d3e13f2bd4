#include "punktfunk/clock.h"

#include <string.h>

int64_t pf_clock_offset_ns(const struct pf_clock_round *r)
{
    /* Differences in modular arithmetic, halved as signed values: no overflow for any clock within 146 years.
     */
    int64_t there = (int64_t)(r->t2_ns - r->t1_ns);
    int64_t back = (int64_t)(r->t3_ns - r->t4_ns);
    return there / 2 + back / 2 + (there % 2 + back % 2) / 2;
}

int64_t pf_clock_rtt_ns(const struct pf_clock_round *r)
{
    return (int64_t)((r->t4_ns - r->t1_ns) - (r->t3_ns - r->t2_ns));
}

void pf_clock_sync_begin(struct pf_clock_sync *c)
{
    memset(c->sent, 0, sizeof(c->sent));
    c->batch_valid = false;
}

bool pf_clock_sync_sent(struct pf_clock_sync *c, uint64_t t1_ns)
{
    for (unsigned i = 0; i < PF_CLOCK_ROUNDS; i++) {
        if (c->sent[i] == 0) {
            c->sent[i] = t1_ns;
            return true;
        }
    }
    return false;
}

static bool take_sent(struct pf_clock_sync *c, uint64_t t1_ns)
{
    for (unsigned i = 0; t1_ns && i < PF_CLOCK_ROUNDS; i++) {
        if (c->sent[i] == t1_ns) {
            c->sent[i] = 0;
            return true;
        }
    }
    return false;
}

bool pf_clock_sync_echo(struct pf_clock_sync *c, const struct pf_clock_round *round)
{
    struct pf_clock_estimate e = {pf_clock_offset_ns(round), pf_clock_rtt_ns(round)};
    bool sane = round->t4_ns >= round->t1_ns && round->t3_ns >= round->t2_ns && e.rtt_ns >= 0;
    if (!take_sent(c, round->t1_ns) || !sane)
        return false;
    if (!c->batch_valid || e.rtt_ns < c->batch.rtt_ns)
        c->batch = e;
    c->batch_valid = true;
    return true;
}

static bool good_enough(const struct pf_clock_sync *c, int64_t rtt_ns)
{
    return rtt_ns <= (int64_t)PF_CLOCK_GOOD_RTT_NS || rtt_ns <= c->min_rtt_ns + c->min_rtt_ns / 2;
}

static void adopt(struct pf_clock_sync *c, const struct pf_clock_estimate *e)
{
    if (!c->valid || e->rtt_ns < c->min_rtt_ns)
        c->min_rtt_ns = e->rtt_ns;
    c->current = *e;
    c->valid = true;
    c->refused = 0;
}

bool pf_clock_sync_end(struct pf_clock_sync *c)
{
    if (!c->batch_valid)
        return false;
    c->batch_valid = false;
    if (!c->valid || good_enough(c, c->batch.rtt_ns)) {
        adopt(c, &c->batch);
        return true;
    }
    if (c->refused == 0 || c->batch.rtt_ns < c->best_refused.rtt_ns)
        c->best_refused = c->batch;
    if (++c->refused < 3)
        return false;
    adopt(c, &c->best_refused);
    return true;
}

uint64_t pf_clock_to_client(const struct pf_clock_sync *c, uint64_t host_ns)
{
    return c->valid ? host_ns - (uint64_t)c->current.offset_ns : host_ns;
}

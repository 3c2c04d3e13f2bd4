#include "punktfunk/loss.h"

#define MILLION           1000000ull
#define FRAME_DROPPED_PPM 50000ull /* added when a whole frame was lost in the window */
#define WANT_MAX          50u

uint32_t pf_loss_ppm(const struct pf_reassembler_stats *then, const struct pf_reassembler_stats *now)
{
    uint64_t restored = now->restored_shards - then->restored_shards;
    uint64_t late = now->late_shards - then->late_shards;
    uint64_t received = now->packets - then->packets;
    uint64_t lost = restored > late ? restored - late : 0;
    uint64_t ppm = received + lost ? lost * MILLION / (received + lost) : 0;
    if (now->frames_dropped != then->frames_dropped)
        ppm += FRAME_DROPPED_PPM;
    return (uint32_t)(ppm < MILLION ? ppm : MILLION);
}

/* ceil(ppm/10000 · 1.4) + 1, in whole numbers: 1.4/10000 is 14/100000. */
unsigned pf_parity_want(uint32_t ppm)
{
    uint64_t want = ((uint64_t)ppm * 14 + 99999) / 100000 + 1;
    return want < WANT_MAX ? (unsigned)want : WANT_MAX;
}

struct pf_parity_control pf_parity_control_start(int pin)
{
    if (pin < 0)
        return (struct pf_parity_control){.percent = PF_PARITY_PERCENT_START};
    unsigned percent = pin < (int)PF_PARITY_PERCENT_MAX ? (unsigned)pin : PF_PARITY_PERCENT_MAX;
    return (struct pf_parity_control){.percent = percent, .pinned = true};
}

void pf_parity_control_report(struct pf_parity_control *c, uint32_t ppm)
{
    if (c->pinned)
        return;
    unsigned want = pf_parity_want(ppm), fallen = c->percent > 0 ? c->percent - 1 : 0;
    c->percent = want > fallen ? want : fallen;
}

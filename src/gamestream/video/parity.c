#include "gamestream/video/parity.h"

#define MILLION        1000000ull
#define LOST_BLOCK_PPM 50000ull /* as a whole frame that was lost counts in punktfunk/1 */

void pf_gs_parity_start(struct pf_gs_parity *p, unsigned percent, bool pinned)
{
    *p = (struct pf_gs_parity){.control = {.percent = percent, .pinned = pinned}};
}

/* Of a block that was mended early the client never waited for the rest, which is not lost: only the gaps
 * before the newest packet count. */
bool pf_gs_parity_report(struct pf_gs_parity *p, const struct pf_gs_fec_status *s)
{
    unsigned shards = (unsigned)s->data_shards + s->parity_shards;
    unsigned received = (unsigned)s->received_data + s->received_parity;
    bool mended = received >= s->data_shards;
    unsigned missing = received < shards ? shards - received : 0;
    if (mended && s->missing_before_highest < missing)
        missing = s->missing_before_highest;
    p->lost += missing;
    p->lost_block |= !mended;
    return mended;
}

static uint32_t loss_ppm(const struct pf_gs_parity *p, uint64_t sent)
{
    uint64_t ppm = !sent ? 0 : p->lost < sent ? p->lost * MILLION / sent : MILLION;
    if (p->lost_block)
        ppm += LOST_BLOCK_PPM;
    return (uint32_t)(ppm < MILLION ? ppm : MILLION);
}

bool pf_gs_parity_step(struct pf_gs_parity *p, uint64_t sent, uint64_t now_ns)
{
    if (p->control.pinned || now_ns < p->ends_ns)
        return false;
    unsigned before = p->control.percent;
    if (p->ends_ns)
        pf_parity_control_report(&p->control, loss_ppm(p, sent - p->sent_before));
    if (p->control.percent < PF_GS_PARITY_LEAST)
        p->control.percent = PF_GS_PARITY_LEAST;
    p->lost = 0;
    p->lost_block = false;
    p->sent_before = sent;
    p->ends_ns = now_ns + PF_LOSS_REPORT_NS;
    return p->control.percent != before;
}

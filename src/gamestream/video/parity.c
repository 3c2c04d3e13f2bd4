#include "gamestream/video/parity.h"

#define MILLION        1000000ull
#define LOST_BLOCK_PPM 50000ull /* as a whole frame that was lost counts in punktfunk/1 */

void pf_gs_parity_start(struct pf_gs_parity *p, unsigned percent, bool pinned)
{
    *p = (struct pf_gs_parity){.control = {.percent = percent, .pinned = pinned}};
}

/* Clients tell of every block that lacked data, and of no other: only data can be counted. Parity comes last,
 * so whatever data had not come by then is lost. */
bool pf_gs_parity_report(struct pf_gs_parity *p, const struct pf_gs_fec_status *s)
{
    bool mended = (unsigned)s->received_data + s->received_parity >= s->data_shards;
    p->lost += s->received_data < s->data_shards ? s->data_shards - s->received_data : 0;
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

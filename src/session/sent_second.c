#include "session/sent_second.h"

#include "base/time.h"
#include "media/access_unit.h"

void pf_sent_second_start(struct pf_sent_second *s, uint64_t now_ns)
{
    *s = (struct pf_sent_second){.since_ns = now_ns, .start_ns = now_ns};
}

void pf_sent_second_add(
    struct pf_sent_second *s, const struct pf_access_unit *au, size_t bytes, uint64_t now_ns)
{
    uint64_t from = au->capture_mono_ns > s->since_ns ? au->capture_mono_ns : s->since_ns;
    s->units++;
    s->bytes += bytes;
    s->latency_ns += now_ns > from ? now_ns - from : 0;
}

bool pf_sent_second_tick(struct pf_sent_second *s, uint64_t now_ns, struct pf_sent_figures *ret_figures)
{
    uint64_t ns = now_ns - s->start_ns;
    if (ns < PF_NS_PER_S)
        return false;
    double seconds = (double)ns / (double)PF_NS_PER_S;
    *ret_figures = (struct pf_sent_figures){.fps = (unsigned)(s->units / seconds + 0.5),
        .kbps = (uint32_t)((double)s->bytes * 8 / 1000 / seconds + 0.5),
        .latency_us = s->units ? (uint32_t)(s->latency_ns / s->units / PF_NS_PER_US) : 0};
    *s = (struct pf_sent_second){.since_ns = s->since_ns, .start_ns = now_ns};
    return true;
}

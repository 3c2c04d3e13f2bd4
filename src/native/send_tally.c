#include "native/send_tally.h"

#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>

void pf_send_tally_start(struct pf_send_tally *t, uint64_t mono_ns)
{
    t->window_start_ns = mono_ns;
    t->bytes = t->packets = 0;
    t->units = t->at_once = t->paced = t->samples = 0;
}

void pf_send_tally_add(
    struct pf_send_tally *t, uint64_t encode_ns, uint64_t pace_ns, size_t bytes, unsigned packets, int paced)
{
    t->units++;
    t->bytes += bytes;
    t->packets += packets;
    if (paced)
        t->paced++;
    else
        t->at_once++;
    if (t->samples == PF_TALLY_SAMPLES)
        return;
    t->encode_us[t->samples] = (uint32_t)(encode_ns / PF_NS_PER_US);
    t->pace_us[t->samples++] = (uint32_t)(pace_ns / PF_NS_PER_US);
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint32_t pf_percentile(const uint32_t *sorted, unsigned n, unsigned percent)
{
    if (!n)
        return 0;
    unsigned rank = (n * percent + 99) / 100;
    return sorted[rank ? rank - 1 : 0];
}

void pf_send_tally_print(struct pf_send_tally *t, uint64_t mono_ns, char *out, size_t cap)
{
    double seconds = (double)(mono_ns - t->window_start_ns) / (double)PF_NS_PER_S;
    double mbps = seconds > 0 ? (double)t->bytes * 8 / seconds / 1e6 : 0;
    double fps = seconds > 0 ? t->units / seconds : 0;
    unsigned n = t->samples;
    qsort(t->encode_us, n, sizeof(t->encode_us[0]), ascending);
    qsort(t->pace_us, n, sizeof(t->pace_us[0]), ascending);
    snprintf(out, cap,
        "fps=%.1f tx_mbps=%.2f packets=%llu at_once=%u paced=%u encode_us_p50=%u encode_us_p99=%u "
        "pace_us_p50=%u pace_us_p99=%u pace_us_max=%u",
        fps, mbps, (unsigned long long)t->packets, t->at_once, t->paced, pf_percentile(t->encode_us, n, 50),
        pf_percentile(t->encode_us, n, 99), pf_percentile(t->pace_us, n, 50),
        pf_percentile(t->pace_us, n, 99), n ? t->pace_us[n - 1] : 0);
}

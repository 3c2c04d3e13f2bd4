#include "session/stream_meter.h"

#include "base/time.h"

#include <stdlib.h>
#include <string.h>

void pf_stream_meter_init(struct pf_stream_meter *m, uint64_t now_ns)
{
    *m = (struct pf_stream_meter){.second_start_ns = now_ns};
    pthread_mutex_init(&m->lock, NULL);
}

void pf_stream_meter_finish(struct pf_stream_meter *m)
{
    pthread_mutex_destroy(&m->lock);
}

static void ring_add(struct pf_meter_ring *r, uint64_t from_ns, uint64_t to_ns)
{
    uint64_t us = to_ns > from_ns ? (to_ns - from_ns) / PF_NS_PER_US : 0;
    r->us[r->next] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    r->next = (r->next + 1) % PF_METER_SAMPLES;
    if (r->count < PF_METER_SAMPLES)
        r->count++;
}

/* Closes the running second if it is over; a second without units counts as such. */
static void roll(struct pf_stream_meter *m, uint64_t now_ns)
{
    if (now_ns < m->second_start_ns + PF_NS_PER_S)
        return;
    bool recent = now_ns < m->second_start_ns + 2 * PF_NS_PER_S;
    m->stats.fresh_fps = recent ? m->second_fresh : 0;
    m->stats.repeat_fps = recent ? m->second_repeated : 0;
    m->stats.measured_kbps = recent ? (uint32_t)(m->second_bytes * 8 / 1000) : 0;
    m->second_start_ns = recent ? m->second_start_ns + PF_NS_PER_S : now_ns;
    m->second_fresh = m->second_repeated = 0;
    m->second_bytes = 0;
}

void pf_stream_meter_unit(struct pf_stream_meter *m, const struct pf_access_unit *au)
{
    pthread_mutex_lock(&m->lock);
    roll(m, au->encoded_mono_ns);
    ring_add(&m->encode, au->submit_mono_ns, au->encoded_mono_ns);
    if (au->repeat) {
        m->stats.repeated++;
        m->second_repeated++;
    } else {
        m->stats.fresh++;
        m->second_fresh++;
        ring_add(&m->queue, au->capture_mono_ns, au->submit_mono_ns);
    }
    m->stats.idrs += au->idr;
    m->stats.anchors += au->anchor;
    m->stats.bytes += au->len;
    m->second_bytes += au->len;
    pthread_mutex_unlock(&m->lock);
}

void pf_stream_meter_state(struct pf_stream_meter *m, enum pf_stream_state state)
{
    pthread_mutex_lock(&m->lock);
    m->stats.state = state;
    pthread_mutex_unlock(&m->lock);
}

void pf_stream_meter_terms(struct pf_stream_meter *m, const struct pf_mode *mode, uint32_t bitrate_kbps)
{
    pthread_mutex_lock(&m->lock);
    m->stats.mode = *mode;
    m->stats.bitrate_kbps = bitrate_kbps;
    pthread_mutex_unlock(&m->lock);
}

void pf_stream_meter_rebuilt(struct pf_stream_meter *m)
{
    pthread_mutex_lock(&m->lock);
    m->stats.rebuilds++;
    pthread_mutex_unlock(&m->lock);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void percentiles(const struct pf_meter_ring *r, uint32_t *ret_p50, uint32_t *ret_p99)
{
    uint32_t sorted[PF_METER_SAMPLES];
    if (!r->count)
        return;
    memcpy(sorted, r->us, r->count * sizeof(sorted[0]));
    qsort(sorted, r->count, sizeof(sorted[0]), by_value);
    *ret_p50 = sorted[(r->count - 1) / 2];
    *ret_p99 = sorted[(r->count - 1) * 99 / 100];
}

void pf_stream_meter_read(struct pf_stream_meter *m, uint64_t now_ns, struct pf_stream_stats *ret_stats)
{
    pthread_mutex_lock(&m->lock);
    roll(m, now_ns);
    struct pf_stream_stats stats = m->stats;
    struct pf_meter_ring encode = m->encode, queue = m->queue;
    pthread_mutex_unlock(&m->lock);
    percentiles(&encode, &stats.encode_us_p50, &stats.encode_us_p99);
    percentiles(&queue, &stats.queue_us_p50, &stats.queue_us_p99);
    *ret_stats = stats;
}

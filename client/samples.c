#include "client/samples.h"

#include <stdlib.h>

void probe_samples_finish(struct probe_samples *s)
{
    free(s->values);
    *s = (struct probe_samples){0};
}

void probe_samples_add(struct probe_samples *s, uint64_t value)
{
    if (s->count == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 1024;
        uint64_t *values = realloc(s->values, cap * sizeof(values[0]));
        if (!values)
            return;
        s->values = values;
        s->cap = cap;
    }
    s->values[s->count++] = value;
    s->sorted = false;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

uint64_t probe_samples_at(struct probe_samples *s, double fraction)
{
    if (s->count == 0)
        return 0;
    if (!s->sorted)
        qsort(s->values, s->count, sizeof(s->values[0]), compare);
    s->sorted = true;
    size_t i = (size_t)((double)s->count * fraction);
    return s->values[i < s->count ? i : s->count - 1];
}

uint64_t probe_samples_max(struct probe_samples *s)
{
    return probe_samples_at(s, 1.0);
}

static void put(struct probe_split_ring *ring, uint64_t pts_ns, uint64_t us)
{
    ring->slots[ring->next].pts_ns = pts_ns;
    ring->slots[ring->next].us = us;
    ring->next = (ring->next + 1) % PROBE_SPLIT_PENDING;
}

static bool take(struct probe_split_ring *ring, uint64_t pts_ns, uint64_t *ret_us)
{
    for (size_t back = 1; back <= PROBE_SPLIT_PENDING; back++) {
        size_t i = (ring->next + PROBE_SPLIT_PENDING - back) % PROBE_SPLIT_PENDING;
        if (ring->slots[i].pts_ns == pts_ns) {
            *ret_us = ring->slots[i].us;
            ring->slots[i].pts_ns = 0;
            return true;
        }
    }
    return false;
}

static void join(struct probe_split *s, uint64_t latency_us, uint64_t host_us)
{
    probe_samples_add(&s->host_us, host_us);
    probe_samples_add(&s->network_us, latency_us > host_us ? latency_us - host_us : 0);
}

void probe_split_received(struct probe_split *s, uint64_t pts_ns, uint64_t latency_us)
{
    uint64_t host_us;
    if (pts_ns == 0)
        return;
    if (take(&s->told, pts_ns, &host_us))
        join(s, latency_us, host_us);
    else
        put(&s->received, pts_ns, latency_us);
}

void probe_split_told(struct probe_split *s, uint64_t pts_ns, uint64_t host_us)
{
    uint64_t latency_us;
    if (pts_ns == 0)
        return;
    if (take(&s->received, pts_ns, &latency_us))
        join(s, latency_us, host_us);
    else
        put(&s->told, pts_ns, host_us);
}

void probe_split_finish(struct probe_split *s)
{
    probe_samples_finish(&s->host_us);
    probe_samples_finish(&s->network_us);
}

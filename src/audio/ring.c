#include "audio/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pf_audio_ring_init(struct pf_audio_ring *r, size_t samples)
{
    size_t cap = 64;
    while (cap < samples)
        cap *= 2;
    *r = (struct pf_audio_ring){.samples = calloc(cap, sizeof(float)), .cap = cap};
    return r->samples ? 0 : -ENOMEM;
}

void pf_audio_ring_finish(struct pf_audio_ring *r)
{
    free(r->samples);
    r->samples = NULL;
}

size_t pf_audio_ring_len(const struct pf_audio_ring *r)
{
    return atomic_load_explicit(&r->end, memory_order_acquire) -
           atomic_load_explicit(&r->begin, memory_order_acquire);
}

size_t pf_audio_ring_write(struct pf_audio_ring *r, const float *samples, size_t count)
{
    size_t end = atomic_load_explicit(&r->end, memory_order_relaxed);
    size_t used = end - atomic_load_explicit(&r->begin, memory_order_acquire);
    if (r->cap - used < count)
        return 0;
    size_t at = end & (r->cap - 1), first = r->cap - at < count ? r->cap - at : count;
    memcpy(r->samples + at, samples, first * sizeof(float));
    memcpy(r->samples, samples + first, (count - first) * sizeof(float));
    atomic_store_explicit(&r->end, end + count, memory_order_release);
    return count;
}

size_t pf_audio_ring_read(struct pf_audio_ring *r, float *ret_samples, size_t count)
{
    size_t begin = atomic_load_explicit(&r->begin, memory_order_relaxed);
    if (atomic_load_explicit(&r->end, memory_order_acquire) - begin < count)
        return 0;
    size_t at = begin & (r->cap - 1), first = r->cap - at < count ? r->cap - at : count;
    memcpy(ret_samples, r->samples + at, first * sizeof(float));
    memcpy(ret_samples + first, r->samples, (count - first) * sizeof(float));
    atomic_store_explicit(&r->begin, begin + count, memory_order_release);
    return count;
}

void pf_audio_ring_drop(struct pf_audio_ring *r, size_t count)
{
    size_t begin = atomic_load_explicit(&r->begin, memory_order_relaxed), len = pf_audio_ring_len(r);
    atomic_store_explicit(&r->begin, begin + (count < len ? count : len), memory_order_release);
}

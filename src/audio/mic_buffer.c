#include "audio/mic_buffer.h"

#include <string.h>

#define ROOM   (3 * PF_MIC_TARGET_MAX) /* frames: twice the target, and the longest packets or takes on top */
#define RATE   48000u
#define MARGIN (5 * PF_NS_PER_MS)

int pf_mic_buffer_init(struct pf_mic_buffer *b)
{
    *b = (struct pf_mic_buffer){.target = PF_MIC_TARGET_FIRST};
    return pf_audio_ring_init(&b->ring, (size_t)ROOM * PF_MIC_CHANNELS);
}

void pf_mic_buffer_finish(struct pf_mic_buffer *b)
{
    pf_audio_ring_finish(&b->ring);
}

void pf_mic_buffer_reset(struct pf_mic_buffer *b)
{
    pf_audio_ring_drop(&b->ring, SIZE_MAX);
    b->playing = false;
    b->taken_ns = 0;
}

/* Packets that come in bursts leave gaps, which the buffer has to bridge. */
static void note_gap(struct pf_mic_buffer *b, uint64_t now_ns, uint64_t gap_ns)
{
    uint64_t worst = 0;
    if (!b->second_ns)
        b->second_ns = now_ns;
    if (gap_ns <= PF_MIC_GAP_MAX_NS && gap_ns > b->gaps_ns[b->second])
        b->gaps_ns[b->second] = gap_ns;
    if (now_ns - b->second_ns < PF_NS_PER_S)
        return;
    for (unsigned i = 0; i < PF_MIC_GAPS; i++)
        worst = b->gaps_ns[i] > worst ? b->gaps_ns[i] : worst;
    uint64_t target = (worst + MARGIN) * RATE / PF_NS_PER_S;
    atomic_store(&b->target, (uint32_t)(target < PF_MIC_TARGET_MIN ? PF_MIC_TARGET_MIN : target));
    b->second = (b->second + 1) % PF_MIC_GAPS;
    b->gaps_ns[b->second] = 0;
    b->second_ns = now_ns;
}

void pf_mic_buffer_begin(struct pf_mic_buffer *b)
{
    if (pf_audio_ring_len(&b->ring))
        atomic_store(&b->flush, true);
    atomic_store(&b->put_ns, 0);
    atomic_store(&b->target, PF_MIC_TARGET_FIRST);
    memset(b->gaps_ns, 0, sizeof(b->gaps_ns));
    b->second_ns = 0;
    b->second = 0;
}

void pf_mic_buffer_put(struct pf_mic_buffer *b, uint64_t now_ns, const float *samples, size_t frames)
{
    uint64_t before = atomic_load(&b->put_ns);
    if (before && now_ns - before > PF_MIC_PAUSE_NS)
        atomic_store(&b->flush, true);
    if (before)
        note_gap(b, now_ns, now_ns - before);
    atomic_store(&b->put_ns, now_ns);
    pf_audio_ring_write(&b->ring, samples, frames * PF_MIC_CHANNELS);
}

/* Old sound is worse than none: after a pause of either side playing begins anew. */
static bool is_stale(struct pf_mic_buffer *b, uint64_t now_ns)
{
    uint64_t put = atomic_load(&b->put_ns);
    bool nobody_took = b->taken_ns && now_ns - b->taken_ns > PF_MIC_STALE_NS;
    bool nobody_put = put && now_ns > put && now_ns - put > PF_MIC_STALE_NS;
    b->taken_ns = now_ns;
    return atomic_exchange(&b->flush, false) || nobody_took || nobody_put;
}

bool pf_mic_buffer_take(struct pf_mic_buffer *b, uint64_t now_ns, float *ret_samples, size_t frames)
{
    size_t want = frames * PF_MIC_CHANNELS, target = (size_t)atomic_load(&b->target) * PF_MIC_CHANNELS;
    if (target < want)
        target = want;
    if (is_stale(b, now_ns)) {
        pf_audio_ring_drop(&b->ring, SIZE_MAX);
        b->playing = false;
    }
    size_t have = pf_audio_ring_len(&b->ring), most = 2 * target + want; /* a burst may come on top */
    if (have > most) {
        pf_audio_ring_drop(&b->ring, have - most);
        have = most;
    }
    if (!b->playing)
        b->playing = have >= target;
    size_t played = b->playing ? (have < want ? have : want) : 0;
    pf_audio_ring_read(&b->ring, ret_samples, played);
    memset(ret_samples + played, 0, (want - played) * sizeof(float));
    if (b->playing && have <= played)
        b->playing = false; /* empty */
    return played > 0;
}

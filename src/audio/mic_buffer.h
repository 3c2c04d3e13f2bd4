/* What is between the packets of a microphone, which come in bursts, and a sound server, which takes a little
 * at a time and never waits: how much to keep, when to begin, what to let go. Pure; time is an argument.
 *
 * One thread puts, another takes (the sound server's real-time thread: nothing here allocates or blocks).
 * Rules: docs/spec/input-audio-encode.md 3.4, stale, and 9, mic: the target follows the gaps.
 */
#ifndef PF_AUDIO_MIC_BUFFER_H
#define PF_AUDIO_MIC_BUFFER_H

#include "audio/ring.h"
#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

#define PF_MIC_CHANNELS     2u
#define PF_MIC_STALE_NS     PF_NS_PER_S          /* nothing older is ever played */
#define PF_MIC_PAUSE_NS     (600 * PF_NS_PER_MS) /* a longer pause in the uplink: what is kept is of no use */
#define PF_MIC_GAP_MAX_NS   (250 * PF_NS_PER_MS) /* between packets; a longer one is no habit */
#define PF_MIC_GAPS         4u                   /* seconds that are remembered */
#define PF_MIC_TARGET_FIRST 1920u                /* frames: 40 ms, until the habit is known */
#define PF_MIC_TARGET_MIN   720u                 /* frames: 15 ms */
#define PF_MIC_TARGET_MAX   12240u               /* frames: the longest gap and 5 ms */

struct pf_mic_buffer {
    struct pf_audio_ring ring;
    _Atomic uint64_t put_ns; /* when the newest came; 0: never */
    atomic_bool flush;       /* the next take drops what there is */
    _Atomic uint32_t target; /* frames to have before playing: what bridges the worst gap of the uplink */
    /* The putter's. */
    uint64_t gaps_ns[PF_MIC_GAPS]; /* the worst of each of the last seconds */
    uint64_t second_ns;            /* when the present one began; 0: not yet */
    unsigned second;
    /* The taker's. */
    bool playing; /* false: waits until there is enough */
    uint64_t taken_ns;
};

/* -ENOMEM. */
int pf_mic_buffer_init(struct pf_mic_buffer *buffer);
void pf_mic_buffer_finish(struct pf_mic_buffer *buffer);

/* Somebody else is about to put: what is kept, and the habits of the former, are of no use. */
void pf_mic_buffer_begin(struct pf_mic_buffer *buffer);

/* `frames` frames of two channels. What does not fit is dropped: nobody takes. */
void pf_mic_buffer_put(struct pf_mic_buffer *buffer, uint64_t now_ns, const float *samples, size_t frames);

/* Fills exactly `frames` frames, with silence where there is nothing. False: all of it is silence. */
bool pf_mic_buffer_take(struct pf_mic_buffer *buffer, uint64_t now_ns, float *ret_samples, size_t frames);

/* Forgets everything: nobody has taken for a while. The taker must not run. */
void pf_mic_buffer_reset(struct pf_mic_buffer *buffer);

#endif

/* Samples on their way from an audio server's thread to one of ours: one writer, one reader, neither blocks
 * the other. */
#ifndef PF_AUDIO_RING_H
#define PF_AUDIO_RING_H

#include <stdatomic.h>
#include <stddef.h>

struct pf_audio_ring {
    float *samples;
    size_t cap;           /* a power of two */
    _Atomic size_t begin; /* moved by the reader */
    _Atomic size_t end;   /* moved by the writer */
};

/* Room for at least `samples`. -ENOMEM. */
int pf_audio_ring_init(struct pf_audio_ring *ring, size_t samples);
void pf_audio_ring_finish(struct pf_audio_ring *ring);

/* All of it or, if there is no room, nothing. Returns what was written. Writer. */
size_t pf_audio_ring_write(struct pf_audio_ring *ring, const float *samples, size_t count);
/* All of it or, if there is less, nothing. Returns what was read. Reader. */
size_t pf_audio_ring_read(struct pf_audio_ring *ring, float *ret_samples, size_t count);
/* Samples that wait. */
size_t pf_audio_ring_len(const struct pf_audio_ring *ring);
/* Drops up to `count` of the oldest. Reader. */
void pf_audio_ring_drop(struct pf_audio_ring *ring, size_t count);

#endif

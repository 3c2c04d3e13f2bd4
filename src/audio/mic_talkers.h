/* Who talks into the virtual microphone: each has a buffer of its own, and what is taken is their sum. Pure;
 * time is an argument.
 *
 * One thread puts (and lets in and out), another takes: the sound server's real-time thread, so nothing there
 * allocates or blocks. The decoders belong to the putter, one for each talker, by the talker's number.
 */
#ifndef PF_AUDIO_MIC_TALKERS_H
#define PF_AUDIO_MIC_TALKERS_H

#include "audio/mic_buffer.h"

#define PF_MIC_TALKERS   8u                /* at once; others are not heard until one of them is silent */
#define PF_MIC_SILENT_NS (5 * PF_NS_PER_S) /* who says nothing for so long gives its place up */
#define PF_MIC_TAKE_MAX  8192u             /* frames that one turn of the sound server asks for */

struct pf_mic_talker {
    bool here;         /* the putter's, and so are the next two */
    uint32_t session;  /* who it is */
    uint64_t heard_ns; /* its newest packet, or when it left */
    struct pf_mic_buffer buffer;
};

struct pf_mic_talkers {
    struct pf_mic_talker talkers[PF_MIC_TALKERS];
    float *scratch; /* the taker's: one talker's share of PF_MIC_TAKE_MAX frames */
};

/* -ENOMEM; pf_mic_talkers_finish is due in any case. */
int pf_mic_talkers_init(struct pf_mic_talkers *t);
void pf_mic_talkers_finish(struct pf_mic_talkers *t);

/* ---- the putter ---- */

/* The number of the session's talker, which is let in if need be: *ret_new, and its decoder begins anew. -1:
 * too many talk. */
int pf_mic_talkers_find(struct pf_mic_talkers *t, uint64_t now_ns, uint32_t session, bool *ret_new);
/* `frames` frames of two channels of that talker. */
void pf_mic_talkers_put(
    struct pf_mic_talkers *t, int talker, uint64_t now_ns, const float *samples, size_t frames);
/* The session is over. Returns its talker's number, whose decoder can go, or -1: it did not talk. What it
 * said last is still heard. */
int pf_mic_talkers_leave(struct pf_mic_talkers *t, uint64_t now_ns, uint32_t session);
/* The same for one that has been silent for PF_MIC_SILENT_NS; -1: none has. */
int pf_mic_talkers_expire(struct pf_mic_talkers *t, uint64_t now_ns);
/* When to call that; UINT64_MAX: nobody talks. */
uint64_t pf_mic_talkers_deadline(const struct pf_mic_talkers *t);
/* Forgets all that was said: nobody has taken for a while. The taker must not run. */
void pf_mic_talkers_reset(struct pf_mic_talkers *t);

/* ---- the taker ---- */

/* Fills exactly `frames` frames of two channels with the sum of all, cut off at ±1. */
void pf_mic_talkers_take(struct pf_mic_talkers *t, uint64_t now_ns, float *ret_samples, size_t frames);

#endif

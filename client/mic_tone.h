/* A tone for the host's microphone: Opus packets as the reference client's test sends them. */
#ifndef PF_CLIENT_MIC_TONE_H
#define PF_CLIENT_MIC_TONE_H

#include "client/options.h"
#include "net/loop.h"
#include "net/quic.h"

struct probe_mic_tone;

/* *ret_tone is NULL if none is wanted. -EIO, -ENOMEM with a sentence. */
int probe_mic_tone_create(struct pf_loop *loop, const struct probe_options *options,
    struct probe_mic_tone **ret_tone, struct pf_error *err);
void probe_mic_tone_start(struct probe_mic_tone *tone, struct pf_quic_conn *conn); /* NULL is allowed */
void probe_mic_tone_stop(struct probe_mic_tone *tone);                             /* likewise */
void probe_mic_tone_destroy(struct probe_mic_tone *tone);                          /* likewise */

#endif

/* The desktop audio of one session: a thread that listens, encodes, and hands Opus packets to the protocol
 * (docs/spec/input-audio-encode.md 3).
 *
 * A session without audio goes on: whatever fails is tried again every 2 s. While nothing plays nothing is
 * handed over.
 */
#ifndef PF_SESSION_AUDIO_H
#define PF_SESSION_AUDIO_H

#include "audio/audio.h"
#include "audio/opus_encoder.h"

#include <stdint.h>

struct pf_session_audio;

struct pf_session_audio_config {
    struct pf_audio *audio;       /* a reference is taken */
    struct pf_opus_layout layout; /* of pf_opus_layout_of */
    unsigned frame_ms;            /* 5 or 10: what a packet holds */
    const char *label;            /* of the client, for log lines; copied */
    void *user;
    /* On the thread: one Opus packet, at most PF_OPUS_PACKET_MAX bytes; borrowed for the call, which does not
     * block for long. */
    void (*packet)(void *user, const uint8_t *opus, size_t len);
};

/* -ENOMEM or another -errno with a sentence. */
int pf_session_audio_start(
    const struct pf_session_audio_config *config, struct pf_session_audio **ret_audio, struct pf_error *err);

/* Blocks for no longer than a call of `packet`, which is not called any more; the thread ends by itself,
 * soon. NULL is allowed. */
void pf_session_audio_stop(struct pf_session_audio *audio);

#endif

/* The virtual microphone: what clients say becomes a source that programs of this machine can record.
 *
 * One for the host's life, shared by all sessions, whose voices are mixed. A thread of its own
 * decodes; whatever fails is tried again
 * (docs/spec/input-audio-encode.md 3.4).
 */
#ifndef PF_AUDIO_MIC_H
#define PF_AUDIO_MIC_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define PF_MIC_QUEUE      64u   /* packets that wait; newer ones are dropped */
#define PF_MIC_PACKET_MAX 1500u /* bytes; longer ones are no microphone's */

struct pf_mic;

/* Starts the thread, which opens the source. -ENOTSUP: this build has no audio; -errno with a sentence. */
int pf_mic_create(struct pf_mic **ret_mic, struct pf_error *err);
/* Takes the source away. Blocks for some milliseconds. NULL is allowed. */
void pf_mic_destroy(struct pf_mic *mic);

/* An Opus packet of a client (48 kHz, at most 120 ms); `session` tells clients apart: each has a decoder of
 * its own while it talks. Any thread, never blocks; the bytes are copied. An empty one is a pause. */
void pf_mic_push(struct pf_mic *mic, uint32_t session, const uint8_t *packet, size_t len);
/* The session has ended. Likewise. */
void pf_mic_leave(struct pf_mic *mic, uint32_t session);

#endif

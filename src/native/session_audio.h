/* The desktop audio of one session: a thread that listens, encodes 5 ms at a time and hands datagrams to the
 * control loop (docs/spec/punktfunk1-control.md 4.2, 6.8).
 *
 * A session without audio goes on: whatever fails is tried again every 2 s. Datagrams that the loop does not
 * take in time are dropped, the oldest first. The number goes on over all gaps.
 */
#ifndef PF_NATIVE_SESSION_AUDIO_H
#define PF_NATIVE_SESSION_AUDIO_H

#include "audio/audio.h"
#include "base/time.h"
#include "net/loop.h"

#include <stdint.h>

struct pf_session_audio;

struct pf_session_audio_config {
    struct pf_audio *audio; /* a reference is taken */
    unsigned channels;      /* 2, 6 or 8 */
    struct pf_wall_clock clock;
    const char *label; /* of the client, for log lines; copied */
    void *user;
    /* Control loop: one datagram to send; borrowed for the call. */
    void (*send)(void *user, const uint8_t *datagram, size_t len);
};

/* Control loop. -ENOMEM or another -errno with a sentence. */
int pf_session_audio_start(struct pf_loop *loop, const struct pf_session_audio_config *config,
    struct pf_session_audio **ret_audio, struct pf_error *err);

/* Control loop; never blocks. `send` is not called any more; the thread ends by itself, soon. NULL is
 * allowed. */
void pf_session_audio_stop(struct pf_session_audio *audio);

#endif

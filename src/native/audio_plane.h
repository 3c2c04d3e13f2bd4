/* The desktop audio of one session as datagrams (docs/spec/punktfunk1-control.md 4.2, 6.8).
 *
 * Datagrams that the control loop does not take in time are dropped, the oldest first. The number goes on
 * over all gaps.
 */
#ifndef PF_NATIVE_AUDIO_PLANE_H
#define PF_NATIVE_AUDIO_PLANE_H

#include "audio/audio.h"
#include "base/time.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct pf_audio_plane;

struct pf_audio_plane_config {
    struct pf_audio *audio; /* a reference is taken */
    unsigned channels;      /* 2, 6 or 8 */
    struct pf_wall_clock clock;
    const char *label; /* of the client, for log lines; copied */
    void *user;
    /* Control loop: one datagram to send; borrowed for the call. */
    void (*send)(void *user, const uint8_t *datagram, size_t len);
};

/* Control loop. -ENOMEM or another -errno with a sentence. */
int pf_audio_plane_start(struct pf_loop *loop, const struct pf_audio_plane_config *config,
    struct pf_audio_plane **ret_plane, struct pf_error *err);

/* Control loop. True once a datagram was sent; silence is sent, too. NULL: false. */
bool pf_audio_plane_has_begun(const struct pf_audio_plane *plane);

/* Control loop; never blocks for long. `send` is not called any more. NULL is allowed. */
void pf_audio_plane_stop(struct pf_audio_plane *plane);

#endif

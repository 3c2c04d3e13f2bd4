/* Opus as both protocols want it: 48 kHz, restricted low delay, hard constant bitrate
 * (docs/spec/input-audio-encode.md 3.1). One thread.
 */
#ifndef PF_AUDIO_OPUS_ENCODER_H
#define PF_AUDIO_OPUS_ENCODER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_OPUS_PACKET_MAX 4096u

struct pf_opus_layout {
    unsigned channels, streams, coupled; /* the mapping is the identity */
    uint32_t bitrate;                    /* bit/s of all channels */
};

/* The layout for 2, 6 or 8 channels; `high_quality` is a wish of GameStream clients. */
struct pf_opus_layout pf_opus_layout_of(unsigned channels, bool high_quality);

struct pf_opus_encoder;

/* -EIO if the library refuses, -ENOMEM. */
int pf_opus_encoder_create(
    const struct pf_opus_layout *layout, struct pf_opus_encoder **ret_encoder, struct pf_error *err);
void pf_opus_encoder_destroy(struct pf_opus_encoder *encoder); /* NULL is allowed */

/* Encodes one frame of `frames` samples a channel (240 or 480). Returns the packet's length, -EIO. */
int pf_opus_encode(
    struct pf_opus_encoder *encoder, const float *samples, unsigned frames, uint8_t *out, size_t cap);

#endif

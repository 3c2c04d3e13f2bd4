#include "audio/opus_encoder.h"

#include "audio/audio.h"

#include <errno.h>
#include <opus_multistream.h>
#include <stdlib.h>

/* A multistream encoder of one coupled stream makes the same bytes as a plain one. */
struct pf_opus_encoder {
    OpusMSEncoder *opus;
};

struct pf_opus_layout pf_opus_layout_of(unsigned channels, bool high_quality)
{
    switch (channels) {
    case 8:
        return high_quality ? (struct pf_opus_layout){8, 8, 0, 2048000}
                            : (struct pf_opus_layout){8, 5, 3, 450000};
    case 6:
        return high_quality ? (struct pf_opus_layout){6, 6, 0, 1536000}
                            : (struct pf_opus_layout){6, 4, 2, 256000};
    default:
        return (struct pf_opus_layout){2, 1, 1, high_quality ? 512000 : 128000};
    }
}

int pf_opus_encoder_create(
    const struct pf_opus_layout *l, struct pf_opus_encoder **ret_encoder, struct pf_error *err)
{
    static const unsigned char identity[PF_AUDIO_CHANNELS_MAX] = {0, 1, 2, 3, 4, 5, 6, 7};
    int rc = OPUS_OK;
    struct pf_opus_encoder *e = calloc(1, sizeof(*e));
    if (!e)
        return pf_error_set(err, -ENOMEM, "there is no memory for audio");
    e->opus = opus_multistream_encoder_create((opus_int32)PF_AUDIO_RATE, (int)l->channels, (int)l->streams,
        (int)l->coupled, identity, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &rc);
    if (rc == OPUS_OK)
        rc = opus_multistream_encoder_ctl(e->opus, OPUS_SET_BITRATE((opus_int32)l->bitrate));
    if (rc == OPUS_OK)
        rc = opus_multistream_encoder_ctl(e->opus, OPUS_SET_VBR(0));
    if (rc != OPUS_OK) {
        pf_opus_encoder_destroy(e);
        return pf_error_set(err, -EIO, "the Opus encoder cannot be made: %s", opus_strerror(rc));
    }
    *ret_encoder = e;
    return 0;
}

void pf_opus_encoder_destroy(struct pf_opus_encoder *e)
{
    if (!e)
        return;
    if (e->opus)
        opus_multistream_encoder_destroy(e->opus);
    free(e);
}

int pf_opus_encode(struct pf_opus_encoder *e, const float *samples, unsigned frames, uint8_t *out, size_t cap)
{
    int len = opus_multistream_encode_float(e->opus, samples, (int)frames, out, (opus_int32)cap);
    return len < 0 ? -EIO : len;
}

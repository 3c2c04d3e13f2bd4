#include "audio/audio.h"
#include "audio/mic.h"
#include "audio/opus_encoder.h"

#include <errno.h>

/* A build without PipeWire. */

bool pf_audio_available(void)
{
    return false;
}

int pf_audio_create(const struct pf_audio_notes *notes, struct pf_audio **ret_audio, struct pf_error *err)
{
    (void)ret_audio;
    return pf_error_set(err, -ENOTSUP, "this build has no audio: it was made without PipeWire");
}

void pf_audio_destroy(struct pf_audio *audio)
{
    (void)audio;
}

struct pf_audio *pf_audio_ref(struct pf_audio *audio)
{
    return audio;
}

void pf_audio_unref(struct pf_audio *audio)
{
    (void)audio;
}

int pf_audio_capture_open(
    struct pf_audio *audio, unsigned channels, struct pf_audio_capture **ret_capture, struct pf_error *err)
{
    (void)audio;
    (void)channels;
    (void)ret_capture;
    return pf_error_set(err, -ENOTSUP, "this build has no audio");
}

void pf_audio_capture_close(struct pf_audio_capture *capture)
{
    (void)capture;
}

int pf_audio_capture_read(struct pf_audio_capture *capture, float *ret_samples, unsigned timeout_ms)
{
    (void)capture;
    (void)ret_samples;
    (void)timeout_ms;
    return -EPIPE;
}

struct pf_opus_layout pf_opus_layout_of(unsigned channels, bool high_quality)
{
    return (struct pf_opus_layout){0};
}

int pf_opus_encoder_create(
    const struct pf_opus_layout *layout, struct pf_opus_encoder **ret_encoder, struct pf_error *err)
{
    return pf_error_set(err, -ENOTSUP, "this build has no audio");
}

void pf_opus_encoder_destroy(struct pf_opus_encoder *encoder)
{
    (void)encoder;
}

int pf_opus_encode(
    struct pf_opus_encoder *encoder, const float *samples, unsigned frames, uint8_t *out, size_t cap)
{
    return -EIO;
}

int pf_mic_create(struct pf_mic **ret_mic, struct pf_error *err)
{
    return pf_error_set(err, -ENOTSUP, "this build has no microphone: it was made without PipeWire");
}

void pf_mic_destroy(struct pf_mic *mic)
{
    (void)mic;
}

void pf_mic_push(struct pf_mic *mic, uint32_t session, const uint8_t *packet, size_t len)
{
    (void)mic;
}

void pf_mic_leave(struct pf_mic *mic, uint32_t session)
{
    (void)mic;
}

int pf_audio_recover(const char *before)
{
    (void)before;
    return 0;
}

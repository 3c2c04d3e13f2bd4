#include "session/audio.h"

#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE         "audio"
#define READ_MS       200u
#define READS_MAX     2u /* of 5 ms, in a packet */
#define RETRY_NS      (2 * PF_NS_PER_S)
#define RETRY_STEP_NS (200 * PF_NS_PER_MS)

struct pf_session_audio {
    struct pf_session_audio_config config;
    char label[48];
    atomic_uint refs; /* the thread's and the session's */
    atomic_bool stop;
    pthread_mutex_t talk; /* held while `packet` is called */

    /* The thread's. */
    struct pf_opus_encoder *encoder;
    struct pf_rate_limit complaints;
    float samples[READS_MAX * PF_AUDIO_FRAME * PF_AUDIO_CHANNELS_MAX];
    uint8_t opus[PF_OPUS_PACKET_MAX];
};

static void unref(struct pf_session_audio *a)
{
    if (atomic_fetch_sub(&a->refs, 1) > 1)
        return;
    pf_opus_encoder_destroy(a->encoder);
    pthread_mutex_destroy(&a->talk);
    pf_audio_unref(a->config.audio);
    free(a);
}

static void hand_over(struct pf_session_audio *a, size_t len)
{
    pthread_mutex_lock(&a->talk);
    if (!atomic_load(&a->stop))
        a->config.packet(a->config.user, a->opus, len);
    pthread_mutex_unlock(&a->talk);
}

/* Until the audio server goes away. What is left of a frame then is never sent. */
static void listen_to(struct pf_session_audio *a, struct pf_audio_capture *capture)
{
    unsigned reads = a->config.frame_ms / 5, have = 0;
    size_t step = (size_t)PF_AUDIO_FRAME * a->config.layout.channels;
    while (!atomic_load(&a->stop)) {
        int rc = pf_audio_capture_read(capture, a->samples + have * step, READ_MS);
        if (rc < 0)
            return;
        if (rc == 0 || ++have < reads)
            continue;
        int len = pf_opus_encode(a->encoder, a->samples, reads * PF_AUDIO_FRAME, a->opus, sizeof(a->opus));
        have = 0;
        if (len > 0)
            hand_over(a, (size_t)len);
    }
}

static void wait_for_retry(struct pf_session_audio *a)
{
    uint64_t end = pf_time_mono_ns() + RETRY_NS;
    while (!atomic_load(&a->stop) && pf_time_mono_ns() < end)
        pf_time_sleep_until(pf_time_mono_ns() + RETRY_STEP_NS);
}

static void run(void *arg)
{
    struct pf_session_audio *a = arg;
    struct pf_audio_capture *capture;
    struct pf_error err = {"the audio server is gone"};
    while (!atomic_load(&a->stop)) {
        int rc = pf_audio_capture_open(a->config.audio, a->config.layout.channels, &capture, &err);
        if (rc == 0) {
            listen_to(a, capture);
            pf_audio_capture_close(capture);
            pf_error_set(&err, -EPIPE, "the audio server is gone");
        }
        if (atomic_load(&a->stop))
            break;
        if (pf_rate_limit_pass(&a->complaints, pf_time_mono_ns(), NULL))
            pf_log_warn(SCOPE, "no audio for now client=%s: %s", a->label, err.text);
        wait_for_retry(a);
    }
    unref(a);
}

int pf_session_audio_start(
    const struct pf_session_audio_config *config, struct pf_session_audio **ret_audio, struct pf_error *err)
{
    struct pf_session_audio *a = calloc(1, sizeof(*a));
    if (!a)
        return pf_error_set(err, -ENOMEM, "there is no memory for audio");
    a->config = *config;
    a->config.label = NULL;
    pf_audio_ref(a->config.audio);
    snprintf(a->label, sizeof(a->label), "%s", config->label);
    a->complaints = (struct pf_rate_limit){.interval_ns = 60 * PF_NS_PER_S, .burst = 2};
    atomic_init(&a->refs, 2);
    pthread_mutex_init(&a->talk, NULL);
    pthread_t thread;
    int rc = pf_opus_encoder_create(&config->layout, &a->encoder, err);
    if (rc < 0)
        goto fail;
    rc = pf_thread_start(&thread, "audio", PF_THREAD_CAPTURE, run, a);
    if (rc < 0) {
        pf_error_set(err, rc, "the audio thread could not be started: %s", strerror(-rc));
        goto fail;
    }
    pthread_detach(thread);
    *ret_audio = a;
    return 0;
fail:
    atomic_store(&a->refs, 1);
    unref(a);
    return rc;
}

void pf_session_audio_stop(struct pf_session_audio *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->talk);
    atomic_store(&a->stop, true);
    pthread_mutex_unlock(&a->talk);
    unref(a);
}

#include "native/session_audio.h"

#include "audio/opus_encoder.h"
#include "base/log.h"
#include "base/thread.h"
#include "punktfunk/wire.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE         "audio"
#define QUEUE         16u  /* 80 ms */
#define DATAGRAM_MAX  512u /* the largest layout makes 282 bytes */
#define READ_MS       200u
#define RETRY_NS      (2 * PF_NS_PER_S)
#define RETRY_STEP_NS (200 * PF_NS_PER_MS)

struct datagram {
    size_t len;
    uint8_t data[DATAGRAM_MAX];
};

struct pf_session_audio {
    struct pf_session_audio_config config;
    char label[48];
    atomic_uint refs; /* the thread's and the session's */
    atomic_bool stop;

    pthread_mutex_t lock;
    struct pf_signal *signal; /* NULL: stopped */
    struct datagram queue[QUEUE];
    unsigned head, len;

    /* The thread's. */
    struct pf_opus_encoder *encoder;
    uint32_t next_seq;
    struct pf_rate_limit complaints;
};

static void unref(struct pf_session_audio *a)
{
    if (atomic_fetch_sub(&a->refs, 1) > 1)
        return;
    pf_opus_encoder_destroy(a->encoder);
    pthread_mutex_destroy(&a->lock);
    pf_audio_unref(a->config.audio);
    free(a);
}

/* ---- the thread -----------------------------------------------------------------------------------------
 */

static void queue_packet(struct pf_session_audio *a, const uint8_t *opus, size_t len)
{
    const struct pf_datagram msg = {.tag = PF_DATAGRAM_AUDIO,
        .audio = {
            .seq = a->next_seq++, .pts_ns = pf_wall_clock_now(&a->config.clock), .data = opus, .len = len}};
    pthread_mutex_lock(&a->lock);
    if (a->len == QUEUE) {
        a->head++;
        a->len--;
    }
    struct datagram *d = &a->queue[(a->head + a->len) % QUEUE];
    int n = pf_datagram_encode(&msg, d->data, sizeof(d->data));
    d->len = n > 0 ? (size_t)n : 0;
    a->len++;
    if (a->signal)
        pf_signal_raise(a->signal);
    pthread_mutex_unlock(&a->lock);
}

/* Until the audio server goes away. What is left of a frame then is never sent. */
static void listen_to(struct pf_session_audio *a, struct pf_audio_capture *capture)
{
    float samples[PF_AUDIO_FRAME * PF_AUDIO_CHANNELS_MAX];
    uint8_t opus[DATAGRAM_MAX - PF_DATAGRAM_AUDIO_HEADER_MAX];
    while (!atomic_load(&a->stop)) {
        int rc = pf_audio_capture_read(capture, samples, READ_MS);
        if (rc < 0)
            return;
        int len = rc ? pf_opus_encode(a->encoder, samples, PF_AUDIO_FRAME, opus, sizeof(opus)) : 0;
        if (len > 0)
            queue_packet(a, opus, (size_t)len);
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
        int rc = pf_audio_capture_open(a->config.audio, a->config.channels, &capture, &err);
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

/* ---- the control loop -----------------------------------------------------------------------------------
 */

static bool next(struct pf_session_audio *a, struct datagram *ret)
{
    pthread_mutex_lock(&a->lock);
    bool some = a->len > 0;
    if (some) {
        *ret = a->queue[a->head++ % QUEUE];
        a->len--;
    }
    pthread_mutex_unlock(&a->lock);
    return some;
}

static void on_signal(void *user)
{
    struct pf_session_audio *a = user;
    struct datagram d;
    while (next(a, &d))
        if (d.len)
            a->config.send(a->config.user, d.data, d.len);
}

int pf_session_audio_start(struct pf_loop *loop, const struct pf_session_audio_config *config,
    struct pf_session_audio **ret_audio, struct pf_error *err)
{
    const struct pf_opus_layout layout = pf_opus_layout_of(config->channels, false);
    struct pf_session_audio *a = calloc(1, sizeof(*a));
    if (!a)
        return pf_error_set(err, -ENOMEM, "there is no memory for audio");
    a->config = *config;
    a->config.label = NULL;
    pf_audio_ref(a->config.audio);
    snprintf(a->label, sizeof(a->label), "%s", config->label);
    a->complaints = (struct pf_rate_limit){.interval_ns = 60 * PF_NS_PER_S, .burst = 2};
    atomic_init(&a->refs, 2);
    pthread_mutex_init(&a->lock, NULL);
    pthread_t thread;
    int rc = pf_opus_encoder_create(&layout, &a->encoder, err);
    if (rc < 0)
        goto fail;
    rc = pf_signal_create(loop, on_signal, a, &a->signal);
    if (rc == 0)
        rc = pf_thread_start(&thread, "audio", PF_THREAD_CAPTURE, run, a);
    if (rc < 0) {
        pf_error_set(err, rc, "the audio thread could not be started: %s", strerror(-rc));
        goto fail;
    }
    pthread_detach(thread);
    *ret_audio = a;
    return 0;
fail:
    pf_signal_destroy(a->signal);
    atomic_store(&a->refs, 1);
    unref(a);
    return rc;
}

void pf_session_audio_stop(struct pf_session_audio *a)
{
    if (!a)
        return;
    atomic_store(&a->stop, true);
    pthread_mutex_lock(&a->lock);
    struct pf_signal *signal = a->signal;
    a->signal = NULL;
    pthread_mutex_unlock(&a->lock);
    pf_signal_destroy(signal);
    unref(a);
}

#include "audio/mic.h"

#include "audio/mic_talkers.h"
#include "audio/pipewire/source.h"
#include "base/log.h"
#include "base/thread.h"

#include <errno.h>
#include <opus.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCOPE        "mic"
#define FRAMES_MAX   5760u /* of one packet: 120 ms */
#define RETRY_NS     (2 * PF_NS_PER_S)
#define RETRY_MAX_NS (60 * PF_NS_PER_S)
#define STABLE_NS    (5 * PF_NS_PER_S) /* a source that lived so long was a good one */

struct packet {
    uint32_t session;
    bool leaves; /* no packet: the session has ended */
    size_t len;
    uint8_t data[PF_MIC_PACKET_MAX];
};

struct pf_mic {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t news; /* packets, the end of the source, or of us; CLOCK_MONOTONIC */
    bool stop, source_ended;
    struct packet queue[PF_MIC_QUEUE];
    unsigned head, len;

    /* The thread's. */
    OpusDecoder *decoders[PF_MIC_TALKERS];
    struct pf_mic_talkers talkers;
    struct pf_pw_source source;
    bool open;
    uint64_t opened_ns, retry_at_ns, retry_ns;
    struct pf_rate_limit complaints, crowds;
    float samples[FRAMES_MAX * PF_MIC_CHANNELS];
};

/* ---- the source -----------------------------------------------------------------------------------------
 */

static void source_ended(void *user)
{
    struct pf_mic *m = user;
    pthread_mutex_lock(&m->lock);
    m->source_ended = true;
    pthread_cond_signal(&m->news);
    pthread_mutex_unlock(&m->lock);
}

static void retry_later(struct pf_mic *m, const char *why)
{
    uint64_t now = pf_time_mono_ns();
    m->retry_ns = m->opened_ns && now - m->opened_ns > STABLE_NS ? RETRY_NS : m->retry_ns * 2;
    m->retry_ns = m->retry_ns < RETRY_NS ? RETRY_NS : m->retry_ns > RETRY_MAX_NS ? RETRY_MAX_NS : m->retry_ns;
    m->retry_at_ns = now + m->retry_ns;
    m->opened_ns = 0;
    if (pf_rate_limit_pass(&m->complaints, now, NULL))
        pf_log_warn(SCOPE, "programs cannot hear the clients' microphones for now: %s", why);
}

static void close_source(struct pf_mic *m)
{
    if (m->open)
        pf_pw_source_close(&m->source);
    m->open = false;
    pf_mic_talkers_reset(&m->talkers);
}

static void keep_source(struct pf_mic *m, bool ended)
{
    struct pf_error err;
    if (m->open && ended) {
        close_source(m);
        retry_later(m, "the audio server is gone");
    }
    if (m->open || pf_time_mono_ns() < m->retry_at_ns)
        return;
    if (pf_pw_source_open(&m->source, &m->talkers, source_ended, m, &err) < 0) {
        retry_later(m, err.text);
        return;
    }
    m->open = true;
    m->opened_ns = pf_time_mono_ns();
    pf_log_info(SCOPE, "programs can record the clients' microphones from the source " PF_PW_SOURCE_NAME);
}

/* ---- the thread -----------------------------------------------------------------------------------------
 */

static void free_decoder(struct pf_mic *m, int talker)
{
    if (talker < 0)
        return;
    if (m->decoders[talker])
        opus_decoder_destroy(m->decoders[talker]);
    m->decoders[talker] = NULL;
}

/* -1: this packet cannot be heard. */
static int talker_of(struct pf_mic *m, uint64_t now_ns, uint32_t session)
{
    bool is_new;
    int opus_rc, talker = pf_mic_talkers_find(&m->talkers, now_ns, session, &is_new);
    if (talker < 0) {
        if (pf_rate_limit_pass(&m->crowds, now_ns, NULL))
            pf_log_warn(SCOPE, "a client is not heard: %u others talk", PF_MIC_TALKERS);
        return -1;
    }
    if (is_new)
        free_decoder(m, talker);
    if (!m->decoders[talker])
        m->decoders[talker] = opus_decoder_create(48000, (int)PF_MIC_CHANNELS, &opus_rc);
    return m->decoders[talker] ? talker : -1;
}

/* Damaged packets are dropped, empty ones are pauses. */
static void play(struct pf_mic *m, const struct packet *p)
{
    uint64_t now = pf_time_mono_ns();
    int talker = p->len && m->open ? talker_of(m, now, p->session) : -1;
    if (talker < 0)
        return;
    int n =
        opus_decode_float(m->decoders[talker], p->data, (opus_int32)p->len, m->samples, (int)FRAMES_MAX, 0);
    if (n > 0)
        pf_mic_talkers_put(&m->talkers, talker, now, m->samples, (size_t)n);
}

static void take(struct pf_mic *m, const struct packet *p)
{
    if (p->leaves)
        free_decoder(m, pf_mic_talkers_leave(&m->talkers, pf_time_mono_ns(), p->session));
    else
        play(m, p);
}

static void let_silent_ones_go(struct pf_mic *m)
{
    int talker;
    while ((talker = pf_mic_talkers_expire(&m->talkers, pf_time_mono_ns())) >= 0)
        free_decoder(m, talker);
}

static uint64_t next_deadline(const struct pf_mic *m)
{
    uint64_t silence = pf_mic_talkers_deadline(&m->talkers);
    return m->open || silence < m->retry_at_ns ? silence : m->retry_at_ns;
}

/* Sleeps until there is something to do. False: the end. */
static bool wait_for_news(struct pf_mic *m, struct packet *ret_packet, bool *ret_some, bool *ret_ended)
{
    uint64_t at = next_deadline(m);
    const struct timespec until = {(time_t)(at / PF_NS_PER_S), (long)(at % PF_NS_PER_S)};
    pthread_mutex_lock(&m->lock);
    while (!m->stop && !m->len && !m->source_ended) {
        if (at == UINT64_MAX)
            pthread_cond_wait(&m->news, &m->lock);
        else if (pthread_cond_timedwait(&m->news, &m->lock, &until) == ETIMEDOUT)
            break;
    }
    *ret_some = m->len > 0;
    if (*ret_some) {
        *ret_packet = m->queue[m->head];
        m->head = (m->head + 1) % PF_MIC_QUEUE;
        m->len--;
    }
    *ret_ended = m->source_ended;
    m->source_ended = false;
    bool stop = m->stop;
    pthread_mutex_unlock(&m->lock);
    return !stop;
}

static void run(void *arg)
{
    struct pf_mic *m = arg;
    struct packet packet;
    bool some, ended = false;
    keep_source(m, false);
    while (wait_for_news(m, &packet, &some, &ended)) {
        keep_source(m, ended);
        if (some)
            take(m, &packet);
        let_silent_ones_go(m);
    }
    close_source(m);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static void push(struct pf_mic *m, uint32_t session, bool leaves, const uint8_t *packet, size_t len)
{
    pthread_mutex_lock(&m->lock);
    if (m->len < PF_MIC_QUEUE) {
        struct packet *p = &m->queue[(m->head + m->len++) % PF_MIC_QUEUE];
        p->session = session;
        p->leaves = leaves;
        p->len = len;
        if (len)
            memcpy(p->data, packet, len);
        pthread_cond_signal(&m->news);
    }
    pthread_mutex_unlock(&m->lock);
}

void pf_mic_push(struct pf_mic *m, uint32_t session, const uint8_t *packet, size_t len)
{
    if (len <= PF_MIC_PACKET_MAX)
        push(m, session, false, packet, len);
}

/* If there is no room for the news, the silence tells it. */
void pf_mic_leave(struct pf_mic *m, uint32_t session)
{
    push(m, session, true, NULL, 0);
}

static void release(struct pf_mic *m)
{
    for (unsigned i = 0; i < PF_MIC_TALKERS; i++)
        free_decoder(m, (int)i);
    pf_mic_talkers_finish(&m->talkers);
    pthread_cond_destroy(&m->news);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static void init_lock(struct pf_mic *m)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->news, &attr);
    pthread_condattr_destroy(&attr);
}

int pf_mic_create(struct pf_mic **ret_mic, struct pf_error *err)
{
    struct pf_mic *m = calloc(1, sizeof(*m));
    if (!m)
        return pf_error_set(err, -ENOMEM, "there is no memory for a microphone");
    m->complaints = (struct pf_rate_limit){.interval_ns = 600 * PF_NS_PER_S, .burst = 2};
    init_lock(m);
    m->crowds = m->complaints;
    int rc = pf_mic_talkers_init(&m->talkers);
    if (rc == 0)
        rc = pf_thread_start(&m->thread, "mic", PF_THREAD_NORMAL, run, m);
    if (rc < 0) {
        release(m);
        return pf_error_set(err, rc, "the microphone could not be started: %s", strerror(-rc));
    }
    *ret_mic = m;
    return 0;
}

void pf_mic_destroy(struct pf_mic *m)
{
    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    m->stop = true;
    pthread_cond_signal(&m->news);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    release(m);
}

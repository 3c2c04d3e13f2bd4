#include "native/audio_plane.h"

#include "punktfunk/wire.h"
#include "session/audio.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE        16u  /* 80 ms */
#define DATAGRAM_MAX 512u /* the largest layout makes 282 bytes */

struct datagram {
    size_t len;
    uint8_t data[DATAGRAM_MAX];
};

struct pf_audio_plane {
    struct pf_audio_plane_config config;
    struct pf_session_audio *audio;
    struct pf_signal *signal;
    uint32_t next_seq; /* the audio thread's */
    bool begun;        /* the control loop's */

    pthread_mutex_t lock; /* the following */
    struct datagram queue[QUEUE];
    unsigned head, len;
};

/* On the audio thread. */
static void queue_packet(void *user, const uint8_t *opus, size_t len)
{
    struct pf_audio_plane *p = user;
    const struct pf_datagram msg = {.tag = PF_DATAGRAM_AUDIO,
        .audio = {
            .seq = p->next_seq++, .pts_ns = pf_wall_clock_now(&p->config.clock), .data = opus, .len = len}};
    pthread_mutex_lock(&p->lock);
    if (p->len == QUEUE) {
        p->head++;
        p->len--;
    }
    struct datagram *d = &p->queue[(p->head + p->len) % QUEUE];
    int n = pf_datagram_encode(&msg, d->data, sizeof(d->data));
    d->len = n > 0 ? (size_t)n : 0;
    p->len++;
    pthread_mutex_unlock(&p->lock);
    pf_signal_raise(p->signal);
}

static bool next(struct pf_audio_plane *p, struct datagram *ret)
{
    pthread_mutex_lock(&p->lock);
    bool some = p->len > 0;
    if (some) {
        *ret = p->queue[p->head++ % QUEUE];
        p->len--;
    }
    pthread_mutex_unlock(&p->lock);
    return some;
}

static void on_signal(void *user)
{
    struct pf_audio_plane *p = user;
    struct datagram d;
    while (next(p, &d)) {
        if (d.len)
            p->config.send(p->config.user, d.data, d.len);
        p->begun |= d.len > 0;
    }
}

bool pf_audio_plane_has_begun(const struct pf_audio_plane *p)
{
    return p && p->begun;
}

int pf_audio_plane_start(struct pf_loop *loop, const struct pf_audio_plane_config *config,
    struct pf_audio_plane **ret_plane, struct pf_error *err)
{
    struct pf_audio_plane *p = calloc(1, sizeof(*p));
    if (!p)
        return pf_error_set(err, -ENOMEM, "there is no memory for audio");
    p->config = *config;
    p->config.label = NULL;
    pthread_mutex_init(&p->lock, NULL);
    const struct pf_session_audio_config audio = {.audio = config->audio,
        .layout = pf_opus_layout_of(config->channels, false),
        .frame_ms = 5,
        .label = config->label,
        .user = p,
        .packet = queue_packet};
    int rc = pf_signal_create(loop, on_signal, p, &p->signal);
    if (rc < 0)
        pf_error_set(err, rc, "the control loop has no room for audio: %s", strerror(-rc));
    else
        rc = pf_session_audio_start(&audio, &p->audio, err);
    if (rc < 0)
        pf_audio_plane_stop(p);
    else
        *ret_plane = p;
    return rc;
}

void pf_audio_plane_stop(struct pf_audio_plane *p)
{
    if (!p)
        return;
    pf_session_audio_stop(p->audio);
    pf_signal_destroy(p->signal);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

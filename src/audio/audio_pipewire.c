#include "audio/audio.h"

#include "audio/pipewire/capture.h"
#include "audio/pipewire/sink.h"
#include "base/env.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* PUNKTFUNK_STREAM_SINK */
enum sink_choice {
    OWN_SINK,     /* a sink of ours is the default while somebody listens */
    UNCLAIMED,    /* there is one, but programs must be sent to it */
    DEFAULT_SINK, /* listen to whatever is the default */
};

struct pf_audio {
    enum sink_choice choice;
    pthread_mutex_t lock;
    unsigned refs;
    pthread_cond_t unused; /* refs is 0 */
    unsigned listeners;
    bool has_sink;
    struct pf_pw_sink sink;
    atomic_uint choices; /* of a default sink, so far: after another one, every listener begins anew */
    char before[PF_PW_NAME_MAX]; /* the default before our sink of a server that died */
    struct pf_audio_notes notes; /* functions may be NULL */
};

struct pf_audio_capture {
    struct pf_audio *audio;
    unsigned choice; /* the last when it began */
    bool is_open;    /* false: it could not move */
    struct pf_pw_capture stream;
};

bool pf_audio_available(void)
{
    return true;
}

static enum sink_choice choice_from_env(void)
{
    const char *text = pf_env_get("PUNKTFUNK_STREAM_SINK");
    if (text && strcasecmp(text, "stream") == 0)
        return UNCLAIMED;
    return pf_env_bool("PUNKTFUNK_STREAM_SINK", true) ? OWN_SINK : DEFAULT_SINK;
}

int pf_audio_recover(const char *before)
{
    return pf_pw_sink_recover(before);
}

int pf_audio_create(const struct pf_audio_notes *notes, struct pf_audio **ret_audio, struct pf_error *err)
{
    struct pf_audio *a = calloc(1, sizeof(*a));
    if (!a)
        return pf_error_set(err, -ENOMEM, "there is no memory for audio");
    a->choice = choice_from_env();
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->unused, NULL);
    if (notes)
        a->notes = *notes;
    *ret_audio = a;
    return 0;
}

void pf_audio_destroy(struct pf_audio *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    while (a->refs)
        pthread_cond_wait(&a->unused, &a->lock);
    pthread_mutex_unlock(&a->lock);
    pthread_cond_destroy(&a->unused);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

struct pf_audio *pf_audio_ref(struct pf_audio *a)
{
    pthread_mutex_lock(&a->lock);
    a->refs++;
    pthread_mutex_unlock(&a->lock);
    return a;
}

void pf_audio_unref(struct pf_audio *a)
{
    pthread_mutex_lock(&a->lock);
    if (--a->refs == 0)
        pthread_cond_broadcast(&a->unused);
    pthread_mutex_unlock(&a->lock);
}

/* ---- the sink that all listeners share ------------------------------------------------------------------
 */

/* A sink whose server died goes, so that the next listener finds a new one. */
static void drop_dead_sink(struct pf_audio *a)
{
    if (a->has_sink && atomic_load(&a->sink.connection.dead)) {
        memcpy(a->before, a->sink.chosen.noted, sizeof(a->before));
        pf_pw_sink_close(&a->sink);
        a->has_sink = false;
    }
}

/* What to listen to: our sink, or "": whatever is the default. Locked. */
static void find_sink(struct pf_audio *a, char ret_sink[PF_PW_NAME_MAX])
{
    ret_sink[0] = '\0';
    if (a->has_sink && pf_pw_sink_is_heard(&a->sink))
        memcpy(ret_sink, a->sink.name, sizeof(a->sink.name));
}

static void chosen(void *user)
{
    struct pf_audio *a = user;
    atomic_fetch_add(&a->choices, 1);
}

static int listen_begins(
    struct pf_audio *a, unsigned channels, char ret_sink[PF_PW_NAME_MAX], struct pf_error *err)
{
    int rc = 0;
    pthread_mutex_lock(&a->lock);
    drop_dead_sink(a);
    if (a->choice == OWN_SINK && !a->has_sink && a->notes.settle)
        a->notes.settle(a->notes.user);
    if (a->choice != DEFAULT_SINK && !a->has_sink) {
        const struct pf_pw_sink_config config = {.channels = channels,
            .claim = a->choice == OWN_SINK,
            .before = a->before,
            .notes = &a->notes,
            .chosen = chosen,
            .user = a};
        rc = pf_pw_sink_open(&a->sink, &config, err);
        a->has_sink = rc == 0;
    }
    if (rc == 0)
        a->listeners++;
    find_sink(a, ret_sink);
    pthread_mutex_unlock(&a->lock);
    return rc;
}

static void listen_ends(struct pf_audio *a)
{
    pthread_mutex_lock(&a->lock);
    if (--a->listeners == 0 && a->has_sink) {
        pf_pw_sink_close(&a->sink);
        a->has_sink = false;
    }
    pthread_mutex_unlock(&a->lock);
}

/* ---- one listener ---------------------------------------------------------------------------------------
 */

/* Programs play somewhere else now. */
static int move(struct pf_audio_capture *c, unsigned choice)
{
    char sink[PF_PW_NAME_MAX];
    unsigned channels = c->stream.channels;
    pthread_mutex_lock(&c->audio->lock);
    find_sink(c->audio, sink);
    pthread_mutex_unlock(&c->audio->lock);
    c->choice = choice;
    pf_pw_capture_close(&c->stream);
    int rc = pf_pw_capture_open(&c->stream, sink[0] ? sink : NULL, channels, NULL);
    c->is_open = rc == 0;
    return rc;
}

int pf_audio_capture_open(
    struct pf_audio *a, unsigned channels, struct pf_audio_capture **ret_capture, struct pf_error *err)
{
    struct pf_audio_capture *c = calloc(1, sizeof(*c));
    if (!c)
        return pf_error_set(err, -ENOMEM, "there is no memory for audio");
    c->audio = a;
    c->choice = atomic_load(&a->choices);
    char sink[PF_PW_NAME_MAX];
    int rc = listen_begins(a, channels, sink, err);
    if (rc < 0)
        goto fail;
    rc = pf_pw_capture_open(&c->stream, sink[0] ? sink : NULL, channels, err);
    if (rc < 0) {
        listen_ends(a);
        goto fail;
    }
    c->is_open = true;
    *ret_capture = c;
    return 0;
fail:
    free(c);
    return rc;
}

void pf_audio_capture_close(struct pf_audio_capture *c)
{
    if (!c)
        return;
    if (c->is_open)
        pf_pw_capture_close(&c->stream);
    listen_ends(c->audio);
    free(c);
}

int pf_audio_capture_read(struct pf_audio_capture *c, float *ret_samples, unsigned timeout_ms)
{
    unsigned choice = atomic_load(&c->audio->choices);
    if (choice != c->choice && move(c, choice) < 0)
        return -EPIPE;
    return pf_pw_capture_read(&c->stream, ret_samples, timeout_ms);
}

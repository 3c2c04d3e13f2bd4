#include "session/recorder.h"

#include "base/log.h"
#include "base/time.h"
#include "session/recordings.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE "stats"

struct pf_recorder_state {
    pthread_mutex_t lock;
    char *dir; /* of the configuration */

    /* the capture that runs */
    uint64_t started_real_ns, started_mono_ns;
    bool has_session, full;
    struct pf_recorded_session session; /* of the first sample */
    struct pf_recorded_sample *samples;
    size_t count, cap;
};

int pf_recorder_init(struct pf_recorder *r, const char *dir)
{
    struct pf_recorder_state *s = calloc(1, sizeof(*s));
    char *copy = strdup(dir);
    if (!s || !copy) {
        free(s);
        free(copy);
        return -ENOMEM;
    }
    pthread_mutex_init(&s->lock, NULL);
    s->dir = copy;
    atomic_init(&r->armed, false);
    r->state = s;
    return 0;
}

void pf_recorder_finish(struct pf_recorder *r)
{
    struct pf_recorder_state *s = r->state;
    if (!s)
        return;
    free(s->samples);
    free(s->dir);
    pthread_mutex_destroy(&s->lock);
    free(s);
    r->state = NULL;
}

/* ---- samples ---- */

static bool make_room(struct pf_recorder_state *s)
{
    if (s->count < s->cap)
        return true;
    size_t cap = s->cap ? s->cap * 2 : 256;
    if (cap > PF_RECORDER_SAMPLES)
        cap = PF_RECORDER_SAMPLES;
    struct pf_recorded_sample *more = s->count < cap ? realloc(s->samples, cap * sizeof(*more)) : NULL;
    if (!more) {
        if (!s->full)
            pf_log_warn(SCOPE, "the recording is full: later samples are left out");
        s->full = true;
        return false;
    }
    s->samples = more;
    s->cap = cap;
    return true;
}

void pf_recorder_add(
    struct pf_recorder *r, const struct pf_recorded_session *session, const struct pf_recorded_sample *sample)
{
    struct pf_recorder_state *s = r->state;
    uint64_t now = pf_time_mono_ns();
    pthread_mutex_lock(&s->lock);
    if (atomic_load(&r->armed) && make_room(s)) {
        if (!s->has_session) {
            s->session = *session;
            s->has_session = true;
        }
        s->samples[s->count] = *sample;
        s->samples[s->count++].t_ms = (now - s->started_mono_ns) / PF_NS_PER_MS;
    }
    pthread_mutex_unlock(&s->lock);
}

/* ---- as JSON ---- */

static json_t *stages_json(const struct pf_recorded_sample *sample)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < sample->stage_count; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:f, s:f}", "name", sample->stages[i].name, "p50_us",
                      (double)sample->stages[i].p50_us, "p99_us", (double)sample->stages[i].p99_us));
    return list;
}

static json_t *sample_json(const struct pf_recorded_sample *s)
{
    return json_pack("{s:I, s:I, s:o, s:f, s:f, s:f, s:I, s:I, s:I, s:I, s:I}", "t_ms", (json_int_t)s->t_ms,
        "session_id", (json_int_t)s->session_id, "stages", stages_json(s), "fps", (double)s->fps,
        "repeat_fps", (double)s->repeat_fps, "mbps", (double)s->mbps, "bitrate_kbps",
        (json_int_t)s->bitrate_kbps, "frames_dropped", (json_int_t)s->frames_dropped, "packets_dropped",
        (json_int_t)s->packets_dropped, "send_dropped", (json_int_t)s->send_dropped, "fec_recovered",
        (json_int_t)s->fec_recovered);
}

static json_t *samples_json(const struct pf_recorder_state *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->count; i++)
        json_array_append_new(list, sample_json(&s->samples[i]));
    return list;
}

static json_t *capture_json(const struct pf_recorder_state *s, uint64_t now_mono_ns)
{
    const struct pf_recorded_session *session = &s->session;
    uint64_t started_ms = s->started_real_ns / PF_NS_PER_MS;
    char id[PF_RECORDING_ID_SIZE];
    pf_recording_make_id(s->started_real_ns / PF_NS_PER_S, session->width, session->height, id);
    json_t *meta = json_pack("{s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:s, s:s, s:I}", "id", id,
        "started_unix_ms", (json_int_t)started_ms, "duration_ms",
        (json_int_t)((now_mono_ns - s->started_mono_ns) / PF_NS_PER_MS), "kind",
        s->has_session ? session->kind : "", "width", (json_int_t)session->width, "height",
        (json_int_t)session->height, "fps", (json_int_t)session->fps, "codec",
        s->has_session ? session->codec : "", "client", session->client, "sample_count",
        (json_int_t)s->count);
    return json_pack("{s:o, s:o}", "meta", meta, "samples", samples_json(s));
}

/* ---- what people ask for ---- */

void pf_recorder_status(struct pf_recorder *r, struct pf_recorder_status *ret)
{
    struct pf_recorder_state *s = r->state;
    *ret = (struct pf_recorder_status){.kind = ""};
    pthread_mutex_lock(&s->lock);
    if (atomic_load(&r->armed))
        *ret = (struct pf_recorder_status){.armed = true,
            .sample_count = (uint32_t)s->count,
            .started_unix_ms = s->started_real_ns / PF_NS_PER_MS,
            .kind = s->has_session ? s->session.kind : ""};
    pthread_mutex_unlock(&s->lock);
}

void pf_recorder_start(struct pf_recorder *r)
{
    struct pf_recorder_state *s = r->state;
    pthread_mutex_lock(&s->lock);
    if (!atomic_load(&r->armed)) {
        s->count = 0;
        s->has_session = s->full = false;
        s->session = (struct pf_recorded_session){0};
        s->started_real_ns = pf_time_real_ns();
        s->started_mono_ns = pf_time_mono_ns();
        atomic_store(&r->armed, true);
    }
    pthread_mutex_unlock(&s->lock);
}

int pf_recorder_stop(struct pf_recorder *r, json_t **ret_meta, struct pf_error *err)
{
    struct pf_recorder_state *s = r->state;
    json_t *capture = NULL;
    pthread_mutex_lock(&s->lock);
    if (atomic_load(&r->armed)) {
        atomic_store(&r->armed, false);
        capture = capture_json(s, pf_time_mono_ns());
        free(s->samples);
        s->samples = NULL;
        s->count = s->cap = 0;
    }
    pthread_mutex_unlock(&s->lock);
    if (!capture)
        return 0;
    int rc = pf_recording_save(s->dir, capture, err);
    if (rc == 0)
        *ret_meta = json_incref(json_object_get(capture, "meta"));
    json_decref(capture);
    return rc < 0 ? rc : 1;
}

json_t *pf_recorder_live(struct pf_recorder *r)
{
    struct pf_recorder_state *s = r->state;
    pthread_mutex_lock(&s->lock);
    json_t *capture = atomic_load(&r->armed) ? capture_json(s, pf_time_mono_ns()) : NULL;
    pthread_mutex_unlock(&s->lock);
    return capture;
}

json_t *pf_recorder_list(struct pf_recorder *r)
{
    return pf_recordings_list(r->state->dir);
}

int pf_recorder_read(struct pf_recorder *r, const char *id, json_t **ret_capture, struct pf_error *err)
{
    return pf_recording_read(r->state->dir, id, ret_capture, err);
}

int pf_recorder_remove(struct pf_recorder *r, const char *id, struct pf_error *err)
{
    return pf_recording_remove(r->state->dir, id, err);
}

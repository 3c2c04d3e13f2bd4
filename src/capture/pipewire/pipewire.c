#include "capture/pipewire/pipewire.h"

#include "base/env.h"
#include "base/log.h"
#include "base/time.h"
#include "capture/pipewire/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE         "capture"
#define AGREE_NS      (5 * PF_NS_PER_S) /* for producer and consumer to find a format */
#define AGREE_GPU_NS  (2 * PF_NS_PER_S) /* some session managers say nothing when there is none */
#define FIRST_NS      (10 * PF_NS_PER_S)
#define IDLE_NS       (1500 * PF_NS_PER_MS) /* compositors pause for a moment while they reconfigure */
#define DONT_FALLBACK "node.dont-fallback"  /* to another display, of which this client is to see nothing */
#define LOOK_NS       (250 * PF_NS_PER_MS)
#define CPU_TYPES     (1u << SPA_DATA_MemPtr | 1u << SPA_DATA_MemFd)
#define GPU_TYPES     (1u << SPA_DATA_DmaBuf)

/* A producer refused GPU memory: it is not offered again while the host runs. */
static atomic_bool gpu_refused;

static void frame_gone(void *item)
{
    pf_frame_unref(item);
}

/* ---- the end --------------------------------------------------------------------------------------------
 */

static void fail(struct pf_pw_picture_stream *s, int code, const char *why)
{
    if (s->closing || atomic_load(&s->base.failure))
        return;
    if (s->agreed) /* before, open reports it */
        pf_log_warn(SCOPE, "capture ended: %s", why);
    atomic_store(&s->base.failure, code);
    pf_mailbox_close(&s->base.frames);
    pw_thread_loop_signal(s->connection.loop, false);
}

static void died(void *user)
{
    fail(user, -ECONNRESET, "PipeWire has ended");
}

/* Now and then: is the stream still alive? */
static void look(void *user, uint64_t expirations)
{
    struct pf_pw_picture_stream *s = user;
    uint64_t now = pf_time_mono_ns();
    if (!s->last_mono_ns && now - s->opened_mono_ns > FIRST_NS)
        fail(s, -ETIMEDOUT,
            s->agreed ? "the producer agreed on a format but sent no picture" : "no format was agreed on");
    else if (s->idle_mono_ns && s->last_mono_ns && now - s->idle_mono_ns > IDLE_NS &&
             now - s->last_mono_ns > IDLE_NS)
        fail(s, -EPIPE, "the producer stopped sending");
}

/* ---- events of the stream -------------------------------------------------------------------------------
 */

static void state_changed(
    void *user, enum pw_stream_state before, enum pw_stream_state now, const char *error)
{
    struct pf_pw_picture_stream *s = user;
    pf_log_debug(
        SCOPE, "stream %s%s%s", pw_stream_state_as_string(now), error ? ": " : "", error ? error : "");
    if (now == PW_STREAM_STATE_STREAMING)
        s->idle_mono_ns = 0;
    else if (!s->idle_mono_ns)
        s->idle_mono_ns = pf_time_mono_ns();
    if (now == PW_STREAM_STATE_ERROR) {
        fail(s, error && strstr(error, "format") ? -EPROTO : -ENODEV, "the node is gone");
    } else if (now == PW_STREAM_STATE_UNCONNECTED && before > now) {
        fail(s, -ENODEV, "the node is gone");
    }
}

static uint32_t buffer_types(const struct pf_pw_picture_stream *s)
{
    if (s->format.has_modifier)
        return GPU_TYPES;
    /* Some producers have GPU memory only, even after an agreement without a modifier. */
    return s->compose || pf_env_bool("PUNKTFUNK_FORCE_SHM", false) ? CPU_TYPES : CPU_TYPES | GPU_TYPES;
}

static void param_changed(void *user, uint32_t id, const struct spa_pod *param)
{
    struct pf_pw_picture_stream *s = user;
    uint8_t bytes[PF_PW_VIDEO_BYTES];
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
    const struct spa_pod *params[PF_PW_VIDEO_PARAMS];
    struct pf_pw_video_format format;
    if (!param || id != SPA_PARAM_Format)
        return;
    int rc = pf_pw_video_parse(param, &format);
    if (rc < 0) {
        fail(s, -EPROTO, "the producer chose a format that was not offered");
        return;
    }
    if (format.unfixed) {
        pw_stream_update_params(
            s->stream, params, (uint32_t)pf_pw_video_fixate(&b, &s->wish, &format, params));
        return;
    }
    s->format = format;
    s->agreed = true;
    pf_log_debug(SCOPE, "pictures are %ux%u format=%.4s memory=%s", format.width, format.height,
        (const char *)&format.fourcc, format.has_modifier ? "gpu" : "shared");
    bool sync = format.has_modifier && s->gpu.fd >= 0;
    size_t n = pf_pw_video_buffers(&b, buffer_types(s), s->compose, sync, params);
    pw_stream_update_params(s->stream, params, (uint32_t)n);
    pw_thread_loop_signal(s->connection.loop, false);
}

static void add_buffer(void *user, struct pw_buffer *buffer)
{
    struct pf_pw_picture_stream *s = user;
    int rc = pf_pw_book_add(s->book, buffer);
    s->fleeting |= buffer->buffer->n_datas && buffer->buffer->datas[0].type == SPA_DATA_MemPtr;
    if (rc < 0)
        fail(s, -EPIPE, "a buffer of the producer cannot be read"); /* worth another try */
}

static void remove_buffer(void *user, struct pw_buffer *buffer)
{
    struct pf_pw_picture_stream *s = user;
    pf_pw_pictures_forget(s, buffer);
    pf_pw_book_remove(s->book, buffer);
}

static void process(void *user)
{
    pf_pw_pictures_come(user);
}

static void returned(void *user, uint64_t count)
{
    pf_pw_pictures_return(user);
}

static const struct pw_stream_events events = {
    PW_VERSION_STREAM_EVENTS,
    .state_changed = state_changed,
    .param_changed = param_changed,
    .add_buffer = add_buffer,
    .remove_buffer = remove_buffer,
    .process = process,
};

/* ---- life -----------------------------------------------------------------------------------------------
 */

/* Any thread. */
static void wake(void *user)
{
    struct pf_pw_picture_stream *s = user;
    pw_loop_signal_event(pw_thread_loop_get_loop(s->connection.loop), s->wake);
}

/* Everything but the connection; locked. */
static int prepare(struct pf_pw_picture_stream *s)
{
    struct pw_loop *loop = pw_thread_loop_get_loop(s->connection.loop);
    struct timespec every = {.tv_nsec = LOOK_NS};
    s->connection.user = s;
    s->connection.died = died;
    s->book = pf_pw_book_create(wake, s);
    s->wake = pw_loop_add_event(loop, returned, s);
    s->timer = pw_loop_add_timer(loop, look, s);
    if (!s->book || !s->wake || !s->timer)
        return -ENOMEM;
    pw_loop_update_timer(loop, s->timer, &every, &every, false);
    return 0;
}

static void drop_stream(struct pf_pw_picture_stream *s)
{
    s->closing = true;
    if (s->stream)
        pw_stream_destroy(s->stream);
    s->stream = NULL;
    s->closing = false;
}

static int connect_stream(struct pf_pw_picture_stream *s, uint32_t node)
{
    uint8_t bytes[PF_PW_VIDEO_BYTES];
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
    const struct spa_pod *params[PF_PW_VIDEO_PARAMS];
    struct pw_properties *props =
        pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture", PW_KEY_MEDIA_ROLE,
            "Screen", PW_KEY_NODE_DONT_RECONNECT, "true", DONT_FALLBACK, "true", NULL);
    s->stream = props ? pw_stream_new(s->connection.core, "punktfunk-capture", props) : NULL;
    if (!s->stream)
        return -ENOMEM;
    s->opened_mono_ns = pf_time_mono_ns();
    s->agreed = false;
    pw_stream_add_listener(s->stream, &s->hook, &events, s);
    size_t n = pf_pw_video_offer(&b, &s->wish, params);
    return pw_stream_connect(
        s->stream, PW_DIRECTION_INPUT, node, PW_STREAM_FLAG_AUTOCONNECT, params, (uint32_t)n);
}

/* Waits until a format is agreed on. */
static int agree(struct pf_pw_picture_stream *s)
{
    struct timespec until;
    pw_thread_loop_get_time(s->connection.loop, &until, (int64_t)(s->wish.dmabuf ? AGREE_GPU_NS : AGREE_NS));
    while (!s->agreed && !atomic_load(&s->base.failure))
        if (pw_thread_loop_timed_wait_full(s->connection.loop, &until) < 0)
            return -ETIMEDOUT;
    return atomic_load(&s->base.failure);
}

static int start(struct pf_pw_picture_stream *s, uint32_t node)
{
    int rc = connect_stream(s, node);
    if (rc == 0)
        rc = agree(s);
    if (rc == 0 || !s->wish.dmabuf)
        return rc;
    drop_stream(s);
    pf_mailbox_finish(&s->base.frames);
    pf_mailbox_init(&s->base.frames, frame_gone);
    atomic_store(&s->base.failure, 0);
    s->wish.dmabuf = false;
    rc = connect_stream(s, node);
    if (rc == 0)
        rc = agree(s);
    if (rc == 0) {
        pf_log_info(SCOPE, "the producer shares no GPU memory; the picture goes through shared memory");
        atomic_store(&gpu_refused, true);
    }
    return rc;
}

/* Frames that are out stay valid. */
static void dismantle(struct pf_pw_picture_stream *s)
{
    struct pw_loop *loop = s->connection.loop ? pw_thread_loop_get_loop(s->connection.loop) : NULL;
    if (loop) {
        pf_pw_lock(&s->connection);
        s->connection.died = NULL;
        drop_stream(s);
        if (s->book)
            pf_pw_book_close(s->book);
        if (s->wake)
            pw_loop_destroy_source(loop, s->wake);
        if (s->timer)
            pw_loop_destroy_source(loop, s->timer);
        pf_pw_unlock(&s->connection);
        pf_pw_disconnect(&s->connection);
    }
    pf_pw_gpu_close(&s->gpu);
    pf_pw_composer_destroy(s->composer);
    pf_pw_cursor_finish(&s->cursor);
    pf_mailbox_finish(&s->base.frames);
    free(s);
}

static void destroy(struct pf_capture *capture)
{
    dismantle((struct pf_pw_picture_stream *)capture);
}

static int explain(int rc, uint32_t node, struct pf_error *err)
{
    switch (rc) {
    case -EPROTO:
        return pf_error_set(
            err, rc, "cannot capture: the producer of PipeWire node %u has no format for us", node);
    case -ENODEV:
        return pf_error_set(err, rc, "cannot capture: PipeWire has no node %u", node);
    case -ETIMEDOUT:
        return pf_error_set(
            err, rc, "cannot capture: PipeWire did not link node %u within 5 s; does WirePlumber run?", node);
    case -ECONNRESET:
        return pf_error_set(err, rc, "cannot capture: PipeWire has ended");
    default:
        return pf_error_set(err, rc, "cannot capture: %s", strerror(-rc));
    }
}

static int open_pipewire(const struct pf_source *source, const struct pf_capture_params *params,
    struct pf_capture **ret_capture, struct pf_error *err)
{
    static const struct pf_capture_ops ops = {.destroy = destroy};
    struct pf_pw_picture_stream *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "cannot capture: out of memory");
    s->base.ops = &ops;
    s->gpu.fd = -1;
    pf_mailbox_init(&s->base.frames, frame_gone);
    s->compose = source->cursor_apart && !(params && params->hide_cursor);
    s->wish = (struct pf_pw_video_wish){.mode = source->mode,
        .exact = source->exact_mode,
        .dmabuf = params && params->dmabuf && !s->compose && !atomic_load(&gpu_refused) &&
                  !pf_env_bool("PUNKTFUNK_FORCE_SHM", false)};
    if (s->wish.dmabuf)
        pf_pw_gpu_open(&s->gpu);
    int rc = pf_pw_connect_fd(&s->connection, "pf-capture", source->remote_fd, err);
    if (rc < 0) {
        dismantle(s);
        return pf_error_prefix(err, -ECONNREFUSED, "cannot capture");
    }
    pf_pw_lock(&s->connection);
    rc = prepare(s);
    if (rc == 0)
        rc = start(s, source->node_id);
    pf_pw_unlock(&s->connection);
    if (rc < 0) {
        dismantle(s);
        return explain(rc, source->node_id, err);
    }
    *ret_capture = &s->base;
    return 0;
}

const struct pf_capture_backend pf_capture_pipewire = {
    .name = "pipewire", .kind = PF_SOURCE_PIPEWIRE, .open = open_pipewire};

#include "audio/pipewire/capture.h"

#include "audio/audio.h"
#include "base/time.h"

#include <errno.h>
#include <poll.h>
#include <spa/param/audio/format-utils.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define QUEUE_FRAMES 64u /* of 5 ms; when they are full, what comes is lost */

static void wake(struct pf_pw_capture *c)
{
    ssize_t n = write(c->wake_fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)n; /* full: it is awake */
}

/* ---- PipeWire's threads ---------------------------------------------------------------------------------
 */

static void process(void *user)
{
    struct pf_pw_capture *c = user;
    struct pw_buffer *b = pw_stream_dequeue_buffer(c->stream);
    if (!b)
        return;
    const struct spa_data *d = &b->buffer->datas[0];
    if (d->data && d->chunk) {
        uint32_t offset = SPA_MIN(d->chunk->offset, d->maxsize),
                 size = SPA_MIN(d->chunk->size, d->maxsize - offset);
        size_t stride = c->channels * sizeof(float), count = size / stride * c->channels;
        pf_audio_ring_write(&c->ring, SPA_PTROFF(d->data, offset, const float), count);
    }
    pw_stream_queue_buffer(c->stream, b);
    wake(c);
}

static void state_changed(
    void *user, enum pw_stream_state before, enum pw_stream_state now, const char *error)
{
    struct pf_pw_capture *c = user;
    if (now == PW_STREAM_STATE_ERROR || (now == PW_STREAM_STATE_UNCONNECTED && before > now)) {
        atomic_store(&c->over, true);
        wake(c);
    }
}

static void died(void *user)
{
    struct pf_pw_capture *c = user;
    atomic_store(&c->over, true);
    wake(c);
}

static const struct pw_stream_events events = {
    PW_VERSION_STREAM_EVENTS, .process = process, .state_changed = state_changed};

/* ---- ours -----------------------------------------------------------------------------------------------
 */

static const struct spa_pod *make_format(unsigned channels, struct spa_pod_builder *b)
{
    struct spa_audio_info_raw info = {
        .format = SPA_AUDIO_FORMAT_F32, .rate = PF_AUDIO_RATE, .channels = channels};
    static const uint32_t positions[PF_AUDIO_CHANNELS_MAX] = {SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR,
        SPA_AUDIO_CHANNEL_FC, SPA_AUDIO_CHANNEL_LFE, SPA_AUDIO_CHANNEL_RL, SPA_AUDIO_CHANNEL_RR,
        SPA_AUDIO_CHANNEL_SL, SPA_AUDIO_CHANNEL_SR};
    memcpy(info.position, positions, channels * sizeof(positions[0]));
    return spa_format_audio_raw_build(b, SPA_PARAM_EnumFormat, &info);
}

/* Locked. */
static int connect_stream(struct pf_pw_capture *c, const char *sink)
{
    uint8_t buf[1024];
    struct spa_pod_builder b = SPA_POD_BUILDER_INIT(buf, sizeof(buf));
    const struct spa_pod *params[] = {make_format(c->channels, &b)};
    struct pw_properties *props = pw_properties_new(PW_KEY_MEDIA_TYPE, "Audio", PW_KEY_MEDIA_CATEGORY,
        "Capture", PW_KEY_MEDIA_ROLE, "Music", PW_KEY_STREAM_CAPTURE_SINK, "true", PW_KEY_NODE_LATENCY,
        "256/48000", PW_KEY_NODE_NAME, "punktfunk-audio", NULL);
    if (!props)
        return -ENOMEM;
    if (sink)
        pw_properties_set(props, PW_KEY_TARGET_OBJECT, sink);
    c->stream = pw_stream_new(c->connection.core, "punktfunk-audio", props);
    if (!c->stream)
        return -errno;
    pw_stream_add_listener(c->stream, &c->hook, &events, c);
    return pw_stream_connect(c->stream, PW_DIRECTION_INPUT, PW_ID_ANY,
        PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS, params, 1);
}

int pf_pw_capture_open(struct pf_pw_capture *c, const char *sink, unsigned channels, struct pf_error *err)
{
    *c = (struct pf_pw_capture){.channels = channels, .wake_fd = -1};
    int rc = pf_pw_connect(&c->connection, "pf-audio", err);
    if (rc < 0)
        return rc;
    rc = pf_audio_ring_init(&c->ring, (size_t)QUEUE_FRAMES * PF_AUDIO_FRAME * channels);
    if (rc == 0 && (c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
        rc = -errno;
    if (rc == 0) {
        pf_pw_lock(&c->connection);
        c->connection.user = c;
        c->connection.died = died;
        rc = connect_stream(c, sink);
        pf_pw_unlock(&c->connection);
    }
    if (rc == 0)
        return 0;
    pf_pw_capture_close(c);
    return pf_error_set(err, rc, "PipeWire does not let us listen: %s", strerror(-rc));
}

void pf_pw_capture_close(struct pf_pw_capture *c)
{
    pf_pw_lock(&c->connection);
    if (c->stream)
        pw_stream_destroy(c->stream);
    pf_pw_unlock(&c->connection);
    pf_pw_disconnect(&c->connection);
    pf_audio_ring_finish(&c->ring);
    if (c->wake_fd >= 0)
        close(c->wake_fd);
}

int pf_pw_capture_read(struct pf_pw_capture *c, float *ret_samples, unsigned timeout_ms)
{
    size_t count = (size_t)PF_AUDIO_FRAME * c->channels;
    uint64_t end = pf_time_mono_ns() + timeout_ms * PF_NS_PER_MS, news;
    for (;;) {
        if (pf_audio_ring_read(&c->ring, ret_samples, count))
            return 1;
        if (atomic_load(&c->over))
            return -EPIPE;
        uint64_t now = pf_time_mono_ns();
        if (now >= end)
            return 0;
        struct pollfd p = {.fd = c->wake_fd, .events = POLLIN};
        poll(&p, 1, (int)((end - now) / PF_NS_PER_MS + 1));
        ssize_t n = read(c->wake_fd, &news, sizeof(news));
        (void)n; /* nothing to read is fine */
    }
}

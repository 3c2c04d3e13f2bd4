#include "display/mutter/birth.h"

#include "pipewire/connection.h"
#include "pipewire/video.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AGREE_S 5

struct pf_mutter_birth {
    struct pf_pw_connection connection;
    struct pw_stream *stream;
    struct spa_hook hook;
    bool agreed, failed;
    char why[128];
};

static void state_changed(
    void *user, enum pw_stream_state before, enum pw_stream_state now, const char *error)
{
    struct pf_mutter_birth *b = user;
    if (now != PW_STREAM_STATE_ERROR)
        return;
    b->failed = true;
    snprintf(b->why, sizeof(b->why), "%s", error ? error : "no reason given");
    pw_thread_loop_signal(b->connection.loop, false);
}

static void param_changed(void *user, uint32_t id, const struct spa_pod *param)
{
    struct pf_mutter_birth *b = user;
    uint8_t bytes[PF_PW_VIDEO_BYTES];
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
    const struct spa_pod *params[PF_PW_VIDEO_PARAMS];
    if (!param || id != SPA_PARAM_Format)
        return;
    /* The node keeps the buffers of its first consumer for the next one: they need room for all metadata. */
    size_t n =
        pf_pw_video_buffers(&builder, 1u << SPA_DATA_MemFd | 1u << SPA_DATA_DmaBuf, true, false, params);
    pw_stream_update_params(b->stream, params, (uint32_t)n);
    b->agreed = true;
    pw_thread_loop_signal(b->connection.loop, false);
}

static void process(void *user)
{
    struct pf_mutter_birth *b = user;
    for (struct pw_buffer *buffer; (buffer = pw_stream_dequeue_buffer(b->stream));)
        pw_stream_queue_buffer(b->stream, buffer);
}

static const struct pw_stream_events events = {
    PW_VERSION_STREAM_EVENTS,
    .state_changed = state_changed,
    .param_changed = param_changed,
    .process = process,
};

/* Locked. */
static int agree(struct pf_mutter_birth *b, uint32_t node, const struct pf_mode *mode)
{
    const struct pf_pw_video_wish wish = {.mode = *mode, .exact = true};
    uint8_t bytes[PF_PW_VIDEO_BYTES];
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(bytes, sizeof(bytes));
    const struct spa_pod *params[PF_PW_VIDEO_PARAMS];
    struct timespec until;
    struct pw_properties *props = pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY,
        "Capture", PW_KEY_MEDIA_ROLE, "Screen", PW_KEY_NODE_DONT_RECONNECT, "true", NULL);
    b->stream = props ? pw_stream_new(b->connection.core, "punktfunk-display", props) : NULL;
    if (!b->stream)
        return -ENOMEM;
    pw_stream_add_listener(b->stream, &b->hook, &events, b);
    size_t n = pf_pw_video_offer(&builder, &wish, params);
    int rc = pw_stream_connect(
        b->stream, PW_DIRECTION_INPUT, node, PW_STREAM_FLAG_AUTOCONNECT, params, (uint32_t)n);
    pw_thread_loop_get_time(b->connection.loop, &until, (int64_t)AGREE_S * SPA_NSEC_PER_SEC);
    while (rc >= 0 && !b->agreed && !b->failed)
        if (pw_thread_loop_timed_wait_full(b->connection.loop, &until) < 0)
            rc = -ETIMEDOUT;
    return rc < 0 ? rc : b->failed ? -EPROTO : 0;
}

int pf_mutter_birth_begin(
    uint32_t node, const struct pf_mode *mode, struct pf_mutter_birth **ret_birth, struct pf_error *err)
{
    struct pf_mutter_birth *b = calloc(1, sizeof(*b));
    if (!b)
        return pf_error_set(err, -ENOMEM, "out of memory");
    int rc = pf_pw_connect(&b->connection, "pf-birth", err);
    if (rc < 0) {
        free(b);
        return rc;
    }
    pf_pw_lock(&b->connection);
    rc = agree(b, node, mode);
    pf_pw_unlock(&b->connection);
    if (rc == 0) {
        *ret_birth = b;
        return 0;
    }
    if (rc == -ETIMEDOUT)
        pf_error_set(
            err, rc, "PipeWire did not link GNOME's node within %d s; does WirePlumber run?", AGREE_S);
    else
        pf_error_set(err, rc, "PipeWire did not link GNOME's node: %s", b->failed ? b->why : strerror(-rc));
    pf_mutter_birth_end(b);
    return rc;
}

void pf_mutter_birth_end(struct pf_mutter_birth *b)
{
    if (!b)
        return;
    pf_pw_lock(&b->connection);
    if (b->stream)
        pw_stream_destroy(b->stream);
    pf_pw_roundtrip(&b->connection); /* the capture must not meet buffers that are on their way out */
    pf_pw_unlock(&b->connection);
    pf_pw_disconnect(&b->connection);
    free(b);
}

#include "capture/wlr/screencopy.h"

#include "capture/wlr/stream.h"
#include "wlr-screencopy-unstable-v1-client-protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct screencopy {
    struct pf_wl_stream stream;
    struct zwlr_screencopy_frame_v1 *frame; /* the one request under way */
    struct pf_wl_buffer *buffer;            /* what it fills; NULL until the copy was asked for */
    struct pf_wl_shape shm, dmabuf;         /* offered by the compositor; width 0: not told */
    uint32_t flags;
    bool seen_one; /* a picture was delivered: from now on wait for changes */
};

static struct screencopy *screencopy_of(void *data)
{
    return data;
}

static void drop_frame(struct screencopy *c)
{
    if (c->frame)
        zwlr_screencopy_frame_v1_destroy(c->frame);
    if (c->buffer)
        pf_wl_buffer_give_back(c->buffer);
    c->frame = NULL;
    c->buffer = NULL;
    c->stream.wants_buffer = false;
}

/* Hands the compositor a buffer; waits for one to come back if all are in use. */
static int start_copy(struct pf_wl_stream *stream)
{
    struct screencopy *c = (struct screencopy *)stream;
    c->buffer = pf_wl_pool_take(stream->pool);
    stream->wants_buffer = !c->buffer;
    if (!c->buffer)
        return 0;
    /* The first picture at once, the others when something has changed. The compositor adds up the changes
     * between two requests, so none is lost. */
    if (c->seen_one)
        zwlr_screencopy_frame_v1_copy_with_damage(c->frame, c->buffer->proxy);
    else
        zwlr_screencopy_frame_v1_copy(c->frame, c->buffer->proxy);
    return 0;
}

static void frame_buffer(void *data, struct zwlr_screencopy_frame_v1 *frame, uint32_t format, uint32_t width,
    uint32_t height, uint32_t stride)
{
    screencopy_of(data)->shm = (struct pf_wl_shape){
        .memory = PF_FRAME_SHM, .format = format, .width = width, .height = height, .stride = stride};
}

static void frame_linux_dmabuf(
    void *data, struct zwlr_screencopy_frame_v1 *frame, uint32_t format, uint32_t width, uint32_t height)
{
    screencopy_of(data)->dmabuf =
        (struct pf_wl_shape){.memory = PF_FRAME_DMABUF, .format = format, .width = width, .height = height};
}

static void frame_buffer_done(void *data, struct zwlr_screencopy_frame_v1 *frame)
{
    struct screencopy *c = data;
    int rc = pf_wl_stream_fit_pool(&c->stream, &c->shm, &c->dmabuf);
    if (!rc)
        rc = start_copy(&c->stream);
    if (rc)
        pf_wl_stream_break(&c->stream, rc);
}

static void frame_flags(void *data, struct zwlr_screencopy_frame_v1 *frame, uint32_t flags)
{
    screencopy_of(data)->flags = flags;
}

static void frame_damage(void *data, struct zwlr_screencopy_frame_v1 *frame, uint32_t x, uint32_t y,
    uint32_t width, uint32_t height)
{
}

static void frame_failed(void *data, struct zwlr_screencopy_frame_v1 *frame)
{
    struct screencopy *c = data;
    drop_frame(c);
    c->seen_one = false; /* whatever happened, a whole picture is due */
    pf_wl_stream_copy_failed(&c->stream);
}

static void frame_ready(
    void *data, struct zwlr_screencopy_frame_v1 *frame, uint32_t sec_hi, uint32_t sec_lo, uint32_t nsec)
{
    struct screencopy *c = data;
    struct pf_wl_buffer *buffer = c->buffer;
    bool upside_down = c->flags & ZWLR_SCREENCOPY_FRAME_V1_FLAGS_Y_INVERT;
    if (upside_down && !buffer->map) { /* only the CPU can turn it over: take the next one in shared memory */
        c->stream.no_dmabuf = true;
        frame_failed(data, frame);
        return;
    }
    c->buffer = NULL;
    drop_frame(c);
    c->seen_one = true;
    if (upside_down)
        pf_wl_buffer_flip(buffer);
    pf_wl_stream_deliver(&c->stream, buffer, pf_wl_time(&c->stream.connection, sec_hi, sec_lo, nsec));
}

static const struct zwlr_screencopy_frame_v1_listener frame_listener = {
    .buffer = frame_buffer,
    .flags = frame_flags,
    .ready = frame_ready,
    .failed = frame_failed,
    .damage = frame_damage,
    .linux_dmabuf = frame_linux_dmabuf,
    .buffer_done = frame_buffer_done,
};

static int request(struct pf_wl_stream *stream)
{
    struct screencopy *c = (struct screencopy *)stream;
    c->shm = c->dmabuf = (struct pf_wl_shape){0};
    c->flags = 0;
    c->frame = zwlr_screencopy_manager_v1_capture_output(
        stream->connection.screencopy, !stream->params.hide_cursor, stream->connection.search.output);
    if (!c->frame)
        return -ENOMEM;
    zwlr_screencopy_frame_v1_add_listener(c->frame, &frame_listener, c);
    return 0;
}

static void cleanup(struct pf_wl_stream *stream)
{
    drop_frame((struct screencopy *)stream);
}

static const struct pf_wl_stream_ops stream_ops = {request, start_copy, cleanup};

static int open_screencopy(const struct pf_source *source, const struct pf_capture_params *params,
    struct pf_capture **ret_capture, struct pf_error *err)
{
    struct screencopy *c = calloc(1, sizeof(*c));
    if (!c)
        return pf_error_set(err, -ENOMEM, "cannot capture: out of memory");
    c->stream.ops = &stream_ops;
    int rc = pf_wl_stream_init(&c->stream, source, params, err);
    if (rc) {
        free(c);
        return rc;
    }
    if (!c->stream.connection.screencopy)
        rc = pf_error_set(err, -ENOTSUP, "cannot capture: the compositor lacks wlr-screencopy version 3");
    else if ((rc = pf_wl_stream_start(&c->stream)) < 0)
        pf_error_set(err, rc, "cannot capture: no thread could be started (%s)", strerror(-rc));
    if (rc) {
        pf_wl_stream_finish(&c->stream);
        free(c);
        return rc;
    }
    *ret_capture = &c->stream.base;
    return 0;
}

const struct pf_capture_backend pf_capture_wlr_screencopy = {
    .name = "wlr-screencopy",
    .kind = PF_SOURCE_WAYLAND,
    .open = open_screencopy,
};

#include "capture/wlr/ext_copy.h"

#include "capture/wlr/stream.h"
#include "ext-image-capture-source-v1-client-protocol.h"
#include "ext-image-copy-capture-v1-client-protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_FORMAT UINT32_MAX /* 0 is ARGB8888 */

/* A rectangle from (x1, y1) up to, not including, (x2, y2); empty if x1 ≥ x2. */
struct box {
    int32_t x1, y1, x2, y2;
};

struct ext_copy {
    struct pf_wl_stream stream;
    struct ext_image_capture_source_v1 *source;
    struct ext_image_copy_capture_session_v1 *session;

    struct pf_wl_shape announced; /* being told by the session */
    uint32_t announced_dmabuf;    /* DRM fourcc that can be linear; 0: none */
    struct pf_wl_shape shape;     /* complete; width 0: not yet */
    struct pf_wl_shape dmabuf;    /* the same in GPU memory; width 0: not offered */
    bool wants_shape;             /* a picture was requested before the shape was known */

    struct ext_image_copy_capture_frame_v1 *frame; /* the one request under way */
    struct pf_wl_buffer *buffer;                   /* what it fills */
    struct box damage;                             /* what changed with this frame */
    struct box stale[PF_WL_BUFFERS];               /* what each buffer lacks */
    uint64_t capture_mono_ns;
};

static bool is_empty(const struct box *b)
{
    return b->x1 >= b->x2 || b->y1 >= b->y2;
}

static void grow(struct box *b, const struct box *other)
{
    if (is_empty(other))
        return;
    if (is_empty(b)) {
        *b = *other;
        return;
    }
    b->x1 = other->x1 < b->x1 ? other->x1 : b->x1;
    b->y1 = other->y1 < b->y1 ? other->y1 : b->y1;
    b->x2 = other->x2 > b->x2 ? other->x2 : b->x2;
    b->y2 = other->y2 > b->y2 ? other->y2 : b->y2;
}

static struct box whole(const struct pf_wl_shape *s)
{
    return (struct box){0, 0, (int32_t)s->width, (int32_t)s->height};
}

static struct box *stale_of(struct ext_copy *c, const struct pf_wl_buffer *buffer)
{
    return &c->stale[buffer - pf_wl_pool_buffer(c->stream.pool, 0)];
}

static void drop_frame(struct ext_copy *c)
{
    if (c->frame)
        ext_image_copy_capture_frame_v1_destroy(c->frame);
    if (c->buffer)
        pf_wl_buffer_give_back(c->buffer);
    c->frame = NULL;
    c->buffer = NULL;
    c->stream.wants_buffer = false;
}

/* -- Frame --------------------------------------------------------------------------------------------- */

static void frame_transform(void *data, struct ext_image_copy_capture_frame_v1 *frame, uint32_t transform)
{
}

static void frame_damage(void *data, struct ext_image_copy_capture_frame_v1 *frame, int32_t x, int32_t y,
    int32_t width, int32_t height)
{
    struct ext_copy *c = data;
    struct box limit = whole(&c->shape);
    if (x < 0 || y < 0 || width < 0 || height < 0 || width > limit.x2 - x || height > limit.y2 - y)
        grow(&c->damage, &limit); /* outside the picture: believe nothing */
    else
        grow(&c->damage, &(struct box){x, y, x + width, y + height});
}

static void frame_presentation_time(void *data, struct ext_image_copy_capture_frame_v1 *frame,
    uint32_t sec_hi, uint32_t sec_lo, uint32_t nsec)
{
    struct ext_copy *c = data;
    c->capture_mono_ns = pf_wl_time(&c->stream.connection, sec_hi, sec_lo, nsec);
}

static void frame_ready(void *data, struct ext_image_copy_capture_frame_v1 *frame)
{
    struct ext_copy *c = data;
    struct pf_wl_buffer *buffer = c->buffer;
    for (unsigned i = 0; i < PF_WL_BUFFERS; i++)
        grow(&c->stale[i], &c->damage);
    *stale_of(c, buffer) = (struct box){0};
    c->buffer = NULL;
    drop_frame(c);
    pf_wl_stream_deliver(&c->stream, buffer, c->capture_mono_ns);
}

static void frame_failed(void *data, struct ext_image_copy_capture_frame_v1 *frame, uint32_t reason)
{
    struct ext_copy *c = data;
    if (c->buffer)
        *stale_of(c, c->buffer) = whole(&c->shape);
    drop_frame(c);
    if (reason == EXT_IMAGE_COPY_CAPTURE_FRAME_V1_FAILURE_REASON_STOPPED)
        pf_wl_stream_break(&c->stream, -ENODEV);
    else
        pf_wl_stream_copy_failed(&c->stream); /* new constraints arrive before the next try */
}

static const struct ext_image_copy_capture_frame_v1_listener frame_listener = {
    .transform = frame_transform,
    .damage = frame_damage,
    .presentation_time = frame_presentation_time,
    .ready = frame_ready,
    .failed = frame_failed,
};

/* Hands the compositor a buffer; waits for one to come back if all are in use. */
static int start_copy(struct pf_wl_stream *stream)
{
    struct ext_copy *c = (struct ext_copy *)stream;
    c->buffer = pf_wl_pool_take(stream->pool);
    stream->wants_buffer = !c->buffer;
    if (!c->buffer)
        return 0;
    c->frame = ext_image_copy_capture_session_v1_create_frame(c->session);
    if (!c->frame)
        return -ENOMEM;
    c->damage = (struct box){0};
    c->capture_mono_ns = pf_wl_time(&stream->connection, UINT32_MAX, 0, 0); /* now, until told */
    ext_image_copy_capture_frame_v1_add_listener(c->frame, &frame_listener, c);
    ext_image_copy_capture_frame_v1_attach_buffer(c->frame, c->buffer->proxy);
    struct box stale = c->buffer->fresh ? whole(&c->shape) : *stale_of(c, c->buffer);
    if (!is_empty(&stale))
        ext_image_copy_capture_frame_v1_damage_buffer(
            c->frame, stale.x1, stale.y1, stale.x2 - stale.x1, stale.y2 - stale.y1);
    ext_image_copy_capture_frame_v1_capture(c->frame);
    return 0;
}

static int request(struct pf_wl_stream *stream)
{
    struct ext_copy *c = (struct ext_copy *)stream;
    c->wants_shape = !c->shape.width;
    if (c->wants_shape)
        return 0;
    const struct pf_wl_pool *before = stream->pool;
    int rc = pf_wl_stream_fit_pool(stream, &c->shape, &c->dmabuf);
    if (!rc && stream->pool != before)
        memset(c->stale, 0, sizeof(c->stale)); /* all its buffers are fresh */
    return rc ? rc : start_copy(stream);
}

/* -- Session ------------------------------------------------------------------------------------------- */

static void session_buffer_size(
    void *data, struct ext_image_copy_capture_session_v1 *session, uint32_t width, uint32_t height)
{
    struct ext_copy *c = data;
    c->announced.width = width;
    c->announced.height = height;
    c->announced.stride = width <= UINT32_MAX / 4 ? width * 4 : 0;
}

/* Blue first is what encoders like best. */
static unsigned preference(uint32_t format)
{
    switch (format) {
    case PF_FORMAT_XRGB8888:
        return 4;
    case PF_FORMAT_ARGB8888:
        return 3;
    case PF_FORMAT_XBGR8888:
        return 2;
    case PF_FORMAT_ABGR8888:
        return 1;
    default:
        return 0;
    }
}

static void session_shm_format(void *data, struct ext_image_copy_capture_session_v1 *session, uint32_t format)
{
    struct ext_copy *c = data;
    if (preference(pf_wl_format(format)) > preference(pf_wl_format(c->announced.format)))
        c->announced.format = format;
}

static void session_dmabuf_device(
    void *data, struct ext_image_copy_capture_session_v1 *session, struct wl_array *device)
{
    struct ext_copy *c = data;
    if (device->size == sizeof(c->stream.connection.gpu))
        memcpy(&c->stream.connection.gpu, device->data, sizeof(c->stream.connection.gpu));
}

static bool has_linear(const struct wl_array *modifiers)
{
    uint64_t modifier;
    for (size_t at = 0; at + sizeof(modifier) <= modifiers->size; at += sizeof(modifier)) {
        memcpy(&modifier, (const uint8_t *)modifiers->data + at, sizeof(modifier));
        if (modifier == PF_MODIFIER_LINEAR)
            return true;
    }
    return false;
}

static void session_dmabuf_format(void *data, struct ext_image_copy_capture_session_v1 *session,
    uint32_t format, struct wl_array *modifiers)
{
    struct ext_copy *c = data;
    if (has_linear(modifiers) && preference(format) > preference(c->announced_dmabuf))
        c->announced_dmabuf = format;
}

static void session_done(void *data, struct ext_image_copy_capture_session_v1 *session)
{
    struct ext_copy *c = data;
    c->shape = c->announced;
    c->dmabuf = (struct pf_wl_shape){.memory = PF_FRAME_DMABUF,
        .format = c->announced_dmabuf,
        .width = c->announced_dmabuf ? c->shape.width : 0,
        .height = c->shape.height};
    c->announced_dmabuf = 0;
    c->announced.format = NO_FORMAT; /* each round names all formats again */
    if (!c->wants_shape)
        return;
    int rc = request(&c->stream);
    if (rc)
        pf_wl_stream_break(&c->stream, rc);
}

static void session_stopped(void *data, struct ext_image_copy_capture_session_v1 *session)
{
    struct ext_copy *c = data;
    pf_wl_stream_break(&c->stream, -ENODEV);
}

static const struct ext_image_copy_capture_session_v1_listener session_listener = {
    .buffer_size = session_buffer_size,
    .shm_format = session_shm_format,
    .dmabuf_device = session_dmabuf_device,
    .dmabuf_format = session_dmabuf_format,
    .done = session_done,
    .stopped = session_stopped,
};

static int open_session(struct ext_copy *c)
{
    struct pf_wl_connection *wl = &c->stream.connection;
    c->announced.format = NO_FORMAT;
    c->source = ext_output_image_capture_source_manager_v1_create_source(wl->ext_source, wl->search.output);
    uint32_t options =
        c->stream.params.hide_cursor ? 0 : EXT_IMAGE_COPY_CAPTURE_MANAGER_V1_OPTIONS_PAINT_CURSORS;
    if (c->source)
        c->session = ext_image_copy_capture_manager_v1_create_session(wl->ext_copy, c->source, options);
    if (!c->session)
        return -ENOMEM;
    return ext_image_copy_capture_session_v1_add_listener(c->session, &session_listener, c);
}

static void cleanup(struct pf_wl_stream *stream)
{
    struct ext_copy *c = (struct ext_copy *)stream;
    drop_frame(c);
    if (c->session)
        ext_image_copy_capture_session_v1_destroy(c->session);
    if (c->source)
        ext_image_capture_source_v1_destroy(c->source);
}

static const struct pf_wl_stream_ops stream_ops = {request, start_copy, cleanup};

static int open_ext_copy(const struct pf_source *source, const struct pf_capture_params *params,
    struct pf_capture **ret_capture, struct pf_error *err)
{
    struct ext_copy *c = calloc(1, sizeof(*c));
    if (!c)
        return pf_error_set(err, -ENOMEM, "cannot capture: out of memory");
    c->stream.ops = &stream_ops;
    int rc = pf_wl_stream_init(&c->stream, source, params, err);
    if (rc) {
        free(c);
        return rc;
    }
    if (!c->stream.connection.ext_copy || !c->stream.connection.ext_source)
        rc = pf_error_set(err, -ENOTSUP, "cannot capture: the compositor lacks ext-image-copy-capture");
    else if ((rc = open_session(c)) < 0)
        pf_error_set(err, rc, "cannot capture: out of memory");
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

const struct pf_capture_backend pf_capture_ext_copy = {
    .name = "ext-image-copy-capture",
    .kind = PF_SOURCE_WAYLAND,
    .open = open_ext_copy,
};

#include "capture/synthetic/synthetic.h"

#include "base/thread.h"
#include "base/time.h"
#include "capture/synthetic/picture.h"

#include <errno.h>
#include <stdlib.h>

/* One is waiting in the mailbox, one is being encoded, one is kept for repeats, one is being drawn. */
#define BUFFERS 4

struct buffer {
    struct pf_frame frame;
    atomic_bool busy; /* until the frame's release, which is the last to touch it */
    uint8_t *pixels;
};

/* Lives as long as the capture or any of its frames. */
struct pool {
    atomic_uint refs;
    struct buffer buffer[BUFFERS];
};

struct synthetic_capture {
    struct pf_capture base;
    struct pf_mode mode;
    enum pf_synthetic_picture picture;
    struct pool *pool;
    pthread_t thread;
    struct pf_mailbox alarm; /* never holds anything: waiting for it is a sleep that closing it ends */
    atomic_bool stop;
    uint64_t sequence;
};

static void pool_unref(struct pool *pool)
{
    if (atomic_fetch_sub(&pool->refs, 1) != 1)
        return;
    for (int i = 0; i < BUFFERS; i++)
        free(pool->buffer[i].pixels);
    free(pool);
}

static void frame_release(struct pf_frame *frame)
{
    struct pool *pool = frame->owner;
    atomic_store_explicit(&((struct buffer *)frame)->busy, false, memory_order_release);
    pool_unref(pool);
}

static struct pool *pool_create(const struct pf_mode *mode)
{
    struct pool *pool = calloc(1, sizeof(*pool));
    if (!pool)
        return NULL;
    atomic_store(&pool->refs, 1);
    size_t size = (size_t)mode->width * 4 * mode->height;
    for (int i = 0; i < BUFFERS; i++) {
        pool->buffer[i].pixels = malloc(size);
        if (!pool->buffer[i].pixels) {
            pool_unref(pool);
            return NULL;
        }
    }
    return pool;
}

static struct buffer *pool_take(struct pool *pool)
{
    for (int i = 0; i < BUFFERS; i++)
        if (!atomic_load_explicit(&pool->buffer[i].busy, memory_order_acquire))
            return &pool->buffer[i];
    return NULL;
}

static void publish(struct synthetic_capture *c)
{
    struct buffer *b = pool_take(c->pool);
    uint64_t index = c->sequence++;
    if (!b)
        return; /* nobody takes pictures; the next one will be newer */
    size_t stride = (size_t)c->mode.width * 4;
    pf_test_picture_draw(b->pixels, stride, c->mode.width, c->mode.height, index);
    atomic_fetch_add(&c->pool->refs, 1);
    b->frame = (struct pf_frame){
        .release = frame_release,
        .owner = c->pool,
        .memory = PF_FRAME_SHM,
        .format = PF_FORMAT_XRGB8888,
        .width = c->mode.width,
        .height = c->mode.height,
        .stride = (uint32_t)stride,
        .pixels = b->pixels,
        .capture_mono_ns = pf_time_mono_ns(),
        .sequence = index,
    };
    atomic_store(&b->frame.refs, 1);
    atomic_store(&b->busy, true);
    pf_mailbox_put(&c->base.frames, &b->frame);
}

static void run(void *arg)
{
    struct synthetic_capture *c = arg;
    uint64_t interval = pf_mode_frame_ns(&c->mode), due = pf_time_mono_ns();
    for (;;) {
        publish(c);
        uint64_t now = pf_time_mono_ns();
        due = due + interval > now ? due + interval : now;
        pf_mailbox_take(&c->alarm, c->picture == PF_SYNTHETIC_STILL ? UINT64_MAX / 2 : due);
        if (atomic_load(&c->stop))
            return;
    }
}

static void mailbox_release(void *item)
{
    pf_frame_unref(item);
}

static void synthetic_destroy(struct pf_capture *base)
{
    struct synthetic_capture *c = (struct synthetic_capture *)base;
    atomic_store(&c->stop, true);
    pf_mailbox_close(&c->alarm);
    pthread_join(c->thread, NULL);
    pf_mailbox_finish(&c->base.frames);
    pf_mailbox_finish(&c->alarm);
    pool_unref(c->pool);
    free(c);
}

static const struct pf_capture_ops synthetic_ops = {.destroy = synthetic_destroy};

static int synthetic_open(const struct pf_source *source, const struct pf_capture_params *params,
    struct pf_capture **ret_capture, struct pf_error *err)
{
    (void)params;
    const struct pf_mode *m = &source->mode;
    if (!m->width || !m->height || m->width > 8192 || m->height > 8192 || !m->refresh_mhz)
        return pf_error_set(err, -EINVAL, "a test picture of %ux%u cannot be drawn", m->width, m->height);
    struct synthetic_capture *c = calloc(1, sizeof(*c));
    struct pool *pool = pool_create(m);
    int rc = c && pool ? 0 : -ENOMEM;
    if (rc)
        goto fail;
    c->base.ops = &synthetic_ops;
    c->mode = *m;
    c->picture = source->node_id;
    c->pool = pool;
    pf_mailbox_init(&c->base.frames, mailbox_release);
    pf_mailbox_init(&c->alarm, mailbox_release);
    rc = pf_thread_start(&c->thread, "test-picture", PF_THREAD_NORMAL, run, c);
    if (rc) {
        pf_mailbox_finish(&c->base.frames);
        pf_mailbox_finish(&c->alarm);
        goto fail;
    }
    *ret_capture = &c->base;
    return 0;

fail:
    if (pool)
        pool_unref(pool);
    free(c);
    return pf_error_set(err, rc, "the test picture cannot be shown: out of memory or threads");
}

const struct pf_capture_backend pf_capture_backend_synthetic = {
    .name = "synthetic",
    .kind = PF_SOURCE_SYNTHETIC,
    .open = synthetic_open,
};

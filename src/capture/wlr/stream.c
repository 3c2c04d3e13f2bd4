#include "capture/wlr/stream.h"

#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"
#include "wayland/client.h"

#ifdef HAVE_GBM
#include "capture/wlr/dmabuf.h"
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SCOPE        "capture"
#define RETRY_NS     (50 * PF_NS_PER_MS)
#define FAILURES_MAX 20

static void release_frame(void *item)
{
    pf_frame_unref(item);
}

void pf_wl_stream_break(struct pf_wl_stream *s, int code)
{
    if (!s->broken)
        s->broken = code;
}

static int create_pool(struct pf_wl_stream *s, const struct pf_wl_shape *shape, struct pf_wl_pool **ret_pool)
{
    if (shape->memory == PF_FRAME_SHM)
        return pf_wl_pool_create_shm(s->connection.shm, shape, s->wake_fd, ret_pool);
#ifdef HAVE_GBM
    return pf_wl_pool_create_dmabuf(&s->connection, shape, s->wake_fd, ret_pool);
#else
    return -ENOTSUP;
#endif
}

static int fit(struct pf_wl_stream *s, const struct pf_wl_shape *shape)
{
    struct pf_wl_pool *pool;
    if (s->pool && !memcmp(pf_wl_pool_shape(s->pool), shape, sizeof(*shape)))
        return 0;
    int rc = create_pool(s, shape, &pool);
    if (rc)
        return rc;
    pf_wl_pool_destroy(s->pool);
    s->pool = pool;
    return 0;
}

int pf_wl_stream_fit_pool(
    struct pf_wl_stream *s, const struct pf_wl_shape *shm, const struct pf_wl_shape *dmabuf)
{
    if (dmabuf->width && !s->no_dmabuf) {
        if (fit(s, dmabuf) == 0)
            return 0;
        s->no_dmabuf = true;
        pf_log_info(
            SCOPE, "no GPU buffers can be shared with the compositor; the picture goes through memory");
    }
    int rc = shm->width ? fit(s, shm) : -ENOTSUP;
    if (rc)
        pf_log_error(SCOPE, "no buffers for %ux%u, stride %u, format 0x%x: %s", shm->width, shm->height,
            shm->stride, shm->format, strerror(-rc));
    return rc;
}

static void request(struct pf_wl_stream *s)
{
    s->retry_mono_ns = 0;
    int rc = s->ops->request(s);
    if (rc)
        pf_wl_stream_break(s, rc);
}

void pf_wl_stream_deliver(struct pf_wl_stream *s, struct pf_wl_buffer *buffer, uint64_t capture_mono_ns)
{
    s->failures = 0;
    pf_mailbox_put(&s->base.frames, pf_wl_buffer_publish(buffer, capture_mono_ns, s->sequence++));
    request(s);
}

void pf_wl_stream_copy_failed(struct pf_wl_stream *s)
{
    if (++s->failures > FAILURES_MAX) {
        pf_log_error(SCOPE, "the compositor fails to copy the picture");
        pf_wl_stream_break(s, -EIO);
        return;
    }
    s->retry_mono_ns = pf_time_mono_ns() + RETRY_NS;
}

static void drain(int wake_fd)
{
    uint64_t count;
    ssize_t n = read(wake_fd, &count, sizeof(count));
    (void)n; /* nothing to read is fine */
}

static int milliseconds_to_retry(const struct pf_wl_stream *s)
{
    if (!s->retry_mono_ns)
        return -1;
    uint64_t now = pf_time_mono_ns();
    return now >= s->retry_mono_ns ? 0 : (int)((s->retry_mono_ns - now) / PF_NS_PER_MS + 1);
}

/* One turn of the loop. Returns 0 or what ends the capture. */
static int turn(struct pf_wl_stream *s)
{
    int rc = pf_wayland_dispatch(s->connection.display, s->wake_fd, milliseconds_to_retry(s));
    if (!rc && s->connection.search.gone)
        rc = -ENODEV;
    if (!rc)
        rc = s->broken;
    if (rc)
        return rc;
    drain(s->wake_fd);
    if (s->retry_mono_ns && pf_time_mono_ns() >= s->retry_mono_ns)
        request(s);
    if (s->wants_buffer && (rc = s->ops->buffer_free(s)))
        return rc;
    return s->broken;
}

static void run(void *arg)
{
    struct pf_wl_stream *s = arg;
    request(s);
    int rc = s->broken;
    while (!rc && !atomic_load(&s->stop))
        rc = turn(s);
    if (rc) {
        pf_log_warn(SCOPE, "capture ended: %s",
            rc == -ENODEV       ? "the output was removed"
            : rc == -ECONNRESET ? "the compositor has ended"
                                : strerror(-rc));
        atomic_store(&s->base.failure, rc);
        pf_mailbox_close(&s->base.frames);
    }
}

static void destroy(struct pf_capture *capture)
{
    struct pf_wl_stream *s = (struct pf_wl_stream *)capture;
    atomic_store(&s->stop, true);
    ssize_t n = write(s->wake_fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)n;
    pthread_join(s->thread, NULL);
    pf_wl_stream_finish(s);
    free(s);
}

static const struct pf_capture_ops capture_ops = {.destroy = destroy};

int pf_wl_stream_init(struct pf_wl_stream *s, const struct pf_source *source,
    const struct pf_capture_params *params, struct pf_error *err)
{
    int rc = pf_wl_open(&s->connection, source->wayland_socket, source->output_name, err);
    if (rc)
        return rc;
    if (!s->connection.shm) {
        pf_wl_close(&s->connection);
        return pf_error_set(err, -EPROTO, "cannot capture: the compositor offers no shared memory");
    }
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->wake_fd < 0) {
        rc = -errno;
        pf_wl_close(&s->connection);
        return pf_error_set(err, rc, "cannot capture: %s", strerror(-rc));
    }
    s->base.ops = &capture_ops;
    if (params)
        s->params = *params;
    s->no_dmabuf = !s->params.dmabuf;
    pf_mailbox_init(&s->base.frames, release_frame);
    return 0;
}

void pf_wl_stream_finish(struct pf_wl_stream *s)
{
    s->ops->cleanup(s);
    pf_wl_pool_destroy(s->pool);
    pf_wl_close(&s->connection);
    pf_mailbox_finish(&s->base.frames);
    close(s->wake_fd);
}

int pf_wl_stream_start(struct pf_wl_stream *s)
{
    return pf_thread_start(&s->thread, "capture", PF_THREAD_CAPTURE, run, s);
}

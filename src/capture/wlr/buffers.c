#include "capture/wlr/buffers.h"

#include "capture/wlr/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#define SIDE_MAX 16384u

struct pf_wl_pool {
    atomic_uint refs; /* the capture's, and one for each published frame */
    struct pf_wl_shape shape;
    atomic_bool starving; /* the capture waits for a buffer */
    int wake_fd;          /* a copy of our own: frames may outlive the capture */
    uint8_t *map;         /* SHM: all buffers, one after the other */
    size_t map_len;
    void (*free_memory)(struct pf_wl_pool *pool, void *user);
    void *user;
    struct pf_wl_buffer buffer[PF_WL_BUFFERS];
};

static void pool_unref(struct pf_wl_pool *pool)
{
    if (atomic_fetch_sub_explicit(&pool->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (pool->map)
        munmap(pool->map, pool->map_len);
    if (pool->free_memory)
        pool->free_memory(pool, pool->user);
    if (pool->wake_fd >= 0)
        close(pool->wake_fd);
    free(pool);
}

static void set_free(struct pf_wl_buffer *buffer)
{
    struct pf_wl_pool *pool = buffer->pool;
    atomic_store(&buffer->busy, false);
    if (atomic_exchange(&pool->starving, false)) {
        ssize_t n = write(pool->wake_fd, &(uint64_t){1}, sizeof(uint64_t));
        (void)n; /* a full counter wakes as well */
    }
}

static void frame_released(struct pf_frame *frame)
{
    struct pf_wl_buffer *buffer = (struct pf_wl_buffer *)frame;
    struct pf_wl_pool *pool = buffer->pool;
    set_free(buffer);
    pool_unref(pool);
}

struct pf_wl_pool *pf_wl_pool_new(const struct pf_wl_shape *shape, int wake_fd)
{
    struct pf_wl_pool *pool = calloc(1, sizeof(*pool));
    if (!pool)
        return NULL;
    atomic_init(&pool->refs, 1);
    pool->shape = *shape;
    pool->wake_fd = fcntl(wake_fd, F_DUPFD_CLOEXEC, 0);
    for (unsigned i = 0; i < PF_WL_BUFFERS; i++) {
        struct pf_wl_buffer *b = &pool->buffer[i];
        *b = (struct pf_wl_buffer){.pool = pool, .fresh = true};
        b->frame = (struct pf_frame){
            .release = frame_released,
            .memory = shape->memory,
            .format = shape->memory == PF_FRAME_SHM ? pf_wl_format(shape->format) : shape->format,
            .width = shape->width,
            .height = shape->height,
            .stride = shape->stride,
        };
    }
    return pool;
}

struct pf_wl_buffer *pf_wl_pool_buffer(struct pf_wl_pool *pool, unsigned index)
{
    return &pool->buffer[index];
}

void pf_wl_pool_on_free(
    struct pf_wl_pool *pool, void (*free_memory)(struct pf_wl_pool *pool, void *user), void *user)
{
    pool->free_memory = free_memory;
    pool->user = user;
}

/* An anonymous file of the given length that the compositor need not fear to see shrink. */
static int shared_file(size_t len)
{
    int fd = memfd_create("punktfunk-frames", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -errno;
    if (ftruncate(fd, (off_t)len) < 0) {
        int rc = -errno;
        close(fd);
        return rc;
    }
    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL);
    return fd;
}

static bool plausible(const struct pf_wl_shape *s)
{
    return s->width && s->height && s->width <= SIDE_MAX && s->height <= SIDE_MAX &&
           s->stride >= 4 * s->width && s->stride <= 8 * SIDE_MAX && s->stride % 4 == 0;
}

int pf_wl_pool_create_shm(
    struct wl_shm *shm, const struct pf_wl_shape *shape, int wake_fd, struct pf_wl_pool **ret_pool)
{
    if (!plausible(shape))
        return -EINVAL;
    if (!pf_wl_format(shape->format))
        return -ENOTSUP;
    size_t size = (size_t)shape->stride * shape->height;
    if (size * PF_WL_BUFFERS > INT32_MAX) /* the protocol's limit */
        return -EINVAL;
    int fd = shared_file(size * PF_WL_BUFFERS);
    if (fd < 0)
        return fd;
    struct pf_wl_pool *pool = pf_wl_pool_new(shape, wake_fd);
    uint8_t *map = mmap(NULL, size * PF_WL_BUFFERS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    struct wl_shm_pool *shm_pool =
        pool && map != MAP_FAILED ? wl_shm_create_pool(shm, fd, (int32_t)(size * PF_WL_BUFFERS)) : NULL;
    close(fd);
    if (!shm_pool) {
        if (map != MAP_FAILED)
            munmap(map, size * PF_WL_BUFFERS);
        if (pool)
            pool_unref(pool);
        return -ENOMEM;
    }
    pool->map = map;
    pool->map_len = size * PF_WL_BUFFERS;
    for (unsigned i = 0; i < PF_WL_BUFFERS; i++) {
        struct pf_wl_buffer *b = &pool->buffer[i];
        b->map = map + i * size;
        b->frame.pixels = b->map;
        b->proxy = wl_shm_pool_create_buffer(shm_pool, (int32_t)(i * size), (int32_t)shape->width,
            (int32_t)shape->height, (int32_t)shape->stride, shape->format);
    }
    wl_shm_pool_destroy(shm_pool);
    *ret_pool = pool;
    return 0;
}

void pf_wl_pool_destroy(struct pf_wl_pool *pool)
{
    if (!pool)
        return;
    for (unsigned i = 0; i < PF_WL_BUFFERS; i++)
        if (pool->buffer[i].proxy)
            wl_buffer_destroy(pool->buffer[i].proxy);
    pool_unref(pool);
}

const struct pf_wl_shape *pf_wl_pool_shape(const struct pf_wl_pool *pool)
{
    return &pool->shape;
}

static struct pf_wl_buffer *find_free(struct pf_wl_pool *pool)
{
    for (unsigned i = 0; i < PF_WL_BUFFERS; i++) {
        struct pf_wl_buffer *b = &pool->buffer[i];
        if (!atomic_load(&b->busy)) {
            atomic_store(&b->busy, true);
            return b;
        }
    }
    return NULL;
}

struct pf_wl_buffer *pf_wl_pool_take(struct pf_wl_pool *pool)
{
    struct pf_wl_buffer *b = find_free(pool);
    if (b)
        return b;
    /* A frame may have come back between the search and the flag: search again. */
    atomic_store(&pool->starving, true);
    return find_free(pool);
}

void pf_wl_buffer_give_back(struct pf_wl_buffer *buffer)
{
    atomic_store(&buffer->busy, false);
}

struct pf_frame *pf_wl_buffer_publish(
    struct pf_wl_buffer *buffer, uint64_t capture_mono_ns, uint64_t sequence)
{
    atomic_fetch_add_explicit(&buffer->pool->refs, 1, memory_order_relaxed);
    buffer->fresh = false;
    buffer->frame.capture_mono_ns = capture_mono_ns;
    buffer->frame.sequence = sequence;
    atomic_store_explicit(&buffer->frame.refs, 1, memory_order_relaxed);
    return &buffer->frame;
}

void pf_wl_buffer_flip(struct pf_wl_buffer *buffer)
{
    size_t stride = buffer->frame.stride, left = buffer->frame.height / 2;
    uint8_t *top = buffer->map, *bottom = buffer->map + (buffer->frame.height - 1) * stride;
    uint8_t piece[4096];
    for (; left--; top += stride, bottom -= stride) {
        for (size_t at = 0; at < stride; at += sizeof(piece)) {
            size_t n = stride - at < sizeof(piece) ? stride - at : sizeof(piece);
            memcpy(piece, top + at, n);
            memcpy(top + at, bottom + at, n);
            memcpy(bottom + at, piece, n);
        }
    }
}

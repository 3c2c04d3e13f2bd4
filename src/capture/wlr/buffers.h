/* Buffers that the compositor copies pictures into and that travel on as frames.
 *
 * A pool has a few equal buffers. Each is in one of three hands: free, the compositor's, or published as a
 * frame until its last reference goes. The memory lives as long as anybody needs it, the Wayland objects as
 * long as the capture. Functions belong to the capture thread, except the release of frames, which may happen
 * anywhere.
 */
#ifndef PF_CAPTURE_WLR_BUFFERS_H
#define PF_CAPTURE_WLR_BUFFERS_H

#include "media/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wl_buffer;
struct wl_shm;
struct zwp_linux_dmabuf_v1;

/* One in the mailbox, one that is encoded, one kept for repeats, one that the compositor fills. */
#define PF_WL_BUFFERS 4

/* What a compositor wants the buffers to be. */
struct pf_wl_shape {
    enum pf_frame_memory memory;
    uint32_t format; /* SHM: enum wl_shm_format; DMABUF: DRM fourcc */
    uint32_t width, height;
    uint32_t stride; /* SHM only */
};

struct pf_wl_pool;

struct pf_wl_buffer {
    struct pf_frame frame; /* first: a frame is a buffer */
    struct pf_wl_pool *pool;
    struct wl_buffer *proxy;
    uint8_t *map; /* SHM only: writable view, for turning the picture over */
    void *bo;     /* DMABUF only: struct gbm_bo */
    atomic_bool busy;
    bool fresh; /* never filled */
};

/* Makes the pool in shared memory. `wake_fd` is an eventfd; it becomes readable when a frame comes back after
 * pf_wl_pool_take found none. Returns 0, -ENOMEM, -EINVAL for an impossible shape, -ENOTSUP for a format that
 * frames cannot have. */
int pf_wl_pool_create_shm(
    struct wl_shm *shm, const struct pf_wl_shape *shape, int wake_fd, struct pf_wl_pool **ret_pool);

/* Destroys the Wayland objects; memory follows when the last frame comes back. NULL is allowed. */
void pf_wl_pool_destroy(struct pf_wl_pool *pool);

const struct pf_wl_shape *pf_wl_pool_shape(const struct pf_wl_pool *pool);

/* A buffer for the compositor, or NULL if all are in use. Give it back, or publish it. */
struct pf_wl_buffer *pf_wl_pool_take(struct pf_wl_pool *pool);
void pf_wl_buffer_give_back(struct pf_wl_buffer *buffer);

/* Turns a filled buffer into a frame with one reference. */
struct pf_frame *pf_wl_buffer_publish(
    struct pf_wl_buffer *buffer, uint64_t capture_mono_ns, uint64_t sequence);

/* Turns the picture over (SHM), for compositors that deliver the bottom row first. */
void pf_wl_buffer_flip(struct pf_wl_buffer *buffer);

/* For pools of other memory (dmabuf.c): a pool without buffers in it. The caller fills in proxy, bo and
 * frame.dmabuf of every buffer. */
struct pf_wl_pool *pf_wl_pool_new(const struct pf_wl_shape *shape, int wake_fd);
struct pf_wl_buffer *pf_wl_pool_buffer(struct pf_wl_pool *pool, unsigned index);
/* `free_memory` runs once, when the last reference to the pool goes; any thread. */
void pf_wl_pool_on_free(
    struct pf_wl_pool *pool, void (*free_memory)(struct pf_wl_pool *pool, void *user), void *user);

#endif

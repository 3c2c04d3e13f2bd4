/* Frame buffers in GPU memory, for consumers that can read it (struct pf_capture_params).
 *
 * Always linear: the one layout that every encoder and the CPU understand. Where the compositor or the driver
 * cannot do it the caller falls back to shared memory.
 */
#ifndef PF_CAPTURE_WLR_DMABUF_H
#define PF_CAPTURE_WLR_DMABUF_H

#include "capture/wlr/buffers.h"
#include "capture/wlr/connection.h"

/* As pf_wl_pool_create_shm; shape->format is a DRM fourcc. Waits up to 1 s for the compositor. -ENOTSUP if
 * there is no usable device, or the compositor refuses the buffers. */
int pf_wl_pool_create_dmabuf(
    struct pf_wl_connection *c, const struct pf_wl_shape *shape, int wake_fd, struct pf_wl_pool **ret_pool);

#endif

#include "capture/wlr/dmabuf.h"

#include "base/env.h"
#include "base/time.h"
#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "wayland/client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gbm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define ANSWER_NS PF_NS_PER_S
#define SIDE_MAX  16384u

struct device {
    int fd;
    struct gbm_device *gbm;
};

/* Finds "/dev/dri/renderD…" of the GPU that the compositor uses. */
static bool render_node_of(dev_t device, char *out, size_t cap)
{
    char path[80];
    bool found = false;
    snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device/drm", major(device), minor(device));
    DIR *dir = opendir(path);
    for (struct dirent *d; dir && !found && (d = readdir(dir));) {
        if (strncmp(d->d_name, "renderD", 7) != 0)
            continue;
        found = snprintf(out, cap, "/dev/dri/%s", d->d_name) < (int)cap;
    }
    if (dir)
        closedir(dir);
    return found;
}

static int open_device(const struct pf_wl_connection *c, struct device **ret_device)
{
    char path[300] = "/dev/dri/renderD128";
    const char *wish = pf_env_get("PUNKTFUNK_RENDER_NODE");
    if (wish)
        snprintf(path, sizeof(path), "%s", wish);
    else if (c->gpu)
        render_node_of(c->gpu, path, sizeof(path));
    struct device *device = calloc(1, sizeof(*device));
    if (!device)
        return -ENOMEM;
    device->fd = open(path, O_RDWR | O_CLOEXEC);
    device->gbm = device->fd < 0 ? NULL : gbm_create_device(device->fd);
    if (device->gbm) {
        *ret_device = device;
        return 0;
    }
    if (device->fd >= 0)
        close(device->fd);
    free(device);
    return -ENOTSUP;
}

/* Runs when the last frame of the pool came back; any thread. */
static void free_memory(struct pf_wl_pool *pool, void *user)
{
    struct device *device = user;
    for (unsigned i = 0; i < PF_WL_BUFFERS; i++) {
        struct pf_wl_buffer *b = pf_wl_pool_buffer(pool, i);
        if (!b->bo)
            continue;
        close(b->frame.dmabuf.plane[0].fd);
        gbm_bo_destroy(b->bo);
    }
    gbm_device_destroy(device->gbm);
    close(device->fd);
    free(device);
}

static int allocate(struct device *device, struct pf_wl_buffer *b)
{
    struct gbm_bo *bo = gbm_bo_create(device->gbm, b->frame.width, b->frame.height, b->frame.format,
        GBM_BO_USE_RENDERING | GBM_BO_USE_LINEAR);
    if (!bo)
        return -ENOTSUP;
    int fd = gbm_bo_get_fd(bo);
    if (fd < 0) {
        gbm_bo_destroy(bo);
        return -ENOTSUP;
    }
    b->bo = bo;
    b->frame.dmabuf.modifier = PF_MODIFIER_LINEAR;
    b->frame.dmabuf.plane_count = 1;
    b->frame.dmabuf.plane[0] = (struct pf_frame_plane){
        .fd = fd, .offset = gbm_bo_get_offset(bo, 0), .stride = gbm_bo_get_stride(bo)};
    return 0;
}

static void params_created(void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *buffer)
{
    ((struct pf_wl_buffer *)data)->proxy = buffer;
}

static void params_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {params_created, params_failed};

/* Asks the compositor to import all buffers. Unlike the immediate form of the request a refusal is no
 * protocol error, so the connection survives it. */
static int import_all(struct pf_wl_connection *c, struct pf_wl_pool *pool)
{
    struct zwp_linux_buffer_params_v1 *params[PF_WL_BUFFERS];
    for (unsigned i = 0; i < PF_WL_BUFFERS; i++) {
        struct pf_wl_buffer *b = pf_wl_pool_buffer(pool, i);
        const struct pf_frame_plane *plane = &b->frame.dmabuf.plane[0];
        params[i] = zwp_linux_dmabuf_v1_create_params(c->dmabuf);
        zwp_linux_buffer_params_v1_add_listener(params[i], &params_listener, b);
        zwp_linux_buffer_params_v1_add(params[i], plane->fd, 0, plane->offset, plane->stride,
            (uint32_t)(PF_MODIFIER_LINEAR >> 32), (uint32_t)PF_MODIFIER_LINEAR);
        zwp_linux_buffer_params_v1_create(
            params[i], (int32_t)b->frame.width, (int32_t)b->frame.height, b->frame.format, 0);
    }
    int rc = pf_wayland_roundtrip(c->display, pf_time_mono_ns() + ANSWER_NS);
    for (unsigned i = 0; i < PF_WL_BUFFERS; i++) {
        zwp_linux_buffer_params_v1_destroy(params[i]);
        if (!rc && !pf_wl_pool_buffer(pool, i)->proxy)
            rc = -ENOTSUP;
    }
    return rc;
}

int pf_wl_pool_create_dmabuf(
    struct pf_wl_connection *c, const struct pf_wl_shape *shape, int wake_fd, struct pf_wl_pool **ret_pool)
{
    if (!c->dmabuf || !shape->width || !shape->height || shape->width > SIDE_MAX || shape->height > SIDE_MAX)
        return -ENOTSUP;
    struct device *device;
    int rc = open_device(c, &device);
    if (rc)
        return rc;
    struct pf_wl_pool *pool = pf_wl_pool_new(shape, wake_fd);
    if (!pool) {
        gbm_device_destroy(device->gbm);
        close(device->fd);
        free(device);
        return -ENOMEM;
    }
    pf_wl_pool_on_free(pool, free_memory, device);
    for (unsigned i = 0; i < PF_WL_BUFFERS && !rc; i++)
        rc = allocate(device, pf_wl_pool_buffer(pool, i));
    if (!rc)
        rc = import_all(c, pool);
    if (rc)
        pf_wl_pool_destroy(pool);
    else
        *ret_pool = pool;
    return rc;
}

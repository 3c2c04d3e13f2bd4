#include "capture/pipewire/timeline.h"

#include "base/env.h"
#include "base/time.h"
#include "pipewire/video.h"

#include <drm.h>
#include <errno.h>
#include <fcntl.h>
#include <spa/buffer/buffer.h>
#include <spa/buffer/meta.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WAIT_NS (100 * PF_NS_PER_MS)

/* ---- the GPU --------------------------------------------------------------------------------------------
 */

static int control(int fd, unsigned long request, void *argument)
{
    int rc;
    do
        rc = ioctl(fd, request, argument);
    while (rc < 0 && (errno == EINTR || errno == EAGAIN));
    return rc < 0 ? -errno : 0;
}

void pf_pw_gpu_open(struct pf_pw_gpu *ret_gpu)
{
    const char *wish = pf_env_get("PUNKTFUNK_RENDER_NODE");
    struct drm_get_cap cap = {.capability = DRM_CAP_SYNCOBJ_TIMELINE};
    *ret_gpu = (struct pf_pw_gpu){.fd = -1, .control = control};
    if (!pf_env_bool("PUNKTFUNK_EXPLICIT_SYNC", true))
        return;
    ret_gpu->fd = open(wish ? wish : "/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
    if (ret_gpu->fd >= 0 && (control(ret_gpu->fd, DRM_IOCTL_GET_CAP, &cap) < 0 || !cap.value))
        pf_pw_gpu_close(ret_gpu);
}

void pf_pw_gpu_close(struct pf_pw_gpu *gpu)
{
    if (gpu->fd >= 0)
        close(gpu->fd);
    gpu->fd = -1;
}

/* ---- buffers --------------------------------------------------------------------------------------------
 */

static struct pf_spa_sync_timeline *find(const struct spa_buffer *buffer)
{
    uint32_t n = buffer->n_datas;
    if (n < 3 || buffer->datas[n - 2].type != PF_SPA_DATA_SYNC_OBJ ||
        buffer->datas[n - 1].type != PF_SPA_DATA_SYNC_OBJ)
        return NULL;
    return spa_buffer_find_meta_data(buffer, PF_SPA_META_SYNC_TIMELINE, sizeof(struct pf_spa_sync_timeline));
}

bool pf_pw_timeline_has(const struct spa_buffer *buffer)
{
    return find(buffer) != NULL;
}

/* A handle for the timeline behind a descriptor: buffers come and go, so none is kept. */
static int open_timeline(const struct pf_pw_gpu *gpu, const struct spa_data *data, uint32_t *ret_handle)
{
    struct drm_syncobj_handle wish = {.fd = (int)data->fd};
    int rc = gpu->control(gpu->fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &wish);
    *ret_handle = wish.handle;
    return rc;
}

static void close_timeline(const struct pf_pw_gpu *gpu, uint32_t handle)
{
    struct drm_syncobj_destroy wish = {.handle = handle};
    gpu->control(gpu->fd, DRM_IOCTL_SYNCOBJ_DESTROY, &wish);
}

int pf_pw_timeline_wait(const struct pf_pw_gpu *gpu, const struct spa_buffer *buffer)
{
    const struct pf_spa_sync_timeline *timeline = find(buffer);
    uint32_t handle;
    if (!timeline || gpu->fd < 0)
        return timeline ? -ENODEV : 0;
    int rc = open_timeline(gpu, &buffer->datas[buffer->n_datas - 2], &handle);
    if (rc < 0)
        return rc;
    uint64_t point = timeline->acquire_point;
    struct drm_syncobj_timeline_wait wish = {.handles = (uintptr_t)&handle,
        .points = (uintptr_t)&point,
        .timeout_nsec = (int64_t)(pf_time_mono_ns() + WAIT_NS),
        .count_handles = 1,
        .flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT};
    rc = gpu->control(gpu->fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &wish);
    close_timeline(gpu, handle);
    return rc;
}

void pf_pw_timeline_release(const struct pf_pw_gpu *gpu, const struct spa_buffer *buffer)
{
    struct pf_spa_sync_timeline *timeline = find(buffer);
    uint32_t handle;
    if (!timeline || gpu->fd < 0 || open_timeline(gpu, &buffer->datas[buffer->n_datas - 1], &handle) < 0)
        return;
    uint64_t point = timeline->release_point;
    struct drm_syncobj_timeline_array wish = {
        .handles = (uintptr_t)&handle, .points = (uintptr_t)&point, .count_handles = 1};
    if (gpu->control(gpu->fd, DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL, &wish) == 0)
        timeline->flags &= ~PF_SPA_SYNC_UNSCHEDULED_RELEASE;
    close_timeline(gpu, handle);
}

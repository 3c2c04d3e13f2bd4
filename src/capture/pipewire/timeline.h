/* Explicit sync of pictures in GPU memory (displays-and-capture.md 14.3 to 14.5): the producer says by a
 * point on a timeline when a picture is finished, and hears by a point on another one when it was read.
 *
 * A buffer with SPA_META_SyncTimeline has two timelines behind its planes, as file descriptors of DRM. Thread
 * of the stream only.
 */
#ifndef PF_CAPTURE_PIPEWIRE_TIMELINE_H
#define PF_CAPTURE_PIPEWIRE_TIMELINE_H

#include <stdbool.h>

struct spa_buffer;

/* The GPU that is asked about timelines; any one will do. */
struct pf_pw_gpu {
    int fd;                                                        /* -1: none that knows timelines */
    int (*control)(int fd, unsigned long request, void *argument); /* ioctl; another one in tests */
};

/* Opens PUNKTFUNK_RENDER_NODE, or the first GPU. fd is -1 if there is none, if its driver knows no timelines,
 * or if PUNKTFUNK_EXPLICIT_SYNC is off: explicit sync is not offered then. */
void pf_pw_gpu_open(struct pf_pw_gpu *ret_gpu);
void pf_pw_gpu_close(struct pf_pw_gpu *gpu);

/* True if the buffer has timelines. */
bool pf_pw_timeline_has(const struct spa_buffer *buffer);

/* Waits until the picture is finished, at most 100 ms. Returns 0, -ETIME, or -errno. */
int pf_pw_timeline_wait(const struct pf_pw_gpu *gpu, const struct spa_buffer *buffer);

/* The buffer is not read any more: before it is queued again, shown or not. Nothing for one without
 * timelines. */
void pf_pw_timeline_release(const struct pf_pw_gpu *gpu, const struct spa_buffer *buffer);

#endif

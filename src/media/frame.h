/* A captured picture on its way from a capture back end to an encoder.
 *
 * Frames are reference-counted and belong to a pool of the back end that made them: when the last reference
 * goes, `release` returns the buffer there, on whichever thread that happens. Pixels are read-only once the
 * frame has been published.
 */
#ifndef PF_MEDIA_FRAME_H
#define PF_MEDIA_FRAME_H

#include <stdatomic.h>
#include <stdint.h>

/* DRM fourcc codes; byte order in memory in brackets. */
#define PF_FOURCC(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define PF_FORMAT_XRGB8888    PF_FOURCC('X', 'R', '2', '4') /* B G R x */
#define PF_FORMAT_ARGB8888    PF_FOURCC('A', 'R', '2', '4') /* B G R A */
#define PF_FORMAT_XBGR8888    PF_FOURCC('X', 'B', '2', '4') /* R G B x */
#define PF_FORMAT_ABGR8888    PF_FOURCC('A', 'B', '2', '4') /* R G B A */

#define PF_MODIFIER_LINEAR 0ull

enum pf_frame_memory {
    PF_FRAME_SHM,    /* `pixels` points at CPU memory */
    PF_FRAME_DMABUF, /* `dmabuf` describes GPU memory; pixels is NULL */
};

struct pf_frame_plane {
    int fd; /* owned by the pool */
    uint32_t offset, stride;
};

struct pf_frame {
    atomic_uint refs;
    void (*release)(struct pf_frame *frame); /* called once refs reach 0 */
    void *owner;                             /* for release */

    enum pf_frame_memory memory;
    uint32_t format;        /* PF_FORMAT_* */
    uint32_t width, height; /* pixels */
    uint32_t stride;        /* bytes per row of `pixels`; ≥ 4 · width */
    const uint8_t *pixels;  /* top row first */
    struct {
        uint64_t modifier;
        unsigned plane_count;
        struct pf_frame_plane plane[4];
    } dmabuf;

    uint64_t capture_mono_ns; /* when the compositor presented it (CLOCK_MONOTONIC) */
    uint64_t sequence;        /* +1 for each frame of this capture */
};

static inline struct pf_frame *pf_frame_ref(struct pf_frame *frame)
{
    atomic_fetch_add_explicit(&frame->refs, 1, memory_order_relaxed);
    return frame;
}

/* NULL is allowed. */
static inline void pf_frame_unref(struct pf_frame *frame)
{
    if (frame && atomic_fetch_sub_explicit(&frame->refs, 1, memory_order_acq_rel) == 1)
        frame->release(frame);
}

#endif

/* CPU access to linear dmabufs. Producers cycle through a handful of buffers, so each is mapped once. */
#ifndef PF_ENCODE_DMABUF_MAP_H
#define PF_ENCODE_DMABUF_MAP_H

#include "media/frame.h"

#include <stddef.h>
#include <sys/types.h>

#define PF_DMABUF_MAPS 16

struct pf_dmabuf_map {
    ino_t inode; /* file descriptors are reused for other buffers, inodes not while they are mapped */
    void *data;  /* NULL: free */
    size_t len;
    uint64_t last_use;
};

/* One thread's mappings; all zero is empty. */
struct pf_dmabuf_maps {
    struct pf_dmabuf_map map[PF_DMABUF_MAPS];
    uint64_t clock;
};

/* Unmaps everything. */
void pf_dmabuf_maps_finish(struct pf_dmabuf_maps *maps);

/* Makes the first plane of a dmabuf frame readable: *ret_pixels is valid until pf_dmabuf_end_read.
 * -ENOTSUP for a modifier other than linear, -EINVAL if the buffer is too small for the frame. */
int pf_dmabuf_begin_read(
    struct pf_dmabuf_maps *maps, const struct pf_frame *frame, const uint8_t **ret_pixels);
void pf_dmabuf_end_read(const struct pf_frame *frame);

#endif

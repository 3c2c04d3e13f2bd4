#include "encode/dmabuf_map.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void unmap(struct pf_dmabuf_map *map)
{
    if (map->data)
        munmap(map->data, map->len);
    *map = (struct pf_dmabuf_map){0};
}

void pf_dmabuf_maps_finish(struct pf_dmabuf_maps *maps)
{
    for (size_t i = 0; i < PF_DMABUF_MAPS; i++)
        unmap(&maps->map[i]);
}

/* The mapping of this buffer, or the one that was not used for the longest time. */
static struct pf_dmabuf_map *find(struct pf_dmabuf_maps *maps, ino_t inode)
{
    struct pf_dmabuf_map *oldest = &maps->map[0];
    for (size_t i = 0; i < PF_DMABUF_MAPS; i++) {
        struct pf_dmabuf_map *map = &maps->map[i];
        if (map->data && map->inode == inode)
            return map;
        if (map->last_use < oldest->last_use)
            oldest = map;
    }
    return oldest;
}

static int map_buffer(struct pf_dmabuf_map *map, int fd, ino_t inode)
{
    off_t len = lseek(fd, 0, SEEK_END);
    if (len <= 0)
        return len ? -errno : -EINVAL;
    void *data = mmap(NULL, (size_t)len, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED)
        return -errno;
    unmap(map);
    *map = (struct pf_dmabuf_map){.inode = inode, .data = data, .len = (size_t)len};
    return 0;
}

/* ENOTTY: plain shared memory that a producer passed as a dmabuf; it needs no synchronisation. */
static int sync_cpu(int fd, uint64_t flags)
{
    struct dma_buf_sync sync = {.flags = flags | DMA_BUF_SYNC_READ};
    int rc;
    do
        rc = ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
    while (rc < 0 && (errno == EINTR || errno == EAGAIN));
    return rc < 0 && errno != ENOTTY ? -errno : 0;
}

int pf_dmabuf_begin_read(
    struct pf_dmabuf_maps *maps, const struct pf_frame *frame, const uint8_t **ret_pixels)
{
    const struct pf_frame_plane *plane = &frame->dmabuf.plane[0];
    struct stat st;
    if (frame->dmabuf.modifier != PF_MODIFIER_LINEAR)
        return -ENOTSUP;
    if (plane->stride / 4 < frame->width || !frame->height)
        return -EINVAL;
    if (fstat(plane->fd, &st))
        return -errno;

    struct pf_dmabuf_map *map = find(maps, st.st_ino);
    if (!map->data || map->inode != st.st_ino) {
        int rc = map_buffer(map, plane->fd, st.st_ino);
        if (rc)
            return rc;
    }
    map->last_use = ++maps->clock;
    uint64_t end = (uint64_t)plane->stride * (frame->height - 1) + 4ull * frame->width + plane->offset;
    if (end > map->len)
        return -EINVAL;
    int rc = sync_cpu(plane->fd, DMA_BUF_SYNC_START);
    if (rc)
        return rc;
    *ret_pixels = (const uint8_t *)map->data + plane->offset;
    return 0;
}

void pf_dmabuf_end_read(const struct pf_frame *frame)
{
    sync_cpu(frame->dmabuf.plane[0].fd, DMA_BUF_SYNC_END);
}

#include "capture/pipewire/cursor.h"

#include <spa/buffer/meta.h>
#include <spa/param/video/raw.h>
#include <stdlib.h>
#include <string.h>

void pf_pw_cursor_finish(struct pf_pw_cursor *c)
{
    free(c->pixels);
    *c = (struct pf_pw_cursor){0};
}

/* What the bitmap's bytes are; false for formats without meaning here. */
static bool order_of(uint32_t format, bool *ret_red_first)
{
    *ret_red_first = format == SPA_VIDEO_FORMAT_RGBA;
    return format == SPA_VIDEO_FORMAT_RGBA || format == SPA_VIDEO_FORMAT_BGRA;
}

/* Red and blue change places. */
static uint32_t swapped(uint32_t p)
{
    return (p & 0xff00ff00u) | (p & 0xffu) << 16 | (p >> 16 & 0xffu);
}

static bool make_room(struct pf_pw_cursor *c, uint32_t pixels)
{
    if (pixels <= c->capacity)
        return true;
    uint32_t *room = realloc(c->pixels, (size_t)pixels * 4);
    if (!room)
        return false;
    c->pixels = room;
    c->capacity = pixels;
    return true;
}

/* The shape at `offset` in the metadata of `size` bytes. A damaged one leaves the old shape. */
static void take_bitmap(
    struct pf_pw_cursor *c, const struct spa_meta_cursor *meta, size_t size, bool picture_red_first)
{
    size_t offset = meta->bitmap_offset;
    if (offset > size || size - offset < sizeof(struct spa_meta_bitmap))
        return;
    const struct spa_meta_bitmap *bitmap = SPA_PTROFF(meta, offset, const struct spa_meta_bitmap);
    uint32_t width = bitmap->size.width, height = bitmap->size.height;
    size_t room = size - offset;
    bool red_first;
    if (!width || !height) {
        c->width = c->height = 0;
        return;
    }
    if (width > PF_PW_CURSOR_SIDE || height > PF_PW_CURSOR_SIDE || !order_of(bitmap->format, &red_first) ||
        bitmap->stride < (int32_t)(4 * width) || bitmap->offset > room ||
        (uint64_t)bitmap->stride * (height - 1) + 4ull * width > room - bitmap->offset ||
        !make_room(c, width * height))
        return;
    const uint8_t *row = SPA_PTROFF(bitmap, bitmap->offset, const uint8_t);
    for (uint32_t y = 0; y < height; y++, row += bitmap->stride) {
        uint32_t *out = c->pixels + (size_t)y * width;
        memcpy(out, row, 4 * (size_t)width);
        for (uint32_t x = 0; red_first != picture_red_first && x < width; x++)
            out[x] = swapped(out[x]);
    }
    c->width = width;
    c->height = height;
    c->hot_x = meta->hotspot.x;
    c->hot_y = meta->hotspot.y;
}

bool pf_pw_cursor_update(struct pf_pw_cursor *c, const struct spa_meta_cursor *meta, size_t size, bool swap)
{
    bool was = c->visible;
    if (size < sizeof(*meta))
        return false;
    if (!spa_meta_cursor_is_valid(meta)) {
        c->visible = false;
        return was;
    }
    bool moved = !was || c->x != meta->position.x || c->y != meta->position.y;
    c->visible = true;
    c->x = meta->position.x;
    c->y = meta->position.y;
    if (meta->bitmap_offset)
        take_bitmap(c, meta, size, swap);
    return moved || meta->bitmap_offset;
}

/* One channel: premultiplied source over an opaque picture. */
static uint8_t over(uint32_t source, uint32_t below, uint32_t alpha)
{
    uint32_t sum = source + (below * (255 - alpha) + 127) / 255;
    return sum > 255 ? 255 : (uint8_t)sum;
}

static void paint_row(uint8_t *out, const uint32_t *in, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++, out += 4) {
        uint32_t p = in[i], alpha = p >> 24;
        out[0] = over(p & 0xff, out[0], alpha);
        out[1] = over(p >> 8 & 0xff, out[1], alpha);
        out[2] = over(p >> 16 & 0xff, out[2], alpha);
    }
}

void pf_pw_cursor_paint(
    const struct pf_pw_cursor *c, uint8_t *pixels, uint32_t stride, uint32_t width, uint32_t height)
{
    int64_t left = (int64_t)c->x - c->hot_x, top = (int64_t)c->y - c->hot_y;
    int64_t x0 = left < 0 ? 0 : left, y0 = top < 0 ? 0 : top;
    int64_t x1 = left + c->width < width ? left + c->width : width;
    int64_t y1 = top + c->height < height ? top + c->height : height;
    if (!c->visible || x0 >= x1)
        return;
    for (int64_t y = y0; y < y1; y++)
        paint_row(pixels + (size_t)y * stride + 4 * (size_t)x0,
            c->pixels + (size_t)(y - top) * c->width + (size_t)(x0 - left), (uint32_t)(x1 - x0));
}

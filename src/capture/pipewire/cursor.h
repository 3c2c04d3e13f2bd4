/* A cursor that comes beside the picture, and painting it in (displays-and-capture.md 14.7). Pure. */
#ifndef PF_CAPTURE_PIPEWIRE_CURSOR_H
#define PF_CAPTURE_PIPEWIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_PW_CURSOR_SIDE 1024u

struct spa_meta_cursor;

struct pf_pw_cursor {
    bool visible;
    int32_t x, y;         /* of the hot spot, in the picture */
    int32_t hot_x, hot_y; /* in the bitmap */
    uint32_t width, height;
    uint32_t *pixels; /* premultiplied, A in the top byte, in the byte order of the picture; owned */
    uint32_t capacity;
};

void pf_pw_cursor_finish(struct pf_pw_cursor *cursor);

/* Takes what a buffer says; `size` is the length of the metadata, `swap` tells that the picture has R first.
 * Returns true if that changes how the picture looks. Allocates only for a bitmap larger than all before. */
bool pf_pw_cursor_update(
    struct pf_pw_cursor *cursor, const struct spa_meta_cursor *meta, size_t size, bool swap);

/* Paints it over a picture of four bytes a pixel. */
void pf_pw_cursor_paint(
    const struct pf_pw_cursor *cursor, uint8_t *pixels, uint32_t stride, uint32_t width, uint32_t height);

#endif

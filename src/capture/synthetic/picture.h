/* A moving test picture that looks like a desktop to an encoder: a gradient, windows of text, one of which
 * scrolls, a window that moves, and a strip of saturated colours. */
#ifndef PF_CAPTURE_SYNTHETIC_PICTURE_H
#define PF_CAPTURE_SYNTHETIC_PICTURE_H

#include <stddef.h>
#include <stdint.h>

/* Draws picture `index` (they are the same on every machine) as PF_FORMAT_XRGB8888; `stride` in bytes. */
void pf_test_picture_draw(uint8_t *pixels, size_t stride, unsigned width, unsigned height, uint64_t index);

#endif

/* Packed RGB to 4:2:0 (input-audio-encode.md 5.2): BT.709 limited range, or what a GameStream client asks for
 * (gamestream.md 3.4, encoderCscMode).
 *
 * Own code because libyuv's matrix is BT.601. Chroma is the mean of 2 × 2 pixels. All kernels give the same
 * bytes, within 0.6 of the exact real value.
 */
#ifndef PF_ENCODE_CONVERT_H
#define PF_ENCODE_CONVERT_H

#include "media/colour.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A 4:2:0 picture to write to; borrowed. I420: three planes; NV12: v is NULL and u holds U V U V … */
struct pf_yuv_picture {
    uint8_t *y, *u, *v;
    size_t y_stride, uv_stride; /* bytes from row to row; uv_stride counts for u and v */
};

/* Weights of the bytes of a pixel, in their order in memory. The fourth byte never counts. */
struct pf_yuv_weights {
    int16_t y[3], u[3], v[3]; /* in 1/32768 */
    int32_t y_bias;           /* the offset of the range and half a step, likewise */
};

/* Converts two rows of `width` (even) pixels: two rows of Y, one of U and one of V (or of UV if v is NULL).
 */
typedef void (*pf_convert_rows)(const struct pf_yuv_weights *weights, const uint8_t *top,
    const uint8_t *bottom, size_t width, uint8_t *y_top, uint8_t *y_bottom, uint8_t *u, uint8_t *v);

struct pf_convert_kernel {
    const char *name; /* "c", "avx2" */
    bool (*works)(void);
    pf_convert_rows rows;
};

/* All kernels of this build, best first, NULL-terminated. */
extern const struct pf_convert_kernel *const pf_convert_kernels[];

/* The best one that this processor can run. */
const struct pf_convert_kernel *pf_convert_best(void);

/* NULL if `format` (PF_FORMAT_*) is none that can be converted. */
const struct pf_yuv_weights *pf_convert_weights(uint32_t format, const struct pf_colour *colour);

/* Converts a picture of even width and height. `stride` is in bytes, at least 4 · width. No alignment is
 * needed, nothing is written beyond width and height. */
void pf_convert(const struct pf_convert_kernel *kernel, const struct pf_yuv_weights *weights,
    const uint8_t *pixels, size_t stride, unsigned width, unsigned height, const struct pf_yuv_picture *out);

#endif

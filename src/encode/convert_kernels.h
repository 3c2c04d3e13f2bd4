/* The kernels behind encode/convert.h; one file for each processor level. */
#ifndef PF_ENCODE_CONVERT_KERNELS_H
#define PF_ENCODE_CONVERT_KERNELS_H

#include "encode/convert.h"

/* Fixed point: luma sums have 15 fraction bits, chroma sums of four pixels 17. The biases hold the offset of
 * the range and the half for rounding. */
#define PF_Y_SHIFT        15
#define PF_Y_BIAS(offset) (((offset) << PF_Y_SHIFT) + (1 << (PF_Y_SHIFT - 1)))
#define PF_UV_SHIFT       17
#define PF_UV_BIAS        ((128 << PF_UV_SHIFT) + (1 << (PF_UV_SHIFT - 1)))

extern const struct pf_convert_kernel pf_convert_c;
#ifdef PF_HAVE_CONVERT_AVX2
extern const struct pf_convert_kernel pf_convert_avx2;
#endif

#endif

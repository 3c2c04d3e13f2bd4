/* CPU features for choosing kernels. A feature counts only if the operating system saves its registers too.
 */
#ifndef PF_BASE_CPU_H
#define PF_BASE_CPU_H

enum pf_cpu_feature {
    PF_CPU_SSSE3 = 1 << 0,
    PF_CPU_AESNI = 1 << 1,
    PF_CPU_PCLMULQDQ = 1 << 2,
    PF_CPU_AVX2 = 1 << 3,
    PF_CPU_AVX512 = 1 << 4, /* F, BW, DQ and VL together */
    PF_CPU_GFNI = 1 << 5,   /* widths as PF_CPU_AVX2 and PF_CPU_AVX512 say */
    PF_CPU_VAES = 1 << 6,
    PF_CPU_VPCLMULQDQ = 1 << 7,
};

/* Features of this machine (an OR of enum pf_cpu_feature; 0 on other architectures) within the mask.
 * Any thread. Code that chooses kernels asks when an object is made, so that a mask set before counts. */
unsigned pf_cpu_features(void);

/* Hides the features that are not in `mask` from then on; ~0u shows all again. For tests and benchmarks.
 * The variable PUNKTFUNK_CPU_MASK (a number, 0x… for hexadecimal) sets the mask at the start. */
void pf_cpu_set_mask(unsigned mask);

#endif

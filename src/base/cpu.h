/* What the processor can do, as far as our kernels care. */
#ifndef PF_BASE_CPU_H
#define PF_BASE_CPU_H

enum pf_cpu_feature {
    PF_CPU_AVX2 = 1 << 0,
    PF_CPU_GFNI = 1 << 1,
    PF_CPU_AVX512 = 1 << 2, /* F, BW and VL, and the system keeps their registers */
    PF_CPU_AES = 1 << 3,    /* AES-NI and PCLMULQDQ */
};

/* Mask of enum pf_cpu_feature; any thread. PUNKTFUNK_CPU_MASK (a number) hides the others. */
unsigned pf_cpu_features(void);

/* For tests: from now on only features in the mask exist. ~0u shows all again. */
void pf_cpu_set_mask(unsigned mask);

#endif

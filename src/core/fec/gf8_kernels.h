/* The inner loop of the GF(2^8) code, a product of a matrix and vectors of shards, one for each CPU level. */
#ifndef PF_CORE_FEC_GF8_KERNELS_H
#define PF_CORE_FEC_GF8_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* dst[r] = ⊕ over i < count of matrix[r·count + i] ⊗ src[i], for r < rows, bytes offset … offset+bytes−1 of
 * every shard. Any alignment; destinations and sources do not overlap. */
typedef void pf_gf8_dot_fn(uint8_t *const *dst, unsigned rows, const uint8_t *const *src, unsigned count,
    const uint8_t *matrix, size_t offset, size_t bytes);

struct pf_gf8_kernels {
    const char *name;
    unsigned cpu_features; /* needed, enum pf_cpu_feature */
    pf_gf8_dot_fn *dot;
};

/* The best level for this processor (base/cpu.h). */
const struct pf_gf8_kernels *pf_gf8_kernels(void);

/* All levels of this build, best first, NULL-terminated. */
extern const struct pf_gf8_kernels *const pf_gf8_kernel_levels[];

extern const struct pf_gf8_kernels pf_gf8_kernels_c, pf_gf8_kernels_ssse3, pf_gf8_kernels_avx2,
    pf_gf8_kernels_gfni256, pf_gf8_kernels_gfni512;

#endif

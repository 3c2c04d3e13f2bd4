/* The inner loops of the GF(2^16) code, one table for each CPU level.
 *
 * Data are 64-byte groups (32 low bytes, 32 high bytes). A row is `stride` bytes from the next; each pass
 * works on `groups` groups of every row and fuses two levels of the transform where it can. A constant c of
 * the field is handed over as a "blob" that holds what the level needs to multiply by c; blobs are linear in
 * c.
 */
#ifndef PF_CORE_FEC_GF16_KERNELS_H
#define PF_CORE_FEC_GF16_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_GF16_GROUP 64u

/* The transform that the passes work on. */
struct pf_gf16_pass {
    const uint8_t *blobs; /* of the constants 0, 1, 2, … */
    uint8_t *rows;        /* n rows, 64-byte aligned */
    size_t stride;
    size_t groups;
    unsigned n;    /* power of two */
    unsigned base; /* point of row 0, a multiple of n */
};

struct pf_gf16_kernels {
    const char *name;
    unsigned cpu_features; /* needed, enum pf_cpu_feature */
    size_t blob_bytes;
    /* Blob of the constant c, given c ⊗ (1 << bit) for every bit. */
    void (*make_blob)(uint8_t *blob, const uint16_t products[16]);

    /* First inverse pass (two levels, or log2 n if that is less): from `count` sources, the rest of the n
     * rows being zero, to rows of `out`, added to what is there if `add`. */
    void (*inverse_sources)(const struct pf_gf16_pass *p, uint8_t *out, bool add,
        const uint8_t *const *sources, size_t offset, unsigned count);
    /* Inverse levels of half-width d and 2d (rows4) or d (rows2); rows from `count` on are zero at first. */
    void (*inverse_rows4)(const struct pf_gf16_pass *p, uint8_t *out, bool add, unsigned d, unsigned count);
    void (*inverse_rows2)(const struct pf_gf16_pass *p, uint8_t *out, bool add, unsigned d, unsigned count);
    /* Forward levels 2d and d (rows4) or d (rows2), in place, for the first `wanted` results. */
    void (*forward_rows4)(const struct pf_gf16_pass *p, unsigned d, unsigned wanted);
    void (*forward_rows2)(const struct pf_gf16_pass *p, unsigned d, unsigned wanted);
    /* Last forward pass (levels 2 and 1, or what n has) to `wanted` outputs. */
    void (*forward_outputs)(
        const struct pf_gf16_pass *p, uint8_t *const *outputs, size_t offset, unsigned wanted);

    /* dst = c ⊗ src, dst ^= c ⊗ src, dst ^= src. */
    void (*mul)(uint8_t *dst, const uint8_t *src, size_t groups, const uint8_t *blob);
    void (*mul_add)(uint8_t *dst, const uint8_t *src, size_t groups, const uint8_t *blob);
    void (*add)(uint8_t *dst, const uint8_t *src, size_t groups);
    /* dst[0…3] ^= c[0…3] ⊗ src, the source read once. */
    void (*mul_add4)(uint8_t *const dst[4], const uint8_t *src, size_t groups, const uint8_t *const blob[4]);
};

/* The best level for this processor (base/cpu.h). */
const struct pf_gf16_kernels *pf_gf16_kernels(void);

/* All levels of this build, best first, NULL-terminated. */
extern const struct pf_gf16_kernels *const pf_gf16_kernel_levels[];

extern const struct pf_gf16_kernels pf_gf16_kernels_c, pf_gf16_kernels_avx2, pf_gf16_kernels_gfni512;

#endif

/* The inner loops of the GF(2^16) code, one table for each CPU level.
 *
 * A column is a range of bytes of every shard, a multiple of the level's `unit`. Columns of shards lie in
 * 64-byte groups as on the wire (docs/spec/punktfunk1-data.md 5.2); columns in work memory, called rows, lie
 * one after the other, 64-byte aligned, in an order that is the level's own.
 */
#ifndef PF_CORE_FEC_GF16_KERNELS_H
#define PF_CORE_FEC_GF16_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_GF16_GROUP 64u

/* One transform of n = 2^levels rows, levels ≥ 1 (5.5). */
struct pf_gf16_job {
    unsigned levels;
    unsigned base;  /* point of row 0, a multiple of n */
    unsigned count; /* inverse: rows from here on are zero; forward: rows from here on are not wanted; ≥ 1 */
    size_t bytes;   /* width of the column */
    size_t offset;  /* of the column in sources and results */
    uint8_t *rows;  /* n rows to work in */
    /* Inverse: where the rows come from (NULL: from `rows`), where the coefficients go and whether they are
     * added to what is there. */
    const uint8_t *const *sources;
    uint8_t *coefficients; /* n rows; forward reads them from here. May be `rows` */
    bool add;
    /* Forward: where the first `count` rows go (NULL: to `rows`). */
    uint8_t *const *results;
};

struct pf_gf16_kernels {
    const char *name;
    unsigned cpu_features; /* needed, enum pf_cpu_feature */
    size_t unit;           /* widths are multiples of this many bytes, 64 or 128 */
    void (*init)(void);    /* builds the tables of the level; before everything else, any thread */
    void (*inverse)(const struct pf_gf16_job *job);
    void (*forward)(const struct pf_gf16_job *job);
    /* dst[r] = ⊕ over i < count of matrix[r·count + i] ⊗ src[i]: `bytes` bytes of shards from their
     * beginning. */
    void (*dot)(uint8_t *const *dst, unsigned rows, const uint8_t *const *src, unsigned count,
        const uint16_t *matrix, size_t bytes);
    /* dst = ⊕ src[i]. */
    void (*sum)(uint8_t *dst, const uint8_t *const *src, unsigned count, size_t bytes);
    /* row = c ⊗ column, column = c ⊗ row, row ^= other. */
    void (*scale_in)(uint8_t *row, const uint8_t *column, uint16_t c, size_t bytes);
    void (*scale_out)(uint8_t *column, const uint8_t *row, uint16_t c, size_t bytes);
    void (*add)(uint8_t *row, const uint8_t *other, size_t bytes);
};

/* The best level for this processor (base/cpu.h), ready for use. */
const struct pf_gf16_kernels *pf_gf16_kernels(void);

/* All levels of this build, best first, NULL-terminated. */
extern const struct pf_gf16_kernels *const pf_gf16_kernel_levels[];

extern const struct pf_gf16_kernels pf_gf16_kernels_c, pf_gf16_kernels_ssse3, pf_gf16_kernels_avx2,
    pf_gf16_kernels_gfni256, pf_gf16_kernels_gfni512;

#endif

/* The parts of the GF(2^16) code: points and work memory, encoder, two decoders
 * (docs/spec/punktfunk1-data.md 5). */
#ifndef PF_CORE_FEC_GF16_H
#define PF_CORE_FEC_GF16_H

#include "core/fec/codec.h"
#include "core/fec/gf16_field.h"
#include "core/fec/gf16_kernels.h"

#include <stdbool.h>

/* Most missing shards that a system of equations is solved for. */
#define PF_GF16_SOLVE_MAX 256u

static inline unsigned pf_gf16_log2_ceil(unsigned n)
{
    return n > 1 ? 32 - (unsigned)__builtin_clz(n - 1) : 0;
}

/* Where data and parity of a block sit among the points of the field (5.3). */
struct pf_gf16_layout {
    unsigned data_count, parity_count;
    bool high;
    unsigned levels, n;    /* transform of n = 2^levels points */
    unsigned data, parity; /* points of data shard 0 and of parity shard 0 */
};

struct pf_gf16_layout pf_gf16_layout(unsigned data_count, unsigned parity_count);

/* One past the last point in use; the transform of a decoder spans them all. */
static inline unsigned pf_gf16_points(const struct pf_gf16_layout *l)
{
    return l->n + (l->high ? l->data_count : l->parity_count);
}

/* Work memory of one struct pf_fec; lies at its start, the arrays behind it. */
struct pf_gf16_work {
    const struct pf_gf16_kernels *kernels;
    uint8_t *rows, *coefficients; /* two columns of rows */
    size_t column_bytes;          /* size of each */
    uint8_t *zero;                /* a shard of zeros */
    uint8_t *syndromes;           /* one for each parity shard, row_bytes apart */
    size_t row_bytes;             /* the largest shard, rounded up to whole units */
    uint8_t *tails;               /* ends of shards, one unit for each shard */
    uint8_t **tail_pointers;      /* to them */
    uint8_t **pointers;           /* room for one to each shard */
    uint16_t *matrix;             /* of a system of equations */
    uint16_t *locator, *logs;     /* a value for each point */
};

/* Consecutive columns of `bytes` bytes (whole units) of a block: `width` is how much of them to do at a time
 * so that `rows` rows stay in the cache. */
size_t pf_gf16_column_width(const struct pf_gf16_work *w, unsigned rows);

/* First `parity_count` parity shards, which may be fewer than the layout has; `bytes` is whole units. */
void pf_gf16_encode(const struct pf_gf16_work *w, const struct pf_gf16_layout *l, const uint8_t *const *data,
    uint8_t *const *parity, unsigned parity_count, size_t bytes);

/* A part of a block to restore: the same number of bytes (whole units) of every shard. */
struct pf_gf16_part {
    uint8_t *const *shards;
    size_t bytes;
};

/* For few missing shards, up to PF_GF16_SOLVE_MAX. */
void pf_gf16_decode_solve(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    const uint8_t *present, const struct pf_gf16_part *parts, unsigned part_count);
/* For any number. */
void pf_gf16_decode_transform(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    const uint8_t *present, const struct pf_gf16_part *parts, unsigned part_count);

/* Rough costs of encoding and of both decoders, in multiplications of one shard. */
static inline uint64_t pf_gf16_encode_cost(const struct pf_gf16_layout *l)
{
    return ((uint64_t)l->levels * (l->n + (l->high ? l->data_count : l->parity_count)) + 1) / 2;
}

#endif

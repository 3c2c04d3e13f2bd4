/* The parts of the GF(2^16) code: points and work memory, transform, encoder, decoders
 * (docs/spec/punktfunk1-data.md 5). */
#ifndef PF_CORE_FEC_GF16_H
#define PF_CORE_FEC_GF16_H

#include "core/fec/codec.h"
#include "core/fec/gf16_field.h"
#include "core/fec/gf16_kernels.h"

#include <stdbool.h>

/* Missing shards up to this number are solved for directly; above it the transform decoder is faster. */
#define PF_GF16_SOLVE_MAX 256u

static inline unsigned pf_gf16_pow2_ceil(unsigned n)
{
    unsigned p = 1;
    while (p < n)
        p *= 2;
    return p;
}

/* Where data and parity sit among the points of the field (5.3). */
struct pf_gf16_layout {
    bool high;
    unsigned n;      /* transform size */
    unsigned data;   /* point of data shard 0 */
    unsigned parity; /* point of parity shard 0 */
};

struct pf_gf16_layout pf_gf16_layout(unsigned data_count, unsigned parity_count);
/* Size of the transform that decodes a block. */
unsigned pf_gf16_decode_size(const struct pf_gf16_layout *l, unsigned data_count, unsigned parity_count);

/* Work memory of one struct pf_fec; lies at its start, the arrays behind it. */
struct pf_gf16_work {
    const struct pf_gf16_kernels *kernels;
    uint8_t *blobs; /* of the constants that the transforms use */
    uint8_t
        *nibble_blobs; /* of v << 4·k for the nibbles v = 0 … 15, k = 0 … 3: any constant is a sum of four */
    uint8_t *rows, *sum; /* two column buffers of transform rows */
    size_t column_bytes; /* size of each */
    uint8_t *zero;       /* a shard of zeros */
    uint8_t *syndromes;  /* one row for each parity shard */
    uint8_t *tails;      /* short last groups, spread out: one group for each shard */
    uint8_t **pointers;  /* three arrays of data + parity pointers */
    uint16_t *locator;   /* 65536 logarithms */
    size_t row_bytes;    /* of syndromes: the largest shard, rounded up to whole groups */
};

/* Blob of any constant, into `blob` (64-byte aligned). */
void pf_gf16_blob(const struct pf_gf16_work *w, uint16_t c, uint8_t *blob);

/* The widest column, in groups, whose `rows` rows stay in the cache. */
size_t pf_gf16_column_groups(const struct pf_gf16_work *w, unsigned rows, size_t groups);

/* `count` sources (rows beyond are zero) at points base … base + n − 1 → coefficients in `out`. */
void pf_gf16_inverse(const struct pf_gf16_work *w, const struct pf_gf16_pass *p, uint8_t *out, bool add,
    const uint8_t *const *sources, size_t offset, unsigned count);
/* Coefficients in p->rows → the first `wanted` values, to the outputs. */
void pf_gf16_forward(const struct pf_gf16_work *w, const struct pf_gf16_pass *p, uint8_t *const *outputs,
    size_t offset, unsigned wanted);

/* Parity of whole groups: `groups` groups of every shard. */
void pf_gf16_encode_groups(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    const uint8_t *const *data, unsigned data_count, uint8_t *const *parity, unsigned parity_count,
    size_t groups);

/* Restore the missing data in whole groups. */
void pf_gf16_decode_solve(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    uint8_t *const *shards, const uint8_t *present, unsigned data_count, unsigned parity_count,
    size_t groups);
void pf_gf16_decode_transform(const struct pf_gf16_work *w, const struct pf_gf16_layout *l,
    uint8_t *const *shards, const uint8_t *present, unsigned data_count, unsigned parity_count,
    size_t groups);

#endif

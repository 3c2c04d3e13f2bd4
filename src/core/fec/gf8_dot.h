/* The kernel of gf8_kernels.h for one CPU level. The file that includes this defines
 *
 *   vec                        a vector of VEC_BYTES bytes
 *   vec_load, vec_store        any alignment
 *   vec_zero
 *   input                      what is needed of a source, made by input_of(vec)
 *   constant                   a multiplier, made by constant_load(tables, c)
 *   mul_add(sum, constant, input)
 *   ROWS, VECS                 rows and vectors of a row that fit into the registers as sums
 */
#ifndef PF_CORE_FEC_GF8_DOT_H
#define PF_CORE_FEC_GF8_DOT_H

#include "core/fec/gf8_field.h"
#include "core/fec/gf8_kernels.h"
#include "core/fec/simd.h"

struct dot {
    const struct pf_gf8_tables *tables;
    uint8_t *const *dst;
    const uint8_t *const *src;
    unsigned count;
    const uint8_t *matrix;
};

/* `rows` rows from `first` on and `vecs` vectors of each. */
PF_INLINE void dot_block(const struct dot *d, unsigned first, unsigned rows, unsigned vecs, size_t at)
{
    vec sum[ROWS][VECS];
    const uint8_t *c = d->matrix + (size_t)first * d->count;
    PF_UNROLL for (unsigned r = 0; r < rows; r++) PF_UNROLL for (unsigned v = 0; v < vecs; v++) sum[r][v] =
        vec_zero();
    for (unsigned i = 0; i < d->count; i++) {
        input x[VECS];
        PF_UNROLL for (unsigned v = 0; v < vecs; v++) x[v] =
            input_of(vec_load(d->src[i] + at + v * VEC_BYTES));
        PF_UNROLL for (unsigned r = 0; r < rows; r++)
        {
            constant k = constant_load(d->tables, c[(size_t)r * d->count + i]);
            PF_UNROLL for (unsigned v = 0; v < vecs; v++) sum[r][v] = mul_add(sum[r][v], k, x[v]);
        }
    }
    PF_UNROLL for (unsigned r = 0; r < rows; r++) PF_UNROLL for (unsigned v = 0; v < vecs; v++)
        vec_store(d->dst[first + r] + at + v * VEC_BYTES, sum[r][v]);
}

/* A column of `vecs` vectors of all rows. Its sources are read once from afar and then from the cache. */
PF_INLINE void dot_column(const struct dot *d, unsigned rows, unsigned vecs, size_t at)
{
    unsigned r = 0;
    for (; rows - r >= ROWS; r += ROWS)
        dot_block(d, r, ROWS, vecs, at);
    for (; rows - r >= 4 && ROWS > 4; r += 4)
        dot_block(d, r, 4, vecs, at);
    for (; rows - r >= 2; r += 2)
        dot_block(d, r, 2, vecs, at);
    if (r < rows)
        dot_block(d, r, 1, vecs, at);
}

static void dot(uint8_t *const *dst, unsigned rows, const uint8_t *const *src, unsigned count,
    const uint8_t *matrix, size_t offset, size_t bytes)
{
    const struct dot d = {pf_gf8_tables(), dst, src, count, matrix};
    size_t at = offset, end = offset + bytes;
    for (; end - at >= VECS * VEC_BYTES; at += VECS * VEC_BYTES)
        dot_column(&d, rows, VECS, at);
    for (; end - at >= VEC_BYTES; at += VEC_BYTES)
        dot_column(&d, rows, 1, at);
    if (at < end)
        pf_gf8_kernels_c.dot(dst, rows, src, count, matrix, at, end - at);
}

#endif

/* The kernels of gf16_kernels.h for one CPU level. The file that includes this defines
 *
 *   vec                         UNIT bytes of a column
 *   vec_load, vec_store         to and from rows, aligned
 *   shard_load, shard_store     to and from shards, any alignment
 *   vec_zero, vec_xor
 *   struct factor, factor_of(c) by gf16_factor_tables.h
 *   vec_mul_add(a, f, x, small) a ⊕ c ⊗ x; small promises c < 256, for which low bytes never reach high bytes
 *   DOT_ROWS, DOT_VECS          rows and vectors of a row whose sums fit into the registers
 *
 * The transforms go depth first: a pass over a block of rows follows as soon as the smaller blocks that it
 * joins (or splits) are done, while they are in the cache.
 */
#ifndef PF_CORE_FEC_GF16_PASSES_H
#define PF_CORE_FEC_GF16_PASSES_H

#include "core/fec/gf16_kernels.h"
#include "core/fec/simd.h"

#define MAX_LEVELS 2u
#define MAX_RADIX  4u
#define FACTORS    3u

/* A pass over the rows first + q·step + i for q < 2^levels, i < step = 2^level. */
struct pass {
    const struct pf_gf16_job *job;
    unsigned levels, level, first;
};

/* Levels of the pass next to the top of a transform with so many levels: even shares, the larger ones below.
 */
static inline unsigned top_levels(unsigned levels)
{
    return levels / ((levels + MAX_LEVELS - 1) / MAX_LEVELS);
}

/* Blocks of a pass that hold rows before job->count. */
static inline unsigned blocks_in_use(const struct pass *p)
{
    unsigned step = 1u << p->level, blocks = (p->job->count - p->first + step - 1) >> p->level;
    return blocks < 1u << p->levels ? blocks : 1u << p->levels;
}

static inline uint8_t *row_at(uint8_t *rows, const struct pass *p, unsigned q)
{
    return rows + (p->first + ((size_t)q << p->level)) * p->job->bytes;
}

/* The twists of a pass: lower level first, groups in order. */
PF_INLINE void load_factors(struct factor *f, unsigned levels, const struct pass *p)
{
    unsigned twist = (p->job->base + p->first) >> p->level;
    f[0] = factor_of(twist);
    if (levels == 2) {
        f[1] = factor_of(twist + 2);
        f[2] = factor_of(twist >> 1);
    }
}

static inline bool all_small(const struct pass *p)
{
    return (p->job->base + p->first) >> p->level < 256; /* all twists, because it is a multiple of 2^levels */
}

PF_INLINE void inverse2(vec *a, vec *b, const struct factor *f, bool small)
{
    *b = vec_xor(*b, *a);
    *a = vec_mul_add(*a, f, *b, small);
}

PF_INLINE void inverse_levels(vec *x, unsigned levels, const struct factor *f, bool small)
{
    inverse2(&x[0], &x[1], &f[0], small);
    if (levels == 2) {
        inverse2(&x[2], &x[3], &f[1], small);
        inverse2(&x[0], &x[2], &f[2], small);
        inverse2(&x[1], &x[3], &f[2], small);
    }
}

PF_INLINE void forward2(vec *a, vec *b, const struct factor *f, bool small)
{
    *a = vec_mul_add(*a, f, *b, small);
    *b = vec_xor(*b, *a);
}

PF_INLINE void forward_levels(vec *x, unsigned levels, const struct factor *f, bool small)
{
    if (levels == 2) {
        forward2(&x[0], &x[2], &f[2], small);
        forward2(&x[1], &x[3], &f[2], small);
        forward2(&x[2], &x[3], &f[1], small);
    }
    forward2(&x[0], &x[1], &f[0], small);
}

/* `levels`, `sources` and `small` are constants. */
PF_INLINE void inverse_pass_of(const struct pass *p, unsigned levels, bool sources, bool small)
{
    const struct pf_gf16_job *job = p->job;
    bool last = p->level + levels == job->levels, add = last && job->add;
    unsigned live = blocks_in_use(p);
    const uint8_t *in[MAX_RADIX];
    uint8_t *out[MAX_RADIX];
    struct factor f[FACTORS];
    load_factors(f, levels, p);
    PF_UNROLL for (unsigned q = 0; q < 1u << levels; q++)
    {
        out[q] = row_at(last ? job->coefficients : job->rows, p, q);
        in[q] = q >= live ? NULL
                : sources ? job->sources[p->first + q] + job->offset
                          : row_at(job->rows, p, q);
    }
    for (size_t at = 0; at < job->bytes << p->level; at += UNIT) {
        vec x[MAX_RADIX];
        PF_UNROLL for (unsigned q = 0; q < 1u << levels; q++) x[q] = q >= live ? vec_zero()
                                                                     : sources ? shard_load(in[q] + at)
                                                                               : vec_load(in[q] + at);
        inverse_levels(x, levels, f, small);
        PF_UNROLL for (unsigned q = 0; q < 1u << levels; q++)
            vec_store(out[q] + at, add ? vec_xor(vec_load(out[q] + at), x[q]) : x[q]);
    }
}

/* `levels`, `results` and `small` are constants. */
PF_INLINE void forward_pass_of(const struct pass *p, unsigned levels, bool results, bool small)
{
    const struct pf_gf16_job *job = p->job;
    unsigned wanted = blocks_in_use(p);
    const uint8_t *in[MAX_RADIX];
    uint8_t *out[MAX_RADIX];
    struct factor f[FACTORS];
    load_factors(f, levels, p);
    PF_UNROLL for (unsigned q = 0; q < 1u << levels; q++)
    {
        in[q] = row_at(p->level + levels == job->levels ? job->coefficients : job->rows, p, q);
        out[q] = q >= wanted ? NULL
                 : results   ? job->results[p->first + q] + job->offset
                             : row_at(job->rows, p, q);
    }
    for (size_t at = 0; at < job->bytes << p->level; at += UNIT) {
        vec x[MAX_RADIX];
        PF_UNROLL for (unsigned q = 0; q < 1u << levels; q++) x[q] = vec_load(in[q] + at);
        forward_levels(x, levels, f, small);
        PF_UNROLL for (unsigned q = 0; q < 1u << levels; q++)
        {
            if (q >= wanted)
                continue;
            if (results)
                shard_store(out[q] + at, x[q]);
            else
                vec_store(out[q] + at, x[q]);
        }
    }
}

#define PASS_WITH_CONSTANTS(direction, levels, p, shards, small)                                             \
    do {                                                                                                     \
        if (shards && small)                                                                                 \
            direction##_pass_of(p, levels, true, true);                                                      \
        else if (shards)                                                                                     \
            direction##_pass_of(p, levels, true, false);                                                     \
        else if (small)                                                                                      \
            direction##_pass_of(p, levels, false, true);                                                     \
        else                                                                                                 \
            direction##_pass_of(p, levels, false, false);                                                    \
    } while (0)

#define DEFINE_PASS(direction, shard_array)                                                                  \
    static void direction##_pass(const struct pass *p)                                                       \
    {                                                                                                        \
        bool shards = !p->level && p->job->shard_array, small = all_small(p);                                \
        if (p->levels == 1)                                                                                  \
            PASS_WITH_CONSTANTS(direction, 1, p, shards, small);                                             \
        else                                                                                                 \
            PASS_WITH_CONSTANTS(direction, 2, p, shards, small);                                             \
    }

DEFINE_PASS(inverse, sources)
DEFINE_PASS(forward, results)

/* The block of 2^levels rows from `first` on. */
static void inverse_block(const struct pf_gf16_job *job, unsigned first, unsigned levels)
{
    unsigned top = top_levels(levels), level = levels - top;
    if (level)
        for (unsigned q = 0; q < 1u << top && first + (q << level) < job->count; q++)
            inverse_block(job, first + (q << level), level);
    inverse_pass(&(struct pass){job, top, level, first});
}

static void forward_block(const struct pf_gf16_job *job, unsigned first, unsigned levels)
{
    unsigned top = top_levels(levels), level = levels - top;
    forward_pass(&(struct pass){job, top, level, first});
    if (level)
        for (unsigned q = 0; q < 1u << top && first + (q << level) < job->count; q++)
            forward_block(job, first + (q << level), level);
}

static void inverse(const struct pf_gf16_job *job)
{
    inverse_block(job, 0, job->levels);
}

static void forward(const struct pf_gf16_job *job)
{
    forward_block(job, 0, job->levels);
}

/* Sources of a product that are handled in one go: their factors lie in the cache. */
#define DOT_SOURCES 32u

struct dot {
    uint8_t *const *dst;
    const uint8_t *const *src;
    unsigned count;
    bool add; /* to what is in dst */
    struct factor factor[DOT_SOURCES][DOT_ROWS];
};

/* `rows` and `vecs` are constants. */
PF_INLINE void dot_unit(const struct dot *d, unsigned rows, unsigned vecs, size_t at)
{
    vec sum[DOT_ROWS][DOT_VECS];
    PF_UNROLL for (unsigned r = 0; r < rows; r++) PF_UNROLL for (unsigned v = 0; v < vecs; v++) sum[r][v] =
        d->add ? shard_load(d->dst[r] + at + v * UNIT) : vec_zero();
    for (unsigned i = 0; i < d->count; i++) {
        vec x[DOT_VECS];
        PF_UNROLL for (unsigned v = 0; v < vecs; v++) x[v] = shard_load(d->src[i] + at + v * UNIT);
        PF_UNROLL for (unsigned r = 0; r < rows; r++) PF_UNROLL for (unsigned v = 0; v < vecs; v++)
            sum[r][v] = vec_mul_add(sum[r][v], &d->factor[i][r], x[v], false);
    }
    PF_UNROLL for (unsigned r = 0; r < rows; r++) PF_UNROLL for (unsigned v = 0; v < vecs; v++)
        shard_store(d->dst[r] + at + v * UNIT, sum[r][v]);
}

PF_INLINE void dot_rows(const struct dot *d, unsigned rows, size_t bytes)
{
    size_t at = 0;
    for (; bytes - at >= DOT_VECS * UNIT; at += DOT_VECS * UNIT)
        dot_unit(d, rows, DOT_VECS, at);
    for (; at < bytes; at += UNIT)
        dot_unit(d, rows, 1, at);
}

static void dot(uint8_t *const *dst, unsigned rows, const uint8_t *const *src, unsigned count,
    const uint16_t *matrix, size_t bytes)
{
    struct dot d;
    for (unsigned r = 0, here; r < rows; r += here) {
        here = rows - r >= DOT_ROWS ? DOT_ROWS : rows - r >= 2 && DOT_ROWS > 2 ? 2 : 1;
        unsigned first = 0;
        do { /* once even without sources: their sum is 0 */
            d.dst = dst + r;
            d.src = src + first;
            d.count = count - first < DOT_SOURCES ? count - first : DOT_SOURCES;
            d.add = first > 0;
            for (unsigned i = 0; i < d.count; i++)
                for (unsigned y = 0; y < here; y++)
                    d.factor[i][y] = factor_of(matrix[(size_t)(r + y) * count + first + i]);
            if (here == DOT_ROWS)
                dot_rows(&d, DOT_ROWS, bytes);
            else if (here == 2)
                dot_rows(&d, 2, bytes);
            else
                dot_rows(&d, 1, bytes);
            first += d.count;
        } while (first < count);
    }
}

static void sum(uint8_t *dst, const uint8_t *const *src, unsigned count, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += UNIT) {
        vec x = shard_load(src[0] + at);
        for (unsigned i = 1; i < count; i++)
            x = vec_xor(x, shard_load(src[i] + at));
        shard_store(dst + at, x);
    }
}

static void scale_in(uint8_t *row, const uint8_t *column, uint16_t c, size_t bytes)
{
    const struct factor f = factor_of(c);
    for (size_t at = 0; at < bytes; at += UNIT)
        vec_store(row + at, vec_mul_add(vec_zero(), &f, shard_load(column + at), false));
}

static void scale_out(uint8_t *column, const uint8_t *row, uint16_t c, size_t bytes)
{
    const struct factor f = factor_of(c);
    for (size_t at = 0; at < bytes; at += UNIT)
        shard_store(column + at, vec_mul_add(vec_zero(), &f, vec_load(row + at), false));
}

static void add(uint8_t *row, const uint8_t *other, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += UNIT)
        vec_store(row + at, vec_xor(vec_load(row + at), vec_load(other + at)));
}

#define PF_GF16_KERNEL_TABLE(level_name, features)                                                           \
    {                                                                                                        \
        .name = level_name, .cpu_features = features, .unit = UNIT, .init = init, .inverse = inverse,        \
        .forward = forward, .dot = dot, .sum = sum, .scale_in = scale_in, .scale_out = scale_out, .add = add \
    }

#endif

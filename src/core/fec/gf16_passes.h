/* The passes of gf16_kernels.h for one CPU level. The file that includes this defines
 *
 *   group                     a value of 64 bytes
 *   constant                  a multiplier, made by constant_load(blob)
 *   group_load, group_store   any alignment
 *   group_zero, group_xor
 *   group_mul_add(a, c, x)    a ⊕ c ⊗ x
 */
#ifndef PF_CORE_FEC_GF16_PASSES_H
#define PF_CORE_FEC_GF16_PASSES_H

#include "core/fec/gf16_kernels.h"

static inline constant twist(const struct pf_gf16_pass *p, size_t blob_bytes, unsigned row, unsigned level)
{
    return constant_load(p->blobs + (size_t)((p->base + row) >> level) * blob_bytes);
}

static inline unsigned level_of(unsigned d)
{
    return (unsigned)__builtin_ctz(d);
}

static inline void inverse2(group *a, group *b, constant c)
{
    *b = group_xor(*b, *a);
    *a = group_mul_add(*a, c, *b);
}

static inline void forward2(group *a, group *b, constant c)
{
    *a = group_mul_add(*a, c, *b);
    *b = group_xor(*b, *a);
}

static inline void put(uint8_t *dst, group v, bool add)
{
    group_store(dst, add ? group_xor(group_load(dst), v) : v);
}

static inline group get_source(const uint8_t *const *sources, size_t at, unsigned i, unsigned count)
{
    return i < count ? group_load(sources[i] + at) : group_zero();
}

static void inverse_sources_small(const struct pf_gf16_pass *p, uint8_t *out, bool add,
    const uint8_t *const *sources, size_t offset, unsigned count)
{
    constant c = twist(p, BLOB_BYTES, 0, 0);
    for (size_t g = 0; g < p->groups * PF_GF16_GROUP; g += PF_GF16_GROUP) {
        group a = group_load(sources[0] + offset + g);
        if (p->n == 2) {
            group b = get_source(sources, offset + g, 1, count);
            inverse2(&a, &b, c);
            put(out + p->stride + g, b, add);
        }
        put(out + g, a, add);
    }
}

static void inverse_sources(const struct pf_gf16_pass *p, uint8_t *out, bool add,
    const uint8_t *const *sources, size_t offset, unsigned count)
{
    if (p->n < 4) {
        inverse_sources_small(p, out, add, sources, offset, count);
        return;
    }
    for (unsigned r = 0; r < count; r += 4) {
        constant c0 = twist(p, BLOB_BYTES, r, 0), c1 = twist(p, BLOB_BYTES, r + 2, 0);
        constant c2 = twist(p, BLOB_BYTES, r, 1);
        uint8_t *row = out + r * p->stride;
        for (size_t g = 0; g < p->groups * PF_GF16_GROUP; g += PF_GF16_GROUP) {
            group v0 = group_load(sources[r] + offset + g),
                  v1 = get_source(sources, offset + g, r + 1, count);
            group v2 = get_source(sources, offset + g, r + 2, count);
            group v3 = get_source(sources, offset + g, r + 3, count);
            inverse2(&v0, &v1, c0);
            inverse2(&v2, &v3, c1);
            inverse2(&v0, &v2, c2);
            inverse2(&v1, &v3, c2);
            put(row + g, v0, add);
            put(row + p->stride + g, v1, add);
            put(row + 2 * p->stride + g, v2, add);
            put(row + 3 * p->stride + g, v3, add);
        }
    }
}

static void inverse_rows4(const struct pf_gf16_pass *p, uint8_t *out, bool add, unsigned d, unsigned count)
{
    unsigned level = level_of(d);
    for (unsigned r = 0; r < p->n && r < count; r += 4 * d) {
        constant c0 = twist(p, BLOB_BYTES, r, level), c1 = twist(p, BLOB_BYTES, r + 2 * d, level);
        constant c2 = twist(p, BLOB_BYTES, r, level + 1);
        /* Rows beyond the data are zero and were never written. */
        bool has1 = r + d < count, has2 = r + 2 * d < count, has3 = r + 3 * d < count;
        for (unsigned i = r; i < r + d; i++) {
            const uint8_t *in = p->rows + i * p->stride;
            uint8_t *to = out + i * p->stride;
            size_t step = d * p->stride;
            for (size_t g = 0; g < p->groups * PF_GF16_GROUP; g += PF_GF16_GROUP) {
                group v0 = group_load(in + g), v1 = has1 ? group_load(in + step + g) : group_zero();
                group v2 = has2 ? group_load(in + 2 * step + g) : group_zero();
                group v3 = has3 ? group_load(in + 3 * step + g) : group_zero();
                inverse2(&v0, &v1, c0);
                inverse2(&v2, &v3, c1);
                inverse2(&v0, &v2, c2);
                inverse2(&v1, &v3, c2);
                put(to + g, v0, add);
                put(to + step + g, v1, add);
                put(to + 2 * step + g, v2, add);
                put(to + 3 * step + g, v3, add);
            }
        }
    }
}

static void inverse_rows2(const struct pf_gf16_pass *p, uint8_t *out, bool add, unsigned d, unsigned count)
{
    unsigned level = level_of(d);
    for (unsigned r = 0; r < p->n && r < count; r += 2 * d) {
        constant c = twist(p, BLOB_BYTES, r, level);
        bool has1 = r + d < count;
        for (unsigned i = r; i < r + d; i++) {
            const uint8_t *in = p->rows + i * p->stride;
            uint8_t *to = out + i * p->stride;
            size_t step = d * p->stride;
            for (size_t g = 0; g < p->groups * PF_GF16_GROUP; g += PF_GF16_GROUP) {
                group v0 = group_load(in + g), v1 = has1 ? group_load(in + step + g) : group_zero();
                inverse2(&v0, &v1, c);
                put(to + g, v0, add);
                put(to + step + g, v1, add);
            }
        }
    }
}

static void forward_rows4(const struct pf_gf16_pass *p, unsigned d, unsigned wanted)
{
    unsigned level = level_of(d);
    for (unsigned r = 0; r < p->n && r < wanted; r += 4 * d) {
        constant c0 = twist(p, BLOB_BYTES, r, level), c1 = twist(p, BLOB_BYTES, r + 2 * d, level);
        constant c2 = twist(p, BLOB_BYTES, r, level + 1);
        for (unsigned i = r; i < r + d; i++) {
            uint8_t *row = p->rows + i * p->stride;
            size_t step = d * p->stride;
            for (size_t g = 0; g < p->groups * PF_GF16_GROUP; g += PF_GF16_GROUP) {
                group v0 = group_load(row + g), v1 = group_load(row + step + g);
                group v2 = group_load(row + 2 * step + g), v3 = group_load(row + 3 * step + g);
                forward2(&v0, &v2, c2);
                forward2(&v1, &v3, c2);
                forward2(&v0, &v1, c0);
                forward2(&v2, &v3, c1);
                group_store(row + g, v0);
                group_store(row + step + g, v1);
                group_store(row + 2 * step + g, v2);
                group_store(row + 3 * step + g, v3);
            }
        }
    }
}

static void forward_rows2(const struct pf_gf16_pass *p, unsigned d, unsigned wanted)
{
    unsigned level = level_of(d);
    for (unsigned r = 0; r < p->n && r < wanted; r += 2 * d) {
        constant c = twist(p, BLOB_BYTES, r, level);
        for (unsigned i = r; i < r + d; i++) {
            uint8_t *row = p->rows + i * p->stride;
            size_t step = d * p->stride;
            for (size_t g = 0; g < p->groups * PF_GF16_GROUP; g += PF_GF16_GROUP) {
                group v0 = group_load(row + g), v1 = group_load(row + step + g);
                forward2(&v0, &v1, c);
                group_store(row + g, v0);
                group_store(row + step + g, v1);
            }
        }
    }
}

static void forward_outputs_small(
    const struct pf_gf16_pass *p, uint8_t *const *outputs, size_t offset, unsigned wanted)
{
    constant c = twist(p, BLOB_BYTES, 0, 0);
    for (size_t g = 0; g < p->groups * PF_GF16_GROUP; g += PF_GF16_GROUP) {
        group v0 = group_load(p->rows + g);
        if (p->n == 2) {
            group v1 = group_load(p->rows + p->stride + g);
            forward2(&v0, &v1, c);
            if (wanted > 1)
                group_store(outputs[1] + offset + g, v1);
        }
        group_store(outputs[0] + offset + g, v0);
    }
}

static void forward_outputs(
    const struct pf_gf16_pass *p, uint8_t *const *outputs, size_t offset, unsigned wanted)
{
    if (p->n < 4) {
        forward_outputs_small(p, outputs, offset, wanted);
        return;
    }
    for (unsigned r = 0; r < wanted; r += 4) {
        constant c0 = twist(p, BLOB_BYTES, r, 0), c1 = twist(p, BLOB_BYTES, r + 2, 0);
        constant c2 = twist(p, BLOB_BYTES, r, 1);
        unsigned here = wanted - r;
        for (size_t g = 0; g < p->groups * PF_GF16_GROUP; g += PF_GF16_GROUP) {
            const uint8_t *row = p->rows + r * p->stride + g;
            group v0 = group_load(row), v1 = group_load(row + p->stride);
            group v2 = group_load(row + 2 * p->stride), v3 = group_load(row + 3 * p->stride);
            forward2(&v0, &v2, c2);
            forward2(&v1, &v3, c2);
            forward2(&v0, &v1, c0);
            forward2(&v2, &v3, c1);
            group_store(outputs[r] + offset + g, v0);
            if (here > 1)
                group_store(outputs[r + 1] + offset + g, v1);
            if (here > 2)
                group_store(outputs[r + 2] + offset + g, v2);
            if (here > 3)
                group_store(outputs[r + 3] + offset + g, v3);
        }
    }
}

static void mul(uint8_t *dst, const uint8_t *src, size_t groups, const uint8_t *blob)
{
    constant c = constant_load(blob);
    for (size_t g = 0; g < groups * PF_GF16_GROUP; g += PF_GF16_GROUP)
        group_store(dst + g, group_mul_add(group_zero(), c, group_load(src + g)));
}

static void mul_add(uint8_t *dst, const uint8_t *src, size_t groups, const uint8_t *blob)
{
    constant c = constant_load(blob);
    for (size_t g = 0; g < groups * PF_GF16_GROUP; g += PF_GF16_GROUP)
        group_store(dst + g, group_mul_add(group_load(dst + g), c, group_load(src + g)));
}

static void add_rows(uint8_t *dst, const uint8_t *src, size_t groups)
{
    for (size_t g = 0; g < groups * PF_GF16_GROUP; g += PF_GF16_GROUP)
        group_store(dst + g, group_xor(group_load(dst + g), group_load(src + g)));
}

static void mul_add4(uint8_t *const dst[4], const uint8_t *src, size_t groups, const uint8_t *const blob[4])
{
    constant c0 = constant_load(blob[0]), c1 = constant_load(blob[1]);
    constant c2 = constant_load(blob[2]), c3 = constant_load(blob[3]);
    for (size_t g = 0; g < groups * PF_GF16_GROUP; g += PF_GF16_GROUP) {
        group x = group_load(src + g);
        group_store(dst[0] + g, group_mul_add(group_load(dst[0] + g), c0, x));
        group_store(dst[1] + g, group_mul_add(group_load(dst[1] + g), c1, x));
        group_store(dst[2] + g, group_mul_add(group_load(dst[2] + g), c2, x));
        group_store(dst[3] + g, group_mul_add(group_load(dst[3] + g), c3, x));
    }
}

#define PF_GF16_KERNEL_TABLE(level_name, features)                                                           \
    {                                                                                                        \
        .name = level_name, .cpu_features = features, .blob_bytes = BLOB_BYTES, .make_blob = make_blob,      \
        .inverse_sources = inverse_sources, .inverse_rows4 = inverse_rows4, .inverse_rows2 = inverse_rows2,  \
        .forward_rows4 = forward_rows4, .forward_rows2 = forward_rows2, .forward_outputs = forward_outputs,  \
        .mul = mul, .mul_add = mul_add, .add = add_rows, .mul_add4 = mul_add4                                \
    }

#endif

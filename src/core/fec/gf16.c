#include "core/fec/gf16.h"

#include "base/cpu.h"

#include <string.h>

/* Least size of a column buffer: what the column width is chosen from. */
#define COLUMN_BYTES (64u * 1024)

const struct pf_gf16_kernels *const pf_gf16_kernel_levels[] = {
#if defined(__x86_64__)
    &pf_gf16_kernels_gfni512,
    &pf_gf16_kernels_gfni256,
    &pf_gf16_kernels_avx2,
    &pf_gf16_kernels_ssse3,
#endif
    &pf_gf16_kernels_c,
    NULL,
};

const struct pf_gf16_kernels *pf_gf16_kernels(void)
{
    unsigned features = pf_cpu_features();
    const struct pf_gf16_kernels *const *k = pf_gf16_kernel_levels;
    while (((*k)->cpu_features & features) != (*k)->cpu_features)
        k++;
    (*k)->init();
    return *k;
}

struct pf_gf16_layout pf_gf16_layout(unsigned k, unsigned m)
{
    unsigned a = pf_gf16_log2_ceil(k), b = pf_gf16_log2_ceil(m);
    struct pf_gf16_layout l = {.data_count = k, .parity_count = m};
    l.high = a > b || (a == b && k <= m);
    l.levels = l.high ? b : a;
    l.n = 1u << l.levels;
    l.data = l.high ? l.n : 0;
    l.parity = l.high ? 0 : l.n;
    return l;
}

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Hands out consecutive aligned pieces of the work memory; with a NULL base it only counts. */
static void *carve(uint8_t *base, size_t *used, size_t bytes)
{
    uint8_t *p = base ? base + *used : NULL;
    *used += round_up(bytes, 64);
    return p;
}

/* Every smaller block fits too: the transform of the encoder is at most the smaller of the two powers of two,
 * that of the decoder spans it and the larger count. */
static size_t lay_out(uint8_t *base, const struct pf_fec_limits *limits, struct pf_gf16_work *w)
{
    unsigned a = 1u << pf_gf16_log2_ceil(limits->data), b = 1u << pf_gf16_log2_ceil(limits->parity);
    unsigned smaller = a < b ? a : b, larger = limits->data > limits->parity ? limits->data : limits->parity;
    if (smaller + larger > PF_GF16_ORDER || limits->shard_bytes % 2)
        return 0;

    size_t used = round_up(sizeof(*w), 64), unit = w->kernels->unit;
    size_t shards = limits->data + limits->parity, points = (size_t)1 << pf_gf16_log2_ceil(smaller + larger);
    size_t unknowns = limits->data < limits->parity ? limits->data : limits->parity;
    if (unknowns > PF_GF16_SOLVE_MAX)
        unknowns = PF_GF16_SOLVE_MAX;
    w->column_bytes = points * unit > COLUMN_BYTES ? points * unit : COLUMN_BYTES;
    w->row_bytes = round_up(limits->shard_bytes, unit);
    w->rows = carve(base, &used, w->column_bytes);
    w->coefficients = carve(base, &used, w->column_bytes);
    w->zero = carve(base, &used, w->row_bytes);
    w->syndromes = carve(base, &used, limits->parity * w->row_bytes);
    w->tails = carve(base, &used, shards * unit);
    w->tail_pointers = carve(base, &used, shards * sizeof(uint8_t *));
    w->pointers = carve(base, &used, shards * sizeof(uint8_t *));
    w->matrix =
        carve(base, &used, unknowns * (limits->data > unknowns ? limits->data : unknowns) * sizeof(uint16_t));
    w->locator = carve(base, &used, points * sizeof(uint16_t));
    w->logs = carve(base, &used, points * sizeof(uint16_t));
    return used;
}

static size_t work_bytes(const struct pf_fec_limits *limits)
{
    struct pf_gf16_work w = {.kernels = pf_gf16_kernels()};
    return lay_out(NULL, limits, &w);
}

static void prepare(uint8_t *work, const struct pf_fec_limits *limits)
{
    struct pf_gf16_work *w = (struct pf_gf16_work *)(void *)work;
    w->kernels = pf_gf16_kernels();
    lay_out(work, limits, w);
    memset(w->zero, 0, w->row_bytes);
    for (size_t i = 0; i < (size_t)limits->data + limits->parity; i++)
        w->tail_pointers[i] = w->tails + i * w->kernels->unit;
}

/* The end of a shard, less than a unit: whole groups, then h low bytes and h high bytes that are spread out
 * to a whole group (5.2); and back. */
static void spread_tail(uint8_t *unit, size_t unit_bytes, const uint8_t *tail, size_t bytes)
{
    size_t whole = bytes / PF_GF16_GROUP * PF_GF16_GROUP, half = (bytes - whole) / 2;
    memset(unit, 0, unit_bytes);
    memcpy(unit, tail, whole);
    memcpy(unit + whole, tail + whole, half);
    memcpy(unit + whole + PF_GF16_GROUP / 2, tail + whole + half, half);
}

static void pack_tail(uint8_t *tail, const uint8_t *unit, size_t bytes)
{
    size_t whole = bytes / PF_GF16_GROUP * PF_GF16_GROUP, half = (bytes - whole) / 2;
    memcpy(tail, unit, whole);
    memcpy(tail + whole, unit + whole, half);
    memcpy(tail + whole + half, unit + whole + PF_GF16_GROUP / 2, half);
}

static void encode(
    uint8_t *work, const struct pf_fec_block *block, const uint8_t *const *data, uint8_t *const *parity)
{
    const struct pf_gf16_work *w = (const struct pf_gf16_work *)(const void *)work;
    unsigned k = block->data_count, m = block->parity_count;
    struct pf_gf16_layout l = pf_gf16_layout(k, m);
    size_t unit = w->kernels->unit, rest = block->shard_bytes % unit, whole = block->shard_bytes - rest;
    pf_gf16_encode(w, &l, data, parity, m, whole);
    if (!rest)
        return;
    for (unsigned i = 0; i < k; i++)
        spread_tail(w->tail_pointers[i], unit, data[i] + whole, rest);
    pf_gf16_encode(w, &l, (const uint8_t *const *)w->tail_pointers, w->tail_pointers + k, m, unit);
    for (unsigned j = 0; j < m; j++)
        pack_tail(parity[j] + whole, w->tail_pointers[k + j], rest);
}

/* Restoring all parts of a block by the cheaper decoder. A transform costs a multiplication for each pair of
 * rows at each level; a decoder does two that span all points. */
static void restore(const struct pf_gf16_work *w, const struct pf_gf16_layout *l, const uint8_t *present,
    const struct pf_gf16_part *parts, unsigned part_count)
{
    uint64_t missing = 0, levels = pf_gf16_log2_ceil(pf_gf16_points(l));
    for (unsigned i = 0; i < l->data_count; i++)
        missing += !present[i];
    bool few = missing <= PF_GF16_SOLVE_MAX && pf_gf16_encode_cost(l) + missing * missing <= levels << levels;
    (few ? pf_gf16_decode_solve : pf_gf16_decode_transform)(w, l, present, parts, part_count);
}

static void decode(
    uint8_t *work, const struct pf_fec_block *block, uint8_t *const *shards, const uint8_t *present)
{
    const struct pf_gf16_work *w = (const struct pf_gf16_work *)(const void *)work;
    unsigned k = block->data_count, m = block->parity_count, part_count = 0;
    struct pf_gf16_layout l = pf_gf16_layout(k, m);
    size_t unit = w->kernels->unit, rest = block->shard_bytes % unit, whole = block->shard_bytes - rest;
    struct pf_gf16_part parts[2];
    if (whole)
        parts[part_count++] = (struct pf_gf16_part){shards, whole};
    if (rest)
        parts[part_count++] = (struct pf_gf16_part){w->tail_pointers, unit};
    for (unsigned i = 0; rest && i < k + m; i++)
        if (present[i])
            spread_tail(w->tail_pointers[i], unit, shards[i] + whole, rest);
    restore(w, &l, present, parts, part_count);
    for (unsigned i = 0; rest && i < k; i++)
        if (!present[i])
            pack_tail(shards[i] + whole, w->tail_pointers[i], rest);
}

const struct pf_fec_codec pf_fec_codec_gf16 = {
    .max_shards = PF_GF16_ORDER,
    .shard_multiple = 2,
    .work_bytes = work_bytes,
    .prepare = prepare,
    .encode = encode,
    .decode = decode,
};

#include "core/fec/gf16.h"

#include "base/cpu.h"

#include <string.h>

const struct pf_gf16_kernels *const pf_gf16_kernel_levels[] = {
#if defined(__x86_64__)
    &pf_gf16_kernels_gfni512,
    &pf_gf16_kernels_avx2,
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
    return *k;
}

struct pf_gf16_layout pf_gf16_layout(unsigned k, unsigned m)
{
    unsigned a = pf_gf16_pow2_ceil(k), b = pf_gf16_pow2_ceil(m);
    bool high = a > b || (a == b && k <= m);
    return high ? (struct pf_gf16_layout){true, b, b, 0} : (struct pf_gf16_layout){false, a, 0, a};
}

unsigned pf_gf16_decode_size(const struct pf_gf16_layout *l, unsigned k, unsigned m)
{
    return pf_gf16_pow2_ceil(l->n + (l->high ? k : m));
}

static size_t round_up(size_t n)
{
    return (n + PF_GF16_GROUP - 1) / PF_GF16_GROUP * PF_GF16_GROUP;
}

static void xor_bytes(uint8_t *dst, const uint8_t *src, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] ^= src[i];
}

void pf_gf16_blob(const struct pf_gf16_work *w, uint16_t c, uint8_t *blob)
{
    size_t bytes = w->kernels->blob_bytes;
    memcpy(blob, w->nibble_blobs + (c & 15u) * bytes, bytes);
    for (unsigned nibble = 1; nibble < 4; nibble++)
        xor_bytes(blob, w->nibble_blobs + (16 * nibble + (c >> (4 * nibble) & 15u)) * bytes, bytes);
}

/* Sizes of the parts of the work memory. Every smaller block fits too: the transform size is at most the
 * smaller of the two powers of two, and the decoder's the power of two above it plus the larger count. */
struct sizes {
    unsigned constants; /* also the largest transform */
    size_t column_bytes, row_bytes, shards;
};

static struct sizes sizes_of(const struct pf_fec_limits *limits)
{
    unsigned a = pf_gf16_pow2_ceil(limits->data), b = pf_gf16_pow2_ceil(limits->parity ? limits->parity : 1);
    unsigned smaller = a < b ? a : b, larger = limits->data > limits->parity ? limits->data : limits->parity;
    struct sizes s = {
        .constants = pf_gf16_pow2_ceil(smaller + larger), .shards = limits->data + limits->parity};
    s.row_bytes = round_up(limits->shard_bytes);
    s.column_bytes = (size_t)s.constants * PF_GF16_GROUP;
    if (s.column_bytes < 64 * 1024)
        s.column_bytes = 64 * 1024;
    return s;
}

/* Hands out consecutive aligned pieces of the work memory; with a NULL base it only counts. */
static uint8_t *carve(uint8_t *base, size_t *used, size_t bytes)
{
    uint8_t *p = base ? base + *used : NULL;
    *used += round_up(bytes);
    return p;
}

static size_t lay_out(uint8_t *base, const struct pf_fec_limits *limits, struct pf_gf16_work *w)
{
    struct sizes s = sizes_of(limits);
    size_t used = round_up(sizeof(*w)), blob_bytes = w->kernels->blob_bytes;
    w->column_bytes = s.column_bytes;
    w->row_bytes = s.row_bytes;
    w->blobs = carve(base, &used, s.constants * blob_bytes);
    w->nibble_blobs = carve(base, &used, 64 * blob_bytes);
    w->rows = carve(base, &used, s.column_bytes);
    w->sum = carve(base, &used, s.column_bytes);
    w->zero = carve(base, &used, s.row_bytes);
    w->syndromes = carve(base, &used, limits->parity * s.row_bytes);
    w->tails = carve(base, &used, s.shards * PF_GF16_GROUP);
    w->pointers = (uint8_t **)(void *)carve(base, &used, 3 * s.shards * sizeof(uint8_t *));
    w->locator = (uint16_t *)(void *)carve(base, &used, PF_GF16_ORDER * sizeof(uint16_t));
    return used;
}

static size_t work_bytes(const struct pf_fec_limits *limits)
{
    unsigned a = pf_gf16_pow2_ceil(limits->data), b = pf_gf16_pow2_ceil(limits->parity ? limits->parity : 1);
    unsigned smaller = a < b ? a : b, larger = limits->data > limits->parity ? limits->data : limits->parity;
    if (smaller + larger > PF_GF16_ORDER || limits->shard_bytes % 2)
        return 0;
    struct pf_gf16_work w = {.kernels = pf_gf16_kernels()};
    return lay_out(NULL, limits, &w);
}

/* Blobs are linear in the constant: each is the one without its lowest bit plus the one of that bit. */
static void make_blobs(uint8_t *blobs, size_t count, const uint8_t *bits, size_t blob_bytes)
{
    memset(blobs, 0, blob_bytes);
    for (size_t c = 1; c < count; c++) {
        memcpy(blobs + c * blob_bytes, blobs + (c & (c - 1)) * blob_bytes, blob_bytes);
        xor_bytes(blobs + c * blob_bytes, bits + (size_t)__builtin_ctzl(c) * blob_bytes, blob_bytes);
    }
}

static void prepare(uint8_t *work, const struct pf_fec_limits *limits)
{
    struct pf_gf16_work *w = (struct pf_gf16_work *)(void *)work;
    w->kernels = pf_gf16_kernels();
    lay_out(work, limits, w);
    size_t blob_bytes = w->kernels->blob_bytes;
    const struct pf_gf16_tables *t = pf_gf16_tables();
    _Alignas(64) uint8_t bits[16 * 128];
    for (unsigned bit = 0; bit < 16; bit++) {
        uint16_t products[16];
        for (unsigned b = 0; b < 16; b++)
            products[b] = pf_gf16_mul(t, (uint16_t)(1u << bit), (uint16_t)(1u << b));
        w->kernels->make_blob(bits + bit * blob_bytes, products);
    }
    make_blobs(w->blobs, sizes_of(limits).constants, bits, blob_bytes);
    for (unsigned nibble = 0; nibble < 4; nibble++)
        make_blobs(
            w->nibble_blobs + 16 * nibble * blob_bytes, 16, bits + 4 * nibble * blob_bytes, blob_bytes);
    memset(w->zero, 0, w->row_bytes);
}

/* The short last group of a shard: h low bytes then h high bytes, spread out to a whole group and back. */
static void spread_tail(uint8_t *group, const uint8_t *tail, size_t half)
{
    memset(group, 0, PF_GF16_GROUP);
    memcpy(group, tail, half);
    memcpy(group + PF_GF16_GROUP / 2, tail + half, half);
}

static void pack_tail(uint8_t *tail, const uint8_t *group, size_t half)
{
    memcpy(tail, group, half);
    memcpy(tail + half, group + PF_GF16_GROUP / 2, half);
}

/* Groups for the tails, reached through the third array of pointers. */
static uint8_t **tail_pointers(const struct pf_gf16_work *w, unsigned shards)
{
    uint8_t **pointers = w->pointers + 2 * (size_t)shards;
    for (unsigned i = 0; i < shards; i++)
        pointers[i] = w->tails + i * PF_GF16_GROUP;
    return pointers;
}

static void encode(
    uint8_t *work, const struct pf_fec_block *block, const uint8_t *const *data, uint8_t *const *parity)
{
    const struct pf_gf16_work *w = (const struct pf_gf16_work *)(const void *)work;
    unsigned k = block->data_count, m = block->parity_count;
    struct pf_gf16_layout l = pf_gf16_layout(k, m);
    size_t whole = block->shard_bytes / PF_GF16_GROUP, half = block->shard_bytes % PF_GF16_GROUP / 2;
    pf_gf16_encode_groups(w, &l, data, k, parity, m, whole);
    if (!half)
        return;
    uint8_t **tails = tail_pointers(w, k + m);
    for (unsigned i = 0; i < k; i++)
        spread_tail(tails[i], data[i] + whole * PF_GF16_GROUP, half);
    pf_gf16_encode_groups(w, &l, (const uint8_t *const *)tails, k, tails + k, m, 1);
    for (unsigned j = 0; j < m; j++)
        pack_tail(parity[j] + whole * PF_GF16_GROUP, tails[k + j], half);
}

static unsigned count_missing(const uint8_t *present, unsigned n)
{
    unsigned missing = 0;
    for (unsigned i = 0; i < n; i++)
        missing += !present[i];
    return missing;
}

static void decode(
    uint8_t *work, const struct pf_fec_block *block, uint8_t *const *shards, const uint8_t *present)
{
    const struct pf_gf16_work *w = (const struct pf_gf16_work *)(const void *)work;
    unsigned k = block->data_count, m = block->parity_count;
    struct pf_gf16_layout l = pf_gf16_layout(k, m);
    size_t whole = block->shard_bytes / PF_GF16_GROUP, half = block->shard_bytes % PF_GF16_GROUP / 2;
    void (*restore)(const struct pf_gf16_work *, const struct pf_gf16_layout *, uint8_t *const *,
        const uint8_t *, unsigned, unsigned, size_t) =
        count_missing(present, k) <= PF_GF16_SOLVE_MAX ? pf_gf16_decode_solve : pf_gf16_decode_transform;
    if (whole)
        restore(w, &l, shards, present, k, m, whole);
    if (!half)
        return;
    uint8_t **tails = tail_pointers(w, k + m);
    for (unsigned i = 0; i < k + m; i++)
        if (present[i])
            spread_tail(tails[i], shards[i] + whole * PF_GF16_GROUP, half);
    restore(w, &l, tails, present, k, m, 1);
    for (unsigned i = 0; i < k; i++)
        if (!present[i])
            pack_tail(shards[i] + whole * PF_GF16_GROUP, tails[i], half);
}

const struct pf_fec_codec pf_fec_codec_gf16 = {
    .max_shards = 65535,
    .shard_multiple = 2,
    .work_bytes = work_bytes,
    .prepare = prepare,
    .encode = encode,
    .decode = decode,
};

/* The Cauchy code over GF(2^8) (docs/spec/punktfunk1-data.md 4): parity j of m has the coefficient
 * inv((m + i) ⊕ j) for data shard i. */
#include "base/cpu.h"
#include "core/fec/codec.h"
#include "core/fec/gf8_field.h"
#include "core/fec/gf8_kernels.h"

#include <string.h>

#define MAX_SHARDS 255u

const struct pf_gf8_kernels *const pf_gf8_kernel_levels[] = {
#if defined(__x86_64__)
    &pf_gf8_kernels_gfni512,
    &pf_gf8_kernels_gfni256,
    &pf_gf8_kernels_avx2,
    &pf_gf8_kernels_ssse3,
#endif
    &pf_gf8_kernels_c,
    NULL,
};

const struct pf_gf8_kernels *pf_gf8_kernels(void)
{
    unsigned features = pf_cpu_features();
    const struct pf_gf8_kernels *const *k = pf_gf8_kernel_levels;
    while (((*k)->cpu_features & features) != (*k)->cpu_features)
        k++;
    return *k;
}

/* Work memory of one struct pf_fec; the arrays lie behind it. */
struct work {
    const struct pf_gf8_kernels *kernels;
    unsigned data_count, parity_count; /* shape of the matrix in `encode`, 0 if there is none */
    uint8_t *encode;                   /* matrix of the last encoder */
    uint8_t *known, *inverse;          /* matrices of a decoder */
    uint8_t *syndromes;                /* a shard for each missing one */
};

static size_t work_bytes(const struct pf_fec_limits *limits)
{
    size_t n = limits->data < limits->parity ? limits->data : limits->parity;
    size_t matrix = (size_t)limits->data * limits->parity;
    return sizeof(struct work) + 2 * matrix + n * n + n * limits->shard_bytes;
}

static void prepare(uint8_t *work, const struct pf_fec_limits *limits)
{
    size_t n = limits->data < limits->parity ? limits->data : limits->parity;
    size_t matrix = (size_t)limits->data * limits->parity;
    struct work *w = (struct work *)(void *)work;
    *w = (struct work){.kernels = pf_gf8_kernels()};
    w->encode = work + sizeof(*w);
    w->known = w->encode + matrix;
    w->inverse = w->known + matrix;
    w->syndromes = w->inverse + n * n;
}

static void encode(
    uint8_t *work, const struct pf_fec_block *block, const uint8_t *const *data, uint8_t *const *parity)
{
    struct work *w = (struct work *)(void *)work;
    unsigned k = block->data_count, m = block->parity_count;
    if (w->data_count != k || w->parity_count != m) {
        const struct pf_gf8_tables *t = pf_gf8_tables();
        for (unsigned j = 0; j < m; j++)
            for (unsigned i = 0; i < k; i++)
                w->encode[j * k + i] = pf_gf8_inv(t, (uint8_t)((m + i) ^ j));
        w->data_count = k;
        w->parity_count = m;
    }
    w->kernels->dot(parity, m, data, k, w->encode, 0, block->shard_bytes);
}

/* The equations of a decoder: as many parity shards as data are missing. Points are m + i for data i and j
 * for parity j. */
struct equations {
    unsigned n;
    uint8_t unknown[MAX_SHARDS], parity[MAX_SHARDS]; /* points */
    unsigned known_count;
    uint8_t known[MAX_SHARDS]; /* points */
};

static void find_equations(struct equations *e, const uint8_t *present, unsigned k, unsigned m)
{
    e->n = e->known_count = 0;
    for (unsigned i = 0; i < k; i++) {
        if (present[i])
            e->known[e->known_count++] = (uint8_t)(m + i);
        else
            e->unknown[e->n++] = (uint8_t)(m + i);
    }
    for (unsigned j = 0, found = 0; j < m && found < e->n; j++)
        if (present[k + j])
            e->parity[found++] = (uint8_t)j;
}

/* Sum of log(from ⊕ to[i]) over all i where they differ. */
static unsigned distance_log(const struct pf_gf8_tables *t, uint8_t from, const uint8_t *to, unsigned n)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += from == to[i] ? 0 : t->log[from ^ to[i]];
    return sum % PF_GF8_MODULUS;
}

/* Inverse of the n×n matrix inv(unknown[x] ⊕ parity[y]), which is a Cauchy matrix and so has a closed form.
 */
static void invert(uint8_t *inverse, const struct equations *e)
{
    const struct pf_gf8_tables *t = pf_gf8_tables();
    unsigned n = e->n, unknown_log[MAX_SHARDS], parity_log[MAX_SHARDS];
    for (unsigned x = 0; x < n; x++) {
        unknown_log[x] = distance_log(t, e->unknown[x], e->parity, n) + PF_GF8_MODULUS -
                         distance_log(t, e->unknown[x], e->unknown, n);
        parity_log[x] = distance_log(t, e->parity[x], e->unknown, n) + PF_GF8_MODULUS -
                        distance_log(t, e->parity[x], e->parity, n);
    }
    for (unsigned x = 0; x < n; x++) {
        for (unsigned y = 0; y < n; y++) {
            unsigned log =
                unknown_log[x] + parity_log[y] + PF_GF8_MODULUS - t->log[e->unknown[x] ^ e->parity[y]];
            inverse[x * n + y] = t->exp[log % PF_GF8_MODULUS];
        }
    }
}

/* Takes the known data out of the equations, which leaves the syndromes, and solves for the missing data. */
static void decode(
    uint8_t *work, const struct pf_fec_block *block, uint8_t *const *shards, const uint8_t *present)
{
    struct work *w = (struct work *)(void *)work;
    const struct pf_gf8_tables *t = pf_gf8_tables();
    unsigned k = block->data_count, m = block->parity_count;
    const uint8_t *known[MAX_SHARDS];
    uint8_t *syndromes[MAX_SHARDS], *missing[MAX_SHARDS];
    struct equations e;
    find_equations(&e, present, k, m);
    for (unsigned i = 0; i < e.known_count; i++)
        known[i] = shards[e.known[i] - m];
    for (unsigned y = 0; y < e.n; y++) {
        missing[y] = shards[e.unknown[y] - m];
        syndromes[y] = w->syndromes + y * block->shard_bytes;
        for (unsigned i = 0; i < e.known_count; i++)
            w->known[y * e.known_count + i] = pf_gf8_inv(t, e.known[i] ^ e.parity[y]);
    }
    w->kernels->dot(syndromes, e.n, known, e.known_count, w->known, 0, block->shard_bytes);
    for (unsigned y = 0; y < e.n; y++)
        for (size_t b = 0; b < block->shard_bytes; b++)
            syndromes[y][b] ^= shards[k + e.parity[y]][b];
    invert(w->inverse, &e);
    w->kernels->dot(missing, e.n, (const uint8_t *const *)syndromes, e.n, w->inverse, 0, block->shard_bytes);
}

const struct pf_fec_codec pf_fec_codec_gf8 = {
    .max_shards = MAX_SHARDS,
    .shard_multiple = 1,
    .work_bytes = work_bytes,
    .prepare = prepare,
    .encode = encode,
    .decode = decode,
};

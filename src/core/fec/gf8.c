/* The Cauchy code over GF(2^8) with polynomial 0x11D (docs/spec/punktfunk1-data.md 4). */
#include "core/fec/codec.h"

#include <pthread.h>
#include <string.h>

#define MAX_SHARDS 255u

static uint8_t log_table[256], exp_table[512];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void build(void)
{
    unsigned v = 1;
    for (unsigned e = 0; e < 255; e++) {
        exp_table[e] = exp_table[e + 255] = (uint8_t)v;
        log_table[v] = (uint8_t)e;
        v <<= 1;
        if (v & 256)
            v ^= 0x11D;
    }
}

static uint8_t mul(uint8_t a, uint8_t b)
{
    return a && b ? exp_table[log_table[a] + log_table[b]] : 0;
}

static uint8_t inv(uint8_t a)
{
    return exp_table[255 - log_table[a]];
}

/* Coefficient of data shard i in parity shard j of m. */
static uint8_t coefficient(unsigned m, unsigned i, unsigned j)
{
    return inv((uint8_t)((m + i) ^ j));
}

static void mul_add(uint8_t *dst, const uint8_t *src, size_t bytes, uint8_t c)
{
    uint8_t low[16], high[16];
    for (unsigned v = 0; v < 16; v++) {
        low[v] = mul(c, (uint8_t)v);
        high[v] = mul(c, (uint8_t)(v << 4));
    }
    for (size_t i = 0; i < bytes; i++)
        dst[i] ^= low[src[i] & 15] ^ high[src[i] >> 4];
}

static void encode(
    uint8_t *work, const struct pf_fec_block *block, const uint8_t *const *data, uint8_t *const *parity)
{
    unsigned k = block->data_count, m = block->parity_count;
    size_t shard_bytes = block->shard_bytes;
    for (unsigned j = 0; j < m; j++) {
        memset(parity[j], 0, shard_bytes);
        for (unsigned i = 0; i < k; i++)
            mul_add(parity[j], data[i], shard_bytes, coefficient(m, i, j));
    }
}

static void scale_row(uint8_t *row, unsigned n, uint8_t c)
{
    for (unsigned x = 0; x < n; x++)
        row[x] = mul(row[x], c);
}

static void add_row(uint8_t *row, const uint8_t *other, unsigned n, uint8_t c)
{
    for (unsigned x = 0; x < n; x++)
        row[x] ^= mul(other[x], c);
}

/* Inverts the n×n matrix by Gauss–Jordan; a square piece of a Cauchy matrix always has an inverse and never
 * needs an exchange of rows. */
static void invert(uint8_t *a, uint8_t *inverse, unsigned n)
{
    memset(inverse, 0, (size_t)n * n);
    for (unsigned x = 0; x < n; x++)
        inverse[x * n + x] = 1;
    for (unsigned x = 0; x < n; x++) {
        uint8_t pivot = inv(a[x * n + x]);
        scale_row(a + x * n, n, pivot);
        scale_row(inverse + x * n, n, pivot);
        for (unsigned y = 0; y < n; y++) {
            uint8_t c = a[y * n + x];
            if (y == x || !c)
                continue;
            add_row(a + y * n, a + x * n, n, c);
            add_row(inverse + y * n, inverse + x * n, n, c);
        }
    }
}

/* The missing data solve a system of as many parity equations, from which the present data were taken out. */
static void decode(
    uint8_t *work, const struct pf_fec_block *block, uint8_t *const *shards, const uint8_t *present)
{
    unsigned k = block->data_count, m = block->parity_count;
    size_t shard_bytes = block->shard_bytes;
    unsigned missing[MAX_SHARDS], equation[MAX_SHARDS], n = 0, found = 0;
    for (unsigned i = 0; i < k; i++)
        if (!present[i])
            missing[n++] = i;
    for (unsigned j = 0; j < m && found < n; j++)
        if (present[k + j])
            equation[found++] = j;

    uint8_t *matrix = work, *inverse = matrix + (size_t)n * n, *syndrome = inverse + (size_t)n * n;
    for (unsigned y = 0; y < n; y++) {
        uint8_t *s = syndrome + y * shard_bytes;
        memcpy(s, shards[k + equation[y]], shard_bytes);
        for (unsigned i = 0; i < k; i++)
            if (present[i])
                mul_add(s, shards[i], shard_bytes, coefficient(m, i, equation[y]));
        for (unsigned x = 0; x < n; x++)
            matrix[y * n + x] = coefficient(m, missing[x], equation[y]);
    }
    invert(matrix, inverse, n);
    for (unsigned x = 0; x < n; x++) {
        memset(shards[missing[x]], 0, shard_bytes);
        for (unsigned y = 0; y < n; y++)
            mul_add(shards[missing[x]], syndrome + y * shard_bytes, shard_bytes, inverse[x * n + y]);
    }
}

static size_t work_bytes(const struct pf_fec_limits *limits)
{
    size_t n = limits->data < limits->parity ? limits->data : limits->parity;
    return 2 * n * n + n * limits->shard_bytes + 1;
}

static void prepare(uint8_t *work, const struct pf_fec_limits *limits)
{
    pthread_once(&once, build);
}

const struct pf_fec_codec pf_fec_codec_gf8 = {
    .max_shards = MAX_SHARDS,
    .shard_multiple = 1,
    .work_bytes = work_bytes,
    .prepare = prepare,
    .encode = encode,
    .decode = decode,
};

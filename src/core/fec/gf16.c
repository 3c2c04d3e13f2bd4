/* The transform code over GF(2^16) (docs/spec/punktfunk1-data.md 5).
 *
 * Work vectors hold whole 64-byte groups: 32 low bytes, then 32 high bytes of 32 elements. A short last group
 * is spread out on the way in and packed again on the way out.
 */
#include "core/fec/codec.h"
#include "core/fec/gf16_field.h"

#include <stdbool.h>
#include <string.h>

#define GROUP 64u

static unsigned pow2_ceil(unsigned n)
{
    unsigned p = 1;
    while (p < n)
        p *= 2;
    return p;
}

static unsigned log2_of(unsigned n)
{
    return (unsigned)__builtin_ctz(n);
}

/* Where data and parity sit among the points of the field (5.3). */
struct layout {
    bool high;
    unsigned n;      /* transform size */
    unsigned data;   /* point of data shard 0 */
    unsigned parity; /* point of parity shard 0 */
};

static struct layout layout_of(unsigned k, unsigned m)
{
    unsigned a = pow2_ceil(k), b = pow2_ceil(m);
    bool high = a > b || (a == b && k <= m);
    return high ? (struct layout){true, b, b, 0} : (struct layout){false, a, 0, a};
}

static size_t padded(size_t shard_bytes)
{
    return (shard_bytes + GROUP - 1) / GROUP * GROUP;
}

static void load(uint8_t *dst, const uint8_t *shard, size_t bytes)
{
    size_t whole = bytes / GROUP * GROUP, half = (bytes - whole) / 2;
    memcpy(dst, shard, whole);
    if (!half)
        return;
    memset(dst + whole, 0, GROUP);
    memcpy(dst + whole, shard + whole, half);
    memcpy(dst + whole + GROUP / 2, shard + whole + half, half);
}

static void store(uint8_t *shard, const uint8_t *src, size_t bytes)
{
    size_t whole = bytes / GROUP * GROUP, half = (bytes - whole) / 2;
    memcpy(shard, src, whole);
    memcpy(shard + whole, src + whole, half);
    memcpy(shard + whole + half, src + whole + GROUP / 2, half);
}

static void xor_vector(uint8_t *dst, const uint8_t *src, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        dst[i] ^= src[i];
}

/* dst = (dst if add, else 0) ⊕ c ⊗ src, by a table for each of the four nibbles of an element. */
static void mul_vector(uint8_t *dst, const uint8_t *src, size_t bytes, uint16_t c, bool add)
{
    const struct pf_gf16_tables *t = pf_gf16_tables();
    uint16_t table[4][16];
    for (unsigned nibble = 0; nibble < 4; nibble++)
        for (unsigned v = 0; v < 16; v++)
            table[nibble][v] = pf_gf16_mul(t, c, (uint16_t)(v << (4 * nibble)));
    for (size_t g = 0; g < bytes; g += GROUP) {
        for (size_t i = g; i < g + GROUP / 2; i++) {
            unsigned low = src[i], high = src[i + GROUP / 2];
            uint16_t product =
                table[0][low & 15] ^ table[1][low >> 4] ^ table[2][high & 15] ^ table[3][high >> 4];
            dst[i] = (uint8_t)((add ? dst[i] : 0) ^ (product & 255));
            dst[i + GROUP / 2] = (uint8_t)((add ? dst[i + GROUP / 2] : 0) ^ (product >> 8));
        }
    }
}

/* Values at points base … base+n−1 to coefficients (5.5). */
static void inverse(uint8_t *w, unsigned n, unsigned base, size_t bytes)
{
    for (unsigned level = 0, d = 1; d < n; level++, d *= 2) {
        for (unsigned r = 0; r < n; r += 2 * d) {
            uint16_t twist = (uint16_t)((base + r) >> level);
            for (unsigned i = r; i < r + d; i++) {
                uint8_t *low = w + i * bytes, *high = w + (i + d) * bytes;
                xor_vector(high, low, bytes);
                if (twist)
                    mul_vector(low, high, bytes, twist, true);
            }
        }
    }
}

/* Coefficients to values; groups at or beyond `wanted` are not worked out. */
static void forward(uint8_t *w, unsigned n, unsigned base, unsigned wanted, size_t bytes)
{
    for (unsigned d = n / 2; d; d /= 2) {
        unsigned level = log2_of(d);
        for (unsigned r = 0; r < n && r < wanted; r += 2 * d) {
            uint16_t twist = (uint16_t)((base + r) >> level);
            for (unsigned i = r; i < r + d; i++) {
                uint8_t *low = w + i * bytes, *high = w + (i + d) * bytes;
                if (twist)
                    mul_vector(low, high, bytes, twist, true);
                xor_vector(high, low, bytes);
            }
        }
    }
}

static void encode_high(uint8_t *sum, const uint8_t *const *data, unsigned k, uint8_t *const *parity,
    unsigned m, unsigned n, size_t shard_bytes)
{
    size_t bytes = padded(shard_bytes);
    uint8_t *w = sum + n * bytes;
    memset(sum, 0, n * bytes);
    for (unsigned first = 0; first < k; first += n) {
        unsigned count = k - first < n ? k - first : n;
        for (unsigned i = 0; i < count; i++)
            load(w + i * bytes, data[first + i], shard_bytes);
        memset(w + count * bytes, 0, (n - count) * bytes);
        inverse(w, n, n + first, bytes);
        xor_vector(sum, w, n * bytes);
    }
    forward(sum, n, 0, m, bytes);
    for (unsigned j = 0; j < m; j++)
        store(parity[j], sum + j * bytes, shard_bytes);
}

static void encode_low(uint8_t *coefficients, const uint8_t *const *data, unsigned k, uint8_t *const *parity,
    unsigned m, unsigned n, size_t shard_bytes)
{
    size_t bytes = padded(shard_bytes);
    uint8_t *w = coefficients + n * bytes;
    for (unsigned i = 0; i < k; i++)
        load(coefficients + i * bytes, data[i], shard_bytes);
    memset(coefficients + k * bytes, 0, (n - k) * bytes);
    inverse(coefficients, n, 0, bytes);
    for (unsigned first = 0; first < m; first += n) {
        unsigned count = m - first < n ? m - first : n;
        memcpy(w, coefficients, n * bytes);
        forward(w, n, n + first, count, bytes);
        for (unsigned j = 0; j < count; j++)
            store(parity[first + j], w + j * bytes, shard_bytes);
    }
}

static void encode(uint8_t *work, const uint8_t *const *data, unsigned k, uint8_t *const *parity, unsigned m,
    size_t shard_bytes)
{
    struct layout l = layout_of(k, m);
    if (l.high)
        encode_high(work, data, k, parity, m, l.n, shard_bytes);
    else
        encode_low(work, data, k, parity, m, l.n, shard_bytes);
}

/* Logarithms of the error locator at every point (5.6, step 2). */
static void locate(uint16_t *locator, const struct layout *l, const uint8_t *present, unsigned k, unsigned m)
{
    memset(locator, 0, PF_GF16_ORDER * sizeof(*locator));
    for (unsigned i = 0; i < k; i++)
        locator[l->data + i] = !present[i];
    for (unsigned j = 0; j < m; j++)
        locator[l->parity + j] = !present[k + j];
    unsigned unsent_end = l->high ? l->n : PF_GF16_ORDER;
    for (unsigned p = l->parity + m; p < unsent_end; p++)
        locator[p] = 1;

    const struct pf_gf16_tables *t = pf_gf16_tables();
    pf_gf16_walsh(locator);
    for (unsigned p = 0; p < PF_GF16_ORDER; p++)
        locator[p] = (uint16_t)((uint32_t)locator[p] * t->log_walsh[p] % PF_GF16_MODULUS);
    pf_gf16_walsh(locator);
}

static void place(uint8_t *w, unsigned point, const uint8_t *shard, uint16_t locator_log, size_t shard_bytes)
{
    size_t bytes = padded(shard_bytes);
    uint8_t *v = w + point * bytes;
    load(v, shard, shard_bytes);
    mul_vector(v, v, bytes, pf_gf16_tables()->exp[locator_log], false);
}

static void derivative(uint8_t *w, unsigned n, size_t bytes)
{
    for (unsigned i = 1; i < n; i++) {
        unsigned u = i & (0u - i);
        xor_vector(w + (i - u) * bytes, w + i * bytes, u * bytes);
    }
}

static unsigned decode_size(const struct layout *l, unsigned k, unsigned m)
{
    return pow2_ceil(l->n + (l->high ? k : m));
}

static void decode(
    uint8_t *work, uint8_t *const *shards, const uint8_t *present, unsigned k, unsigned m, size_t shard_bytes)
{
    struct layout l = layout_of(k, m);
    size_t bytes = padded(shard_bytes);
    unsigned n = decode_size(&l, k, m);
    uint16_t *locator = (uint16_t *)(void *)work;
    uint8_t *w = work + PF_GF16_ORDER * sizeof(*locator);
    locate(locator, &l, present, k, m);

    memset(w, 0, n * bytes);
    for (unsigned i = 0; i < k; i++)
        if (present[i])
            place(w, l.data + i, shards[i], locator[l.data + i], shard_bytes);
    for (unsigned j = 0; j < m; j++)
        if (present[k + j])
            place(w, l.parity + j, shards[k + j], locator[l.parity + j], shard_bytes);
    inverse(w, n, 0, bytes);
    derivative(w, n, bytes);
    forward(w, n, 0, l.data + k, bytes);
    for (unsigned i = 0; i < k; i++) {
        if (present[i])
            continue;
        uint8_t *v = w + (l.data + i) * bytes;
        uint16_t log = locator[l.data + i];
        mul_vector(v, v, bytes, pf_gf16_tables()->exp[PF_GF16_MODULUS - log], false);
        store(shards[i], v, shard_bytes);
    }
}

static size_t work_bytes(unsigned max_data, unsigned max_parity, size_t max_shard_bytes)
{
    unsigned a = pow2_ceil(max_data), b = pow2_ceil(max_parity ? max_parity : 1);
    unsigned smaller = a < b ? a : b, larger = max_data > max_parity ? max_data : max_parity;
    if (smaller + larger > PF_GF16_ORDER || max_shard_bytes % 2)
        return 0;
    /* Any smaller block must fit too: n of the transform is at most the smaller power, N of decoding the sum.
     */
    size_t vectors = pow2_ceil(smaller + larger) + 2 * (size_t)smaller;
    return PF_GF16_ORDER * sizeof(uint16_t) + vectors * padded(max_shard_bytes);
}

const struct pf_fec_codec pf_fec_codec_gf16 = {
    .max_shards = 65535,
    .shard_multiple = 2,
    .work_bytes = work_bytes,
    .encode = encode,
    .decode = decode,
};

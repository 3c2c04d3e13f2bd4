/* GF(2^16) in portable C, the yardstick of the other levels. */
#include "core/fec/simd.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FACTOR_WORDS PF_GF16_NIBBLE_WORDS
#define MAKE_FACTOR  pf_gf16_nibble_factor
#include "core/fec/gf16_factor_tables.h"

#define UNIT     64u
#define DOT_ROWS 2u
#define DOT_VECS 1u

typedef struct {
    uint8_t bytes[UNIT]; /* 32 low, 32 high */
} vec;

static inline vec shard_load(const uint8_t *p)
{
    vec v;
    memcpy(v.bytes, p, UNIT);
    return v;
}

static inline void shard_store(uint8_t *p, vec v)
{
    memcpy(p, v.bytes, UNIT);
}

#define vec_load  shard_load
#define vec_store shard_store

static inline vec vec_zero(void)
{
    return (vec){{0}};
}

static inline vec vec_xor(vec a, vec b)
{
    for (unsigned i = 0; i < UNIT; i++)
        a.bytes[i] ^= b.bytes[i];
    return a;
}

static inline vec vec_mul_add(vec a, const struct factor *f, vec x, bool small)
{
    const uint8_t *t = (const uint8_t *)f->words;
    for (unsigned i = 0; i < UNIT / 2; i++) {
        unsigned low = x.bytes[i], high = x.bytes[i + UNIT / 2];
        const uint8_t *p0 = t + (low & 15), *p1 = t + 32 + (low >> 4);
        const uint8_t *p2 = t + 64 + (high & 15), *p3 = t + 96 + (high >> 4);
        a.bytes[i] ^= p0[0] ^ p1[0] ^ p2[0] ^ p3[0];
        a.bytes[i + UNIT / 2] ^= p0[16] ^ p1[16] ^ p2[16] ^ p3[16];
    }
    return a;
}

#include "core/fec/gf16_passes.h"

const struct pf_gf16_kernels pf_gf16_kernels_c = PF_GF16_KERNEL_TABLE("c", 0);

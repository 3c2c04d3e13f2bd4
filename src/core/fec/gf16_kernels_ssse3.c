/* GF(2^16) with SSSE3: byte shuffles look up the product of each of the four nibbles of an element. A group
 * is two registers of low bytes and two of high bytes. */
#include "base/cpu.h"

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#define FACTOR_WORDS PF_GF16_NIBBLE_WORDS
#define MAKE_FACTOR  pf_gf16_nibble_factor
#include "core/fec/gf16_factor_tables.h"

#define UNIT     64u
#define DOT_ROWS 2u
#define DOT_VECS 1u

typedef struct {
    __m128i low[2], high[2];
} vec;

PF_INLINE vec shard_load(const uint8_t *p)
{
    const __m128i *v = (const void *)p;
    return (vec){
        {_mm_loadu_si128(v), _mm_loadu_si128(v + 1)}, {_mm_loadu_si128(v + 2), _mm_loadu_si128(v + 3)}};
}

PF_INLINE void shard_store(uint8_t *p, vec v)
{
    __m128i *to = (void *)p;
    _mm_storeu_si128(to, v.low[0]);
    _mm_storeu_si128(to + 1, v.low[1]);
    _mm_storeu_si128(to + 2, v.high[0]);
    _mm_storeu_si128(to + 3, v.high[1]);
}

#define vec_load  shard_load
#define vec_store shard_store

PF_INLINE vec vec_zero(void)
{
    __m128i zero = _mm_setzero_si128();
    return (vec){{zero, zero}, {zero, zero}};
}

PF_INLINE vec vec_xor(vec a, vec b)
{
    return (vec){{_mm_xor_si128(a.low[0], b.low[0]), _mm_xor_si128(a.low[1], b.low[1])},
        {_mm_xor_si128(a.high[0], b.high[0]), _mm_xor_si128(a.high[1], b.high[1])}};
}

/* Adds the products of a nibble (0 … 3) to the low bytes and, if wanted, to the high bytes. */
PF_INLINE void look_up(
    __m128i *low, __m128i *high, const struct factor *f, unsigned nibble, __m128i index, bool both)
{
    const __m128i *tables = (const __m128i *)(const void *)f->words + 2 * nibble;
    *low = _mm_xor_si128(*low, _mm_shuffle_epi8(_mm_load_si128(tables), index));
    if (both)
        *high = _mm_xor_si128(*high, _mm_shuffle_epi8(_mm_load_si128(tables + 1), index));
}

PF_INLINE vec vec_mul_add(vec a, const struct factor *f, vec x, bool small)
{
    const __m128i mask = _mm_set1_epi8(15);
    PF_UNROLL for (unsigned i = 0; i < 2; i++)
    {
        look_up(&a.low[i], &a.high[i], f, 0, _mm_and_si128(x.low[i], mask), !small);
        look_up(&a.low[i], &a.high[i], f, 1, _mm_and_si128(_mm_srli_epi16(x.low[i], 4), mask), !small);
        look_up(&a.low[i], &a.high[i], f, 2, _mm_and_si128(x.high[i], mask), true);
        look_up(&a.low[i], &a.high[i], f, 3, _mm_and_si128(_mm_srli_epi16(x.high[i], 4), mask), true);
    }
    return a;
}

#include "core/fec/gf16_passes.h"

const struct pf_gf16_kernels pf_gf16_kernels_ssse3 = PF_GF16_KERNEL_TABLE("ssse3", PF_CPU_SSSE3);

/* GF(2^16) with AVX-512 and GFNI. A unit is two groups; in rows it is a register of 64 low bytes and one of
 * 64 high bytes, so that a multiplier is four 8×8 bit matrices, the same for the whole register. */
#include "base/cpu.h"

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#define FACTOR_WORDS PF_GF16_MATRIX_WORDS
#define MAKE_FACTOR  pf_gf16_matrix_factor
#include "core/fec/gf16_factor_tables.h"
#include "core/fec/gfni512.h"

#define UNIT     128u
#define DOT_ROWS 4u
#define DOT_VECS 2u

typedef struct {
    __m512i low, high;
} vec;

PF_INLINE vec vec_load(const uint8_t *p)
{
    return (vec){_mm512_load_si512(p), _mm512_load_si512(p + 64)};
}

PF_INLINE void vec_store(uint8_t *p, vec v)
{
    _mm512_store_si512(p, v.low);
    _mm512_store_si512(p + 64, v.high);
}

PF_INLINE vec shard_load(const uint8_t *p)
{
    __m512i first = _mm512_loadu_si512(p), second = _mm512_loadu_si512(p + 64);
    return (vec){_mm512_shuffle_i64x2(first, second, 0x44), _mm512_shuffle_i64x2(first, second, 0xEE)};
}

PF_INLINE void shard_store(uint8_t *p, vec v)
{
    _mm512_storeu_si512(p, _mm512_shuffle_i64x2(v.low, v.high, 0x44));
    _mm512_storeu_si512(p + 64, _mm512_shuffle_i64x2(v.low, v.high, 0xEE));
}

PF_INLINE vec vec_zero(void)
{
    return (vec){_mm512_setzero_si512(), _mm512_setzero_si512()};
}

PF_INLINE vec vec_xor(vec a, vec b)
{
    return (vec){_mm512_xor_si512(a.low, b.low), _mm512_xor_si512(a.high, b.high)};
}

PF_INLINE __m512i transform(__m512i x, const struct factor *f, unsigned matrix)
{
    return _mm512_gf2p8affine_epi64_epi8(x, pf_gfni512_matrix(f->words[matrix]), 0);
}

PF_INLINE __m512i xor3(__m512i a, __m512i b, __m512i c)
{
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

PF_INLINE vec vec_mul_add(vec a, const struct factor *f, vec x, bool small)
{
    __m512i high = transform(x.high, f, 1);
    return (vec){
        .low = xor3(a.low, transform(x.low, f, 0), transform(x.high, f, 2)),
        .high = small ? _mm512_xor_si512(a.high, high) : xor3(a.high, high, transform(x.low, f, 3)),
    };
}

#include "core/fec/gf16_passes.h"

const struct pf_gf16_kernels pf_gf16_kernels_gfni512 =
    PF_GF16_KERNEL_TABLE("gfni512", PF_CPU_AVX512 | PF_CPU_GFNI);

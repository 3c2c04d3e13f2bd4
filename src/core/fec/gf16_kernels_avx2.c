/* GF(2^16) with AVX2: byte shuffles look up the product of each of the four nibbles of an element. */
#include "base/cpu.h"

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#define FACTOR_WORDS PF_GF16_NIBBLE_WORDS
#define MAKE_FACTOR  pf_gf16_nibble_factor
#include "core/fec/gf16_factor_tables.h"

#define DOT_ROWS 2u
#define DOT_VECS 1u

#include "core/fec/gf16_vec_avx2.h"

/* Adds one byte of the products of a nibble: table 2·nibble for the low byte, 2·nibble + 1 for the high one.
 */
PF_INLINE __m256i look_up(__m256i sum, const struct factor *f, unsigned table, __m256i index)
{
    __m128i products = _mm_load_si128((const __m128i *)(const void *)f->words + table);
    return _mm256_xor_si256(sum, _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(products), index));
}

PF_INLINE vec vec_mul_add(vec a, const struct factor *f, vec x, bool small)
{
    const __m256i mask = _mm256_set1_epi8(15);
    const __m256i nibbles[4] = {
        _mm256_and_si256(x.low, mask),
        _mm256_and_si256(_mm256_srli_epi16(x.low, 4), mask),
        _mm256_and_si256(x.high, mask),
        _mm256_and_si256(_mm256_srli_epi16(x.high, 4), mask),
    };
    PF_UNROLL for (unsigned i = 0; i < 4; i++)
    {
        a.low = look_up(a.low, f, 2 * i, nibbles[i]);
        if (!small || i >= 2)
            a.high = look_up(a.high, f, 2 * i + 1, nibbles[i]);
    }
    return a;
}

#include "core/fec/gf16_passes.h"

const struct pf_gf16_kernels pf_gf16_kernels_avx2 = PF_GF16_KERNEL_TABLE("avx2", PF_CPU_AVX2);

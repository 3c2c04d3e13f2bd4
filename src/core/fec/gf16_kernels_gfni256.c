/* GF(2^16) with AVX2 and GFNI: a group is a register of low bytes and one of high bytes, a multiplier four
 * 8×8 bit matrices. */
#include "base/cpu.h"

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#define FACTOR_WORDS PF_GF16_MATRIX_WORDS
#define MAKE_FACTOR  pf_gf16_matrix_factor
#include "core/fec/gf16_factor_tables.h"

#define DOT_ROWS 4u
#define DOT_VECS 1u

#include "core/fec/gf16_vec_avx2.h"

PF_INLINE __m256i transform(__m256i x, const struct factor *f, unsigned matrix)
{
    return _mm256_gf2p8affine_epi64_epi8(x, _mm256_set1_epi64x((long long)f->words[matrix]), 0);
}

PF_INLINE vec vec_mul_add(vec a, const struct factor *f, vec x, bool small)
{
    a.low = _mm256_xor_si256(a.low, _mm256_xor_si256(transform(x.low, f, 0), transform(x.high, f, 2)));
    a.high = _mm256_xor_si256(a.high, transform(x.high, f, 1));
    if (!small)
        a.high = _mm256_xor_si256(a.high, transform(x.low, f, 3));
    return a;
}

#include "core/fec/gf16_passes.h"

const struct pf_gf16_kernels pf_gf16_kernels_gfni256 =
    PF_GF16_KERNEL_TABLE("gfni256", PF_CPU_AVX2 | PF_CPU_GFNI);

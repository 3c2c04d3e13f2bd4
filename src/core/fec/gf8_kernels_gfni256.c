/* GF(2^8) with AVX2 and GFNI: multiplying by a constant is one 8×8 bit matrix. (The instruction that
 * multiplies bytes is of no use: its field has another polynomial.) */
#include "base/cpu.h"

#include <immintrin.h>
#include <stdint.h>

#include "core/fec/gf8_field.h"

#define VEC_BYTES 32u
#define ROWS      4u
#define VECS      2u

typedef __m256i vec;
typedef __m256i input;
typedef __m256i constant;

static inline vec vec_load(const uint8_t *p)
{
    return _mm256_loadu_si256((const void *)p);
}

static inline void vec_store(uint8_t *p, vec v)
{
    _mm256_storeu_si256((void *)p, v);
}

static inline vec vec_zero(void)
{
    return _mm256_setzero_si256();
}

static inline input input_of(vec v)
{
    return v;
}

static inline constant constant_load(const struct pf_gf8_tables *t, uint8_t c)
{
    return _mm256_set1_epi64x((long long)t->matrix[c]);
}

static inline vec mul_add(vec sum, constant c, input x)
{
    return _mm256_xor_si256(sum, _mm256_gf2p8affine_epi64_epi8(x, c, 0));
}

#include "core/fec/gf8_dot.h"

const struct pf_gf8_kernels pf_gf8_kernels_gfni256 = {
    .name = "gfni256", .cpu_features = PF_CPU_AVX2 | PF_CPU_GFNI, .dot = dot};

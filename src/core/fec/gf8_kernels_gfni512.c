/* GF(2^8) with AVX-512 and GFNI: multiplying by a constant is one 8×8 bit matrix. (The instruction that
 * multiplies bytes is of no use: its field has another polynomial.) */
#include "base/cpu.h"

#include <immintrin.h>
#include <stdint.h>

#include "core/fec/gf8_field.h"
#include "core/fec/gfni512.h"

#define VEC_BYTES 64u
#define ROWS      8u
#define VECS      2u

typedef __m512i vec;
typedef __m512i input;
typedef __m512i constant;

static inline vec vec_load(const uint8_t *p)
{
    return _mm512_loadu_si512(p);
}

static inline void vec_store(uint8_t *p, vec v)
{
    _mm512_storeu_si512(p, v);
}

static inline vec vec_zero(void)
{
    return _mm512_setzero_si512();
}

static inline input input_of(vec v)
{
    return v;
}

static inline constant constant_load(const struct pf_gf8_tables *t, uint8_t c)
{
    return pf_gfni512_matrix(t->matrix[c]);
}

static inline vec mul_add(vec sum, constant c, input x)
{
    return _mm512_xor_si512(sum, _mm512_gf2p8affine_epi64_epi8(x, c, 0));
}

#include "core/fec/gf8_dot.h"

const struct pf_gf8_kernels pf_gf8_kernels_gfni512 = {
    .name = "gfni512", .cpu_features = PF_CPU_AVX512 | PF_CPU_GFNI, .dot = dot};

/* GF(2^8) with SSSE3: byte shuffles look up the products of both nibbles. */
#include "base/cpu.h"

#include <immintrin.h>
#include <stdint.h>

#include "core/fec/gf8_field.h"

#define VEC_BYTES 16u
#define ROWS      4u
#define VECS      2u

typedef __m128i vec;
typedef struct {
    __m128i low, high; /* nibbles */
} input;
typedef struct {
    __m128i low, high; /* products */
} constant;

static inline vec vec_load(const uint8_t *p)
{
    return _mm_loadu_si128((const void *)p);
}

static inline void vec_store(uint8_t *p, vec v)
{
    _mm_storeu_si128((void *)p, v);
}

static inline vec vec_zero(void)
{
    return _mm_setzero_si128();
}

static inline input input_of(vec v)
{
    const __m128i mask = _mm_set1_epi8(15);
    return (input){_mm_and_si128(v, mask), _mm_and_si128(_mm_srli_epi16(v, 4), mask)};
}

static inline constant constant_load(const struct pf_gf8_tables *t, uint8_t c)
{
    const __m128i *nibbles = (const void *)t->nibbles[c];
    return (constant){_mm_load_si128(nibbles), _mm_load_si128(nibbles + 1)};
}

static inline vec mul_add(vec sum, constant c, input x)
{
    vec product = _mm_xor_si128(_mm_shuffle_epi8(c.low, x.low), _mm_shuffle_epi8(c.high, x.high));
    return _mm_xor_si128(sum, product);
}

#include "core/fec/gf8_dot.h"

const struct pf_gf8_kernels pf_gf8_kernels_ssse3 = {
    .name = "ssse3", .cpu_features = PF_CPU_SSSE3, .dot = dot};

/* GF(2^8) with AVX2: byte shuffles look up the products of both nibbles. */
#include "base/cpu.h"

#include <immintrin.h>
#include <stdint.h>

#include "core/fec/gf8_field.h"

#define VEC_BYTES 32u
#define ROWS      2u
#define VECS      2u

typedef __m256i vec;
typedef struct {
    __m256i low, high; /* nibbles */
} input;
typedef struct {
    __m256i low, high; /* products */
} constant;

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
    const __m256i mask = _mm256_set1_epi8(15);
    return (input){_mm256_and_si256(v, mask), _mm256_and_si256(_mm256_srli_epi16(v, 4), mask)};
}

static inline constant constant_load(const struct pf_gf8_tables *t, uint8_t c)
{
    const __m128i *nibbles = (const void *)t->nibbles[c];
    return (constant){_mm256_broadcastsi128_si256(_mm_load_si128(nibbles)),
        _mm256_broadcastsi128_si256(_mm_load_si128(nibbles + 1))};
}

static inline vec mul_add(vec sum, constant c, input x)
{
    vec product = _mm256_xor_si256(_mm256_shuffle_epi8(c.low, x.low), _mm256_shuffle_epi8(c.high, x.high));
    return _mm256_xor_si256(sum, product);
}

#include "core/fec/gf8_dot.h"

const struct pf_gf8_kernels pf_gf8_kernels_avx2 = {.name = "avx2", .cpu_features = PF_CPU_AVX2, .dot = dot};

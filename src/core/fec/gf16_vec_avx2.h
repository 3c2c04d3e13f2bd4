/* Vectors of gf16_passes.h for AVX2: a group is a register of low bytes and one of high bytes, as on the
 * wire. */
#ifndef PF_CORE_FEC_GF16_VEC_AVX2_H
#define PF_CORE_FEC_GF16_VEC_AVX2_H

#include "core/fec/simd.h"

#include <immintrin.h>
#include <stdint.h>

#define UNIT 64u

typedef struct {
    __m256i low, high;
} vec;

PF_INLINE vec shard_load(const uint8_t *p)
{
    return (vec){_mm256_loadu_si256((const void *)p), _mm256_loadu_si256((const void *)(p + 32))};
}

PF_INLINE void shard_store(uint8_t *p, vec v)
{
    _mm256_storeu_si256((void *)p, v.low);
    _mm256_storeu_si256((void *)(p + 32), v.high);
}

#define vec_load  shard_load
#define vec_store shard_store

PF_INLINE vec vec_zero(void)
{
    return (vec){_mm256_setzero_si256(), _mm256_setzero_si256()};
}

PF_INLINE vec vec_xor(vec a, vec b)
{
    return (vec){_mm256_xor_si256(a.low, b.low), _mm256_xor_si256(a.high, b.high)};
}

#endif

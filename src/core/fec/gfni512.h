/* An 8×8 bit matrix for GF2P8AFFINEQB in every 64 bits of an AVX-512 register. */
#ifndef PF_CORE_FEC_GFNI512_H
#define PF_CORE_FEC_GFNI512_H

#include "core/fec/simd.h"

#include <immintrin.h>
#include <stdint.h>

PF_INLINE __m512i pf_gfni512_matrix(uint64_t matrix)
{
    __m512i v = _mm512_set1_epi64((long long)matrix);
#ifdef __clang__
    /* clang 14 encodes a wrong displacement when this instruction reads its matrix from memory. */
    __asm__("" : "+v"(v));
#endif
    return v;
}

#endif

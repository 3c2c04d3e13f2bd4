/* GF(2^16) with AVX-512 and GFNI: a group is one register. Multiplying by c is two 8×8 bit matrices per half:
 * low→low and high→high on the group, high→low and low→high on the group with its halves exchanged. */
#include "base/cpu.h"

#include <immintrin.h>
#include <stdint.h>

#define BLOB_BYTES 32

typedef __m512i group;
typedef struct {
    __m512i straight, crossed;
} constant;

static inline constant constant_load(const uint8_t *blob)
{
    __m512i b = _mm512_castsi256_si512(_mm256_load_si256((const void *)blob));
    return (constant){
        .straight = _mm512_permutexvar_epi64(_mm512_set_epi64(1, 1, 1, 1, 0, 0, 0, 0), b),
        .crossed = _mm512_permutexvar_epi64(_mm512_set_epi64(3, 3, 3, 3, 2, 2, 2, 2), b),
    };
}

static inline group group_load(const uint8_t *p)
{
    return _mm512_loadu_si512(p);
}

static inline void group_store(uint8_t *p, group v)
{
    _mm512_storeu_si512(p, v);
}

static inline group group_zero(void)
{
    return _mm512_setzero_si512();
}

static inline group group_xor(group a, group b)
{
    return _mm512_xor_si512(a, b);
}

static inline group group_mul_add(group a, constant c, group x)
{
    __m512i swapped = _mm512_shuffle_i64x2(x, x, 0x4E);
    return _mm512_ternarylogic_epi64(a, _mm512_gf2p8affine_epi64_epi8(x, c.straight, 0),
        _mm512_gf2p8affine_epi64_epi8(swapped, c.crossed, 0), 0x96);
}

/* Row i of a matrix (output bit i) is byte 7 − i; its bit b says whether input bit b counts. */
static uint64_t matrix(const uint16_t *products, unsigned first_input, unsigned first_output)
{
    uint64_t m = 0;
    for (unsigned i = 0; i < 8; i++)
        for (unsigned b = 0; b < 8; b++)
            m |= (uint64_t)(products[first_input + b] >> (first_output + i) & 1) << (8 * (7 - i) + b);
    return m;
}

static void make_blob(uint8_t *blob, const uint16_t products[16])
{
    uint64_t *m = (uint64_t *)(void *)blob;
    m[0] = matrix(products, 0, 0);
    m[1] = matrix(products, 8, 8);
    m[2] = matrix(products, 8, 0);
    m[3] = matrix(products, 0, 8);
}

#include "core/fec/gf16_passes.h"

const struct pf_gf16_kernels pf_gf16_kernels_gfni512 =
    PF_GF16_KERNEL_TABLE("gfni512", PF_CPU_AVX512 | PF_CPU_GFNI);

/* GF(2^16) with AVX2: byte shuffles look up the product of each of the four nibbles of an element. */
#include "base/cpu.h"

#include <immintrin.h>
#include <stdint.h>

#define BLOB_BYTES 128

typedef struct {
    __m256i low, high;
} group;
typedef struct {
    const __m128i *tables; /* nibble 0…3: 16 low bytes of the products, then 16 high bytes */
} constant;

static inline constant constant_load(const uint8_t *blob)
{
    return (constant){(const __m128i *)(const void *)blob};
}

static inline group group_load(const uint8_t *p)
{
    return (group){_mm256_loadu_si256((const void *)p), _mm256_loadu_si256((const void *)(p + 32))};
}

static inline void group_store(uint8_t *p, group v)
{
    _mm256_storeu_si256((void *)p, v.low);
    _mm256_storeu_si256((void *)(p + 32), v.high);
}

static inline group group_zero(void)
{
    return (group){_mm256_setzero_si256(), _mm256_setzero_si256()};
}

static inline group group_xor(group a, group b)
{
    return (group){_mm256_xor_si256(a.low, b.low), _mm256_xor_si256(a.high, b.high)};
}

static inline group look_up(group a, constant c, unsigned nibble, __m256i index)
{
    __m256i low = _mm256_broadcastsi128_si256(_mm_load_si128(c.tables + 2 * nibble));
    __m256i high = _mm256_broadcastsi128_si256(_mm_load_si128(c.tables + 2 * nibble + 1));
    return (group){_mm256_xor_si256(a.low, _mm256_shuffle_epi8(low, index)),
        _mm256_xor_si256(a.high, _mm256_shuffle_epi8(high, index))};
}

static inline group group_mul_add(group a, constant c, group x)
{
    const __m256i mask = _mm256_set1_epi8(15);
    a = look_up(a, c, 0, _mm256_and_si256(x.low, mask));
    a = look_up(a, c, 1, _mm256_and_si256(_mm256_srli_epi16(x.low, 4), mask));
    a = look_up(a, c, 2, _mm256_and_si256(x.high, mask));
    return look_up(a, c, 3, _mm256_and_si256(_mm256_srli_epi16(x.high, 4), mask));
}

static void make_blob(uint8_t *blob, const uint16_t products[16])
{
    for (unsigned nibble = 0; nibble < 4; nibble++) {
        for (unsigned v = 0; v < 16; v++) {
            uint16_t product = 0;
            for (unsigned bit = 0; bit < 4; bit++)
                product ^= v >> bit & 1 ? products[4 * nibble + bit] : 0;
            blob[32 * nibble + v] = (uint8_t)product;
            blob[32 * nibble + 16 + v] = (uint8_t)(product >> 8);
        }
    }
}

#include "core/fec/gf16_passes.h"

const struct pf_gf16_kernels pf_gf16_kernels_avx2 = PF_GF16_KERNEL_TABLE("avx2", PF_CPU_AVX2);

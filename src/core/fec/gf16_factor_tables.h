/* The multipliers of one CPU level. The file that includes this defines FACTOR_WORDS and MAKE_FACTOR by one
 * of the forms of gf16_factor.h. */
#ifndef PF_CORE_FEC_GF16_FACTOR_TABLES_H
#define PF_CORE_FEC_GF16_FACTOR_TABLES_H

#include "core/fec/gf16_factor.h"
#include "core/fec/simd.h"

#include <pthread.h>

struct factor {
    _Alignas(32) uint64_t words[FACTOR_WORDS];
};

static struct factor low_byte_factors[256], high_byte_factors[256];

static void build_factors(void)
{
    for (unsigned c = 0; c < 256; c++) {
        MAKE_FACTOR(low_byte_factors[c].words, (uint16_t)c);
        MAKE_FACTOR(high_byte_factors[c].words, (uint16_t)(c << 8));
    }
}

static void init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, build_factors);
}

PF_INLINE struct factor factor_of(unsigned c)
{
    const struct factor *low = &low_byte_factors[c & 255], *high = &high_byte_factors[c >> 8];
    struct factor f;
    for (unsigned i = 0; i < FACTOR_WORDS; i++)
        f.words[i] = low->words[i] ^ high->words[i];
    return f;
}

#endif

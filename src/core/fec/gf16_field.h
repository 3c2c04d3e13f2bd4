/* GF(2^16), polynomial x^16 + x^5 + x^3 + x^2 + 1, elements in the Cantor basis
 * (docs/spec/punktfunk1-data.md 5.1). */
#ifndef PF_CORE_FEC_GF16_FIELD_H
#define PF_CORE_FEC_GF16_FIELD_H

#include <stdint.h>

#define PF_GF16_ORDER   65536u
#define PF_GF16_MODULUS 65535u

struct pf_gf16_tables {
    uint16_t log[PF_GF16_ORDER]; /* log[0] is 0 and must not be used */
    uint16_t exp[PF_GF16_ORDER]; /* exp[65535] = exp[0] */
};

/* Built at the first call; any thread. */
const struct pf_gf16_tables *pf_gf16_tables(void);

static inline uint16_t pf_gf16_mul(const struct pf_gf16_tables *t, uint16_t a, uint16_t b)
{
    if (!a || !b)
        return 0;
    uint32_t sum = (uint32_t)t->log[a] + t->log[b];
    return t->exp[sum >= PF_GF16_MODULUS ? sum - PF_GF16_MODULUS : sum];
}

#endif

/* GF(2^8), polynomial x^8 + x^4 + x^3 + x^2 + 1 (docs/spec/punktfunk1-data.md 4). */
#ifndef PF_CORE_FEC_GF8_FIELD_H
#define PF_CORE_FEC_GF8_FIELD_H

#include <stdint.h>

#define PF_GF8_MODULUS 255u

struct pf_gf8_tables {
    uint8_t log[256]; /* log[0] must not be used */
    uint8_t exp[2 * PF_GF8_MODULUS];
    /* For every constant: its products with 0 … 15, then with 0, 16 … 240; */
    _Alignas(64) uint8_t nibbles[256][32];
    /* and its product as an 8×8 bit matrix, in the form of the instruction GF2P8AFFINEQB. */
    _Alignas(64) uint64_t matrix[256];
};

/* Built at the first call; any thread. */
const struct pf_gf8_tables *pf_gf8_tables(void);

static inline uint8_t pf_gf8_mul(const struct pf_gf8_tables *t, uint8_t a, uint8_t b)
{
    return a && b ? t->exp[t->log[a] + t->log[b]] : 0;
}

static inline uint8_t pf_gf8_inv(const struct pf_gf8_tables *t, uint8_t a)
{
    return t->exp[PF_GF8_MODULUS - t->log[a]];
}

#endif

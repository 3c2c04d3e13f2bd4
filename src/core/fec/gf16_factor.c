#include "core/fec/gf16_factor.h"

#include "core/fec/gf16_field.h"

/* Row i of a matrix (output bit i) is byte 7 − i; its bit b says whether input bit b counts. */
static uint64_t matrix(const uint16_t *products, unsigned first_input, unsigned first_output)
{
    uint64_t m = 0;
    for (unsigned i = 0; i < 8; i++)
        for (unsigned b = 0; b < 8; b++)
            m |= (uint64_t)(products[first_input + b] >> (first_output + i) & 1) << (8 * (7 - i) + b);
    return m;
}

void pf_gf16_matrix_factor(uint64_t words[PF_GF16_MATRIX_WORDS], uint16_t c)
{
    uint16_t products[16];
    for (unsigned bit = 0; bit < 16; bit++)
        products[bit] = pf_gf16_mul(pf_gf16_tables(), c, (uint16_t)(1u << bit));
    words[0] = matrix(products, 0, 0);
    words[1] = matrix(products, 8, 8);
    words[2] = matrix(products, 8, 0);
    words[3] = matrix(products, 0, 8);
}

void pf_gf16_nibble_factor(uint64_t words[PF_GF16_NIBBLE_WORDS], uint16_t c)
{
    uint8_t *bytes = (uint8_t *)words;
    for (unsigned nibble = 0; nibble < 4; nibble++) {
        for (unsigned v = 0; v < 16; v++) {
            uint16_t product = pf_gf16_mul(pf_gf16_tables(), c, (uint16_t)(v << (4 * nibble)));
            bytes[32 * nibble + v] = (uint8_t)product;
            bytes[32 * nibble + 16 + v] = (uint8_t)(product >> 8);
        }
    }
}

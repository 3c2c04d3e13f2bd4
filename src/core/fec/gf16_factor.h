/* Multipliers of the GF(2^16) kernels. Both forms are linear in the constant, so two tables of 256 make any.
 */
#ifndef PF_CORE_FEC_GF16_FACTOR_H
#define PF_CORE_FEC_GF16_FACTOR_H

#include <stdint.h>

/* 8×8 bit matrices in the form of the instruction GF2P8AFFINEQB: low byte to low byte, high to high, high to
 * low, low to high. */
#define PF_GF16_MATRIX_WORDS 4
void pf_gf16_matrix_factor(uint64_t words[PF_GF16_MATRIX_WORDS], uint16_t c);

/* For each of the four nibbles, lowest first: 16 low bytes of its products, then 16 high bytes. */
#define PF_GF16_NIBBLE_WORDS 16
void pf_gf16_nibble_factor(uint64_t words[PF_GF16_NIBBLE_WORDS], uint16_t c);

#endif

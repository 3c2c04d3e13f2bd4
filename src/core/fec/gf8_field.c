#include "core/fec/gf8_field.h"

#include <pthread.h>

static struct pf_gf8_tables tables;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Row i of the matrix (output bit i) is byte 7 − i; its bit b says whether input bit b counts. */
static uint64_t matrix_of(uint8_t c)
{
    uint64_t m = 0;
    for (unsigned b = 0; b < 8; b++) {
        unsigned product = pf_gf8_mul(&tables, c, (uint8_t)(1u << b));
        for (unsigned i = 0; i < 8; i++)
            m |= (uint64_t)(product >> i & 1) << (8 * (7 - i) + b);
    }
    return m;
}

static void build(void)
{
    unsigned v = 1;
    for (unsigned e = 0; e < PF_GF8_MODULUS; e++) {
        tables.exp[e] = tables.exp[e + PF_GF8_MODULUS] = (uint8_t)v;
        tables.log[v] = (uint8_t)e;
        v <<= 1;
        if (v & 256)
            v ^= 0x11D;
    }
    for (unsigned c = 0; c < 256; c++) {
        for (unsigned nibble = 0; nibble < 16; nibble++) {
            tables.nibbles[c][nibble] = pf_gf8_mul(&tables, (uint8_t)c, (uint8_t)nibble);
            tables.nibbles[c][16 + nibble] = pf_gf8_mul(&tables, (uint8_t)c, (uint8_t)(nibble << 4));
        }
        tables.matrix[c] = matrix_of((uint8_t)c);
    }
}

const struct pf_gf8_tables *pf_gf8_tables(void)
{
    pthread_once(&once, build);
    return &tables;
}

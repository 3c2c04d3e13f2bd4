#include "core/fec/gf16_field.h"

#include <pthread.h>

static const uint16_t cantor_basis[16] = {0x0001, 0xACCA, 0x3C0E, 0x163E, 0xC582, 0xED2E, 0x914C, 0x4012,
    0x6C98, 0x10D8, 0x6A72, 0xB900, 0xFDB8, 0xFB34, 0xFF38, 0x991E};

static struct pf_gf16_tables tables;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void build(void)
{
    static uint16_t to_cantor[PF_GF16_ORDER];
    for (uint32_t x = 0; x < PF_GF16_ORDER; x++) {
        uint16_t polynomial = 0;
        for (unsigned bit = 0; bit < 16; bit++)
            if (x >> bit & 1)
                polynomial ^= cantor_basis[bit];
        to_cantor[polynomial] = (uint16_t)x;
    }
    uint32_t v = 1;
    for (uint32_t e = 0; e < PF_GF16_MODULUS; e++) {
        tables.exp[e] = to_cantor[v];
        tables.log[to_cantor[v]] = (uint16_t)e;
        v <<= 1;
        if (v & PF_GF16_ORDER)
            v ^= 0x1002D;
    }
    tables.exp[PF_GF16_MODULUS] = tables.exp[0];
}

const struct pf_gf16_tables *pf_gf16_tables(void)
{
    pthread_once(&once, build);
    return &tables;
}

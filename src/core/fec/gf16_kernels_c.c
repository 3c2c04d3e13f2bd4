/* GF(2^16) in portable C, the yardstick of the other levels. */
#include <stdint.h>
#include <string.h>

#define BLOB_BYTES 128

typedef struct {
    uint8_t bytes[64];
} group;
typedef struct {
    const uint16_t *tables; /* 16 products of each nibble */
} constant;

static inline constant constant_load(const uint8_t *blob)
{
    return (constant){(const uint16_t *)(const void *)blob};
}

static inline group group_load(const uint8_t *p)
{
    group v;
    memcpy(v.bytes, p, 64);
    return v;
}

static inline void group_store(uint8_t *p, group v)
{
    memcpy(p, v.bytes, 64);
}

static inline group group_zero(void)
{
    return (group){{0}};
}

static inline group group_xor(group a, group b)
{
    for (unsigned i = 0; i < 64; i++)
        a.bytes[i] ^= b.bytes[i];
    return a;
}

static inline group group_mul_add(group a, constant c, group x)
{
    for (unsigned i = 0; i < 32; i++) {
        unsigned low = x.bytes[i], high = x.bytes[i + 32];
        uint16_t product = c.tables[low & 15] ^ c.tables[16 + (low >> 4)] ^ c.tables[32 + (high & 15)] ^
                           c.tables[48 + (high >> 4)];
        a.bytes[i] ^= (uint8_t)product;
        a.bytes[i + 32] ^= (uint8_t)(product >> 8);
    }
    return a;
}

static void make_blob(uint8_t *blob, const uint16_t products[16])
{
    uint16_t *tables = (uint16_t *)(void *)blob;
    for (unsigned nibble = 0; nibble < 4; nibble++) {
        for (unsigned v = 0; v < 16; v++) {
            uint16_t product = 0;
            for (unsigned bit = 0; bit < 4; bit++)
                product ^= v >> bit & 1 ? products[4 * nibble + bit] : 0;
            tables[16 * nibble + v] = product;
        }
    }
}

#include "core/fec/gf16_passes.h"

const struct pf_gf16_kernels pf_gf16_kernels_c = PF_GF16_KERNEL_TABLE("c", 0);

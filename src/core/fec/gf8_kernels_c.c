#include "core/fec/gf8_field.h"
#include "core/fec/gf8_kernels.h"

#include <string.h>

static void mul_add(uint8_t *dst, const uint8_t *src, size_t bytes, const uint8_t nibbles[32])
{
    for (size_t i = 0; i < bytes; i++)
        dst[i] ^= nibbles[src[i] & 15] ^ nibbles[16 + (src[i] >> 4)];
}

static void dot(uint8_t *const *dst, unsigned rows, const uint8_t *const *src, unsigned count,
    const uint8_t *matrix, size_t offset, size_t bytes)
{
    const struct pf_gf8_tables *t = pf_gf8_tables();
    for (unsigned r = 0; r < rows; r++) {
        memset(dst[r] + offset, 0, bytes);
        for (unsigned i = 0; i < count; i++)
            mul_add(dst[r] + offset, src[i] + offset, bytes, t->nibbles[matrix[(size_t)r * count + i]]);
    }
}

const struct pf_gf8_kernels pf_gf8_kernels_c = {.name = "c", .cpu_features = 0, .dot = dot};

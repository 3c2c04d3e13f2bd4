#include "input/pads/crc32.h"

#define POLYNOMIAL 0xEDB88320u /* reflected */

/* A bit at a time: the few reports that need it are short. */
uint32_t pf_crc32(uint32_t before, const void *data, size_t len)
{
    const uint8_t *p = data;
    uint32_t crc = ~before;
    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
    }
    return ~crc;
}

/* CRC-32 as zlib and the pads have it. Pure. */
#ifndef PF_INPUT_PADS_CRC32_H
#define PF_INPUT_PADS_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from the sum of what came before; 0 at the beginning. */
uint32_t pf_crc32(uint32_t before, const void *data, size_t len);

#endif

/* Pieces that several messages share. */
#ifndef PF_CORE_WIRE_FIELDS_H
#define PF_CORE_WIRE_FIELDS_H

#include "base/bytes.h"
#include "punktfunk/wire_handshake.h"

#define PF_MAGIC_HANDSHAKE "PKF1"
#define PF_MAGIC_TYPED     "PKFc"
#define PF_MAGIC_LEN       4u

/* Reads four bytes; true if they are the magic. */
static inline bool pf_fields_read_magic(struct pf_reader *r, const char *magic)
{
    const uint8_t *p = pf_read_bytes(r, PF_MAGIC_LEN);
    return p && memcmp(p, magic, PF_MAGIC_LEN) == 0;
}

/* A trailing field of n bytes: `absent` if the message ends before its last byte, and then for all that
 * follow. */
uint64_t pf_fields_read_or(struct pf_reader *r, size_t n, uint64_t absent);

void pf_fields_write_hdr(struct pf_writer *w, const struct pf_hdr_volume *volume);
void pf_fields_read_hdr(struct pf_reader *r, struct pf_hdr_volume *ret);

#endif

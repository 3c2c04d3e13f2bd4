/* The hash that ends a SPAKE2 exchange, apart from the group so that it has a known answer of its own. */
#ifndef PF_CORE_PAKE_TRANSCRIPT_H
#define PF_CORE_PAKE_TRANSCRIPT_H

#include "punktfunk/pake.h"

/* SHA-256 over the three hashes in `s`, the elements of client and host, and the shared point. */
void pf_spake2_transcript_key(const struct pf_spake2 *s, const uint8_t x[32], const uint8_t y[32],
    const uint8_t k[32], uint8_t ret_key[32]);

#endif

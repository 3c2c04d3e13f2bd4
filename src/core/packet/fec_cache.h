/* An erasure coder that grows to the largest block met so far. */
#ifndef PF_CORE_PACKET_FEC_CACHE_H
#define PF_CORE_PACKET_FEC_CACHE_H

#include "punktfunk/fec.h"

struct pf_fec_cache {
    enum pf_fec_scheme scheme;
    struct pf_fec *fec; /* NULL before the first reserve */
    unsigned data, parity;
    size_t shard_bytes; /* what `fec` was made for */
};

/* Makes `fec` fit blocks of this shape. Returns 0 or -ENOMEM; on failure the coder is gone until a later call
 * succeeds. */
int pf_fec_cache_reserve(struct pf_fec_cache *c, unsigned data, unsigned parity, size_t shard_bytes);
void pf_fec_cache_finish(struct pf_fec_cache *c);

#endif

#include "core/packet/fec_cache.h"

#include "core/packet/header.h"

/* Half as much again, so that slowly growing frames do not mean a new coder each time. */
static unsigned grow(unsigned have, unsigned want)
{
    return want <= have ? have : want + want / 2;
}

int pf_fec_cache_reserve(struct pf_fec_cache *c, unsigned data, unsigned parity, size_t shard_bytes)
{
    if (c->fec && data <= c->data && parity <= c->parity && shard_bytes <= c->shard_bytes)
        return 0;
    unsigned new_data = grow(c->data, data), new_parity = grow(c->parity, parity);
    size_t new_bytes = shard_bytes > c->shard_bytes ? shard_bytes : c->shard_bytes;
    if (new_data + new_parity > pf_fec_ceiling(c->scheme)) {
        new_data = data;
        new_parity = parity;
    }

    pf_fec_cache_finish(c);
    int rc = pf_fec_create(c->scheme, new_data, new_parity, new_bytes, &c->fec);
    if (rc < 0)
        return rc;
    c->data = new_data;
    c->parity = new_parity;
    c->shard_bytes = new_bytes;
    return 0;
}

void pf_fec_cache_finish(struct pf_fec_cache *c)
{
    pf_fec_destroy(c->fec);
    *c = (struct pf_fec_cache){.scheme = c->scheme};
}

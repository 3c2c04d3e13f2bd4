#include "core/packet/rx_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Makes *buf hold `want` bytes, keeping the first `keep`. */
static int grow(void *buf, size_t *cap, size_t keep, size_t want)
{
    void **p = buf;
    if (want <= *cap)
        return 0;
    size_t next = want + want / 4;
    void *fresh = malloc(next);
    if (!fresh)
        return -ENOMEM;
    if (keep > 0)
        memcpy(fresh, *p, keep);
    free(*p);
    *p = fresh;
    *cap = next;
    return 0;
}

unsigned pf_rx_total(const struct pf_packet_header *h)
{
    return h->frame_bytes ? (unsigned)(((uint64_t)h->frame_bytes + h->shard_bytes - 1) / h->shard_bytes) : 1;
}

size_t pf_rx_frame_held(const struct pf_rx_frame *f)
{
    return ((size_t)f->total + f->parity_count) * f->first.shard_bytes;
}

size_t pf_rx_frame_capacity(const struct pf_rx_frame *f)
{
    return f->blocks_cap + f->data_state_cap + f->data_cap + f->parity_have_cap + f->parity_cap;
}

int pf_rx_frame_start(struct pf_rx_frame *f, const struct pf_packet_header *h)
{
    f->first = *h;
    f->total = pf_rx_total(h);
    f->blocks_complete = f->restored = f->parity_count = 0;
    size_t blocks = h->block_count * sizeof(*f->blocks);
    if (grow(&f->blocks, &f->blocks_cap, 0, blocks) < 0 ||
        grow(&f->data_state, &f->data_state_cap, 0, f->total) < 0 ||
        grow(&f->data, &f->data_cap, 0, (size_t)f->total * h->shard_bytes) < 0)
        return -ENOMEM;
    memset(f->blocks, 0, blocks);
    memset(f->data_state, PF_RX_MISSING, f->total);
    return 0;
}

int pf_rx_frame_add_block(struct pf_rx_frame *f, const struct pf_packet_header *h)
{
    size_t shard_bytes = f->first.shard_bytes, count = f->parity_count, more = h->recovery_shards;
    if (grow(&f->parity_have, &f->parity_have_cap, count, count + more) < 0 ||
        grow(&f->parity, &f->parity_cap, count * shard_bytes, (count + more) * shard_bytes) < 0)
        return -ENOMEM;
    if (more > 0)
        memset(f->parity_have + count, 0, more);
    f->blocks[h->block_index] = (struct pf_rx_block){
        .k = h->data_shards,
        .m = h->recovery_shards,
        .first_parity = f->parity_count,
    };
    f->parity_count += h->recovery_shards;
    return 0;
}

void pf_rx_frame_store(
    struct pf_rx_frame *f, const struct pf_packet_header *h, const uint8_t *shard, unsigned max_block_data)
{
    struct pf_rx_block *b = &f->blocks[h->block_index];
    size_t bytes = f->first.shard_bytes;
    if (h->shard_index < b->k) {
        size_t s = (size_t)h->block_index * max_block_data + h->shard_index;
        if (f->data_state[s] != PF_RX_MISSING)
            return;
        f->data_state[s] = PF_RX_RECEIVED;
        memcpy(f->data + s * bytes, shard, bytes);
        b->data++;
    } else {
        size_t s = b->first_parity + (h->shard_index - b->k);
        if (f->parity_have[s])
            return;
        f->parity_have[s] = 1;
        memcpy(f->parity + s * bytes, shard, bytes);
        b->parity++;
    }
}

static int reserve_pointers(struct pf_rx_decoder *d, unsigned count)
{
    if (count <= d->cap)
        return 0;
    unsigned next = count + count / 2;
    uint8_t **shards = malloc(next * sizeof(*shards));
    uint8_t *present = malloc(next);
    if (!shards || !present) {
        free(shards);
        free(present);
        return -ENOMEM;
    }
    free(d->shards);
    free(d->present);
    d->shards = shards;
    d->present = present;
    d->cap = next;
    return 0;
}

static int decode(struct pf_rx_frame *f, const struct pf_rx_block *b, size_t first, struct pf_rx_decoder *d)
{
    size_t bytes = f->first.shard_bytes;
    int rc = reserve_pointers(d, b->k + b->m);
    if (rc == 0)
        rc = pf_fec_cache_reserve(&d->fec, b->k, b->m, bytes);
    if (rc < 0)
        return rc;
    for (unsigned i = 0; i < b->k; i++) {
        d->shards[i] = f->data + (first + i) * bytes;
        d->present[i] = f->data_state[first + i] == PF_RX_RECEIVED;
    }
    for (unsigned r = 0; r < b->m; r++) {
        d->shards[b->k + r] = f->parity + (size_t)(b->first_parity + r) * bytes;
        d->present[b->k + r] = f->parity_have[b->first_parity + r];
    }
    return pf_fec_decode(d->fec.fec, d->shards, d->present, b->k, b->m, bytes);
}

int pf_rx_frame_finish_block(
    struct pf_rx_frame *f, unsigned block, unsigned max_block_data, struct pf_rx_decoder *decoder)
{
    struct pf_rx_block *b = &f->blocks[block];
    size_t first = (size_t)block * max_block_data;
    if (b->data + b->parity < b->k)
        return 0;
    b->done = true;
    if (b->data < b->k) {
        int rc = decode(f, b, first, decoder);
        if (rc < 0)
            return rc;
        for (unsigned i = 0; i < b->k; i++)
            if (f->data_state[first + i] == PF_RX_MISSING)
                f->data_state[first + i] = PF_RX_RESTORED;
        f->restored += b->k - b->data;
    }
    f->blocks_complete++;
    return 1;
}

void pf_rx_frame_free(struct pf_rx_frame *f)
{
    if (!f)
        return;
    free(f->blocks);
    free(f->data_state);
    free(f->data);
    free(f->parity_have);
    free(f->parity);
    free(f);
}

void pf_rx_decoder_finish(struct pf_rx_decoder *d)
{
    pf_fec_cache_finish(&d->fec);
    free(d->shards);
    free(d->present);
}

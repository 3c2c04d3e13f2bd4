/* Blocks of shards for the tests of the erasure codes. */
#ifndef PF_TEST_FEC_BLOCK_H
#define PF_TEST_FEC_BLOCK_H

#include "punktfunk/fec.h"

struct block {
    unsigned k, m;
    size_t bytes;    /* of a shard */
    uint8_t *memory; /* k + m shards, one after the other, at an odd address */
    uint8_t **shards;
    uint8_t *present; /* all */
};

struct block block_create(unsigned k, unsigned m, size_t bytes);
void block_finish(struct block *b);

/* Data bytes from the generator of the project's vectors (docs/spec/punktfunk1-data.md 11). */
void block_fill(struct block *b, uint64_t seed);
/* Data bytes from the key stream of ChaCha8 with 32 key bytes of value seed. */
void block_fill_chacha8(struct block *b, uint8_t seed);

/* With a coder of exactly this size. */
void block_encode(struct block *b, enum pf_fec_scheme scheme);

/* Marks `lost` shards as missing, chosen by the seed, and overwrites them. */
void block_lose(struct block *b, unsigned lost, uint32_t seed);
/* Same, but only data shards. */
void block_lose_data(struct block *b, unsigned lost, uint32_t seed);

/* Decodes with a coder of exactly this size; returns what the decoder returns. */
int block_decode(struct block *b, enum pf_fec_scheme scheme);

#endif

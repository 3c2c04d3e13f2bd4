/* What the two codes offer to fec.c, which checks counts and lengths. */
#ifndef PF_CORE_FEC_CODEC_H
#define PF_CORE_FEC_CODEC_H

#include <stddef.h>
#include <stdint.h>

/* The largest block of one struct pf_fec. */
struct pf_fec_limits {
    unsigned data, parity;
    size_t shard_bytes;
};

/* One block: data_count data shards and parity_count parity shards of shard_bytes bytes. */
struct pf_fec_block {
    unsigned data_count, parity_count;
    size_t shard_bytes;
};

struct pf_fec_codec {
    unsigned max_shards; /* data and parity of a block */
    size_t shard_multiple;
    /* Bytes of work memory (aligned to 64) for blocks within the limits; 0 if the code cannot do them. */
    size_t (*work_bytes)(const struct pf_fec_limits *limits);
    /* Fills what is constant in the work memory; once. */
    void (*prepare)(uint8_t *work, const struct pf_fec_limits *limits);
    void (*encode)(
        uint8_t *work, const struct pf_fec_block *block, const uint8_t *const *data, uint8_t *const *parity);
    /* At least one data shard is missing and at least data_count shards are there. */
    void (*decode)(
        uint8_t *work, const struct pf_fec_block *block, uint8_t *const *shards, const uint8_t *present);
};

extern const struct pf_fec_codec pf_fec_codec_gf8, pf_fec_codec_gf16;

#endif

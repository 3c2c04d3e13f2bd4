/* What the two codes offer to fec.c. Counts and lengths are checked there. */
#ifndef PF_CORE_FEC_CODEC_H
#define PF_CORE_FEC_CODEC_H

#include <stddef.h>
#include <stdint.h>

struct pf_fec_codec {
    unsigned max_shards; /* data and parity of a block */
    size_t shard_multiple;
    /* Bytes of work memory for blocks of these sizes; 0 if the code cannot do them. */
    size_t (*work_bytes)(unsigned max_data, unsigned max_parity, size_t max_shard_bytes);
    void (*encode)(uint8_t *work, const uint8_t *const *data, unsigned data_count, uint8_t *const *parity,
        unsigned parity_count, size_t shard_bytes);
    /* At least one data shard is missing and at least data_count shards are there. */
    void (*decode)(uint8_t *work, uint8_t *const *shards, const uint8_t *present, unsigned data_count,
        unsigned parity_count, size_t shard_bytes);
};

extern const struct pf_fec_codec pf_fec_codec_gf8, pf_fec_codec_gf16;

#endif

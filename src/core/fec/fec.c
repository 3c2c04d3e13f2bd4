#include "punktfunk/fec.h"

#include "core/fec/codec.h"

#include <errno.h>
#include <stdlib.h>

struct pf_fec {
    const struct pf_fec_codec *codec;
    struct pf_fec_limits limits;
    uint8_t *work; /* aligned to 64 */
};

int pf_fec_create(enum pf_fec_scheme scheme, unsigned max_data, unsigned max_parity, size_t max_shard_bytes,
    struct pf_fec **ret_fec)
{
    const struct pf_fec_codec *codec = scheme == PF_FEC_GF8 ? &pf_fec_codec_gf8 : &pf_fec_codec_gf16;
    if (scheme != PF_FEC_GF8 && scheme != PF_FEC_GF16)
        return -EINVAL;
    if (!max_data || !max_shard_bytes || max_data > codec->max_shards || max_parity > codec->max_shards)
        return -EINVAL;
    struct pf_fec_limits limits = {.data = max_data, .parity = max_parity, .shard_bytes = max_shard_bytes};
    size_t work_bytes = codec->work_bytes(&limits);
    if (!work_bytes)
        return -EINVAL;
    struct pf_fec *fec = calloc(1, sizeof(*fec));
    if (!fec)
        return -ENOMEM;
    fec->work = aligned_alloc(64, (work_bytes + 63) / 64 * 64);
    if (!fec->work) {
        free(fec);
        return -ENOMEM;
    }
    fec->codec = codec;
    fec->limits = limits;
    codec->prepare(fec->work, &limits);
    *ret_fec = fec;
    return 0;
}

void pf_fec_destroy(struct pf_fec *fec)
{
    if (!fec)
        return;
    free(fec->work);
    free(fec);
}

static int check(const struct pf_fec *fec, unsigned data_count, unsigned parity_count, size_t shard_bytes)
{
    const struct pf_fec_codec *codec = fec->codec;
    if (!data_count || data_count > fec->limits.data || parity_count > fec->limits.parity)
        return -EINVAL;
    if (data_count + parity_count > codec->max_shards)
        return -EINVAL;
    if (!shard_bytes || shard_bytes > fec->limits.shard_bytes || shard_bytes % codec->shard_multiple)
        return -EINVAL;
    return 0;
}

int pf_fec_encode(struct pf_fec *fec, const uint8_t *const *data, unsigned data_count, uint8_t *const *parity,
    unsigned parity_count, size_t shard_bytes)
{
    int rc = check(fec, data_count, parity_count, shard_bytes);
    if (rc || !parity_count)
        return rc;
    struct pf_fec_block block = {data_count, parity_count, shard_bytes};
    fec->codec->encode(fec->work, &block, data, parity);
    return 0;
}

int pf_fec_decode(struct pf_fec *fec, uint8_t *const *shards, const uint8_t *present, unsigned data_count,
    unsigned parity_count, size_t shard_bytes)
{
    int rc = check(fec, data_count, parity_count, shard_bytes);
    if (rc)
        return rc;
    unsigned have = 0, have_data = 0;
    for (unsigned i = 0; i < data_count + parity_count; i++) {
        have += present[i] != 0;
        have_data += i < data_count && present[i];
    }
    if (have < data_count)
        return -ENODATA;
    if (have_data == data_count)
        return 0;
    struct pf_fec_block block = {data_count, parity_count, shard_bytes};
    fec->codec->decode(fec->work, &block, shards, present);
    return 0;
}

/* Erasure codes of both protocols.
 *
 * Two systematic codes (docs/spec/punktfunk1-data.md 4 and 5):
 *   PF_FEC_GF8   Cauchy code over GF(2^8), at most 255 shards in a block. Also the code of GameStream video.
 *   PF_FEC_GF16  transform code over GF(2^16) in the Cantor basis. Shards of even length; the smaller count,
 *                rounded up to a power of two, and the larger count make at most 65536.
 *
 * A `struct pf_fec` holds the work memory of one thread. It is allocated at creation; encoding and decoding
 * allocate nothing. Different objects may be used by different threads at once.
 *
 * Errors: -EINVAL for counts or lengths the code or the object does not allow, -ENOMEM at creation,
 * -ENODATA when fewer than data_count shards are present.
 */
#ifndef PUNKTFUNK_FEC_H
#define PUNKTFUNK_FEC_H

#include "punktfunk/export.h"

#include <stddef.h>
#include <stdint.h>

enum pf_fec_scheme {
    PF_FEC_GF8 = 0, /* values as on the wire */
    PF_FEC_GF16 = 1,
};

struct pf_fec;

/* Prepares for blocks of up to max_data + max_parity shards of up to max_shard_bytes bytes each. */
PF_API int pf_fec_create(enum pf_fec_scheme scheme, unsigned max_data, unsigned max_parity,
    size_t max_shard_bytes, struct pf_fec **ret_fec);
/* NULL is allowed. */
PF_API void pf_fec_destroy(struct pf_fec *fec);

/* Computes parity_count parity shards of data_count data shards. Every shard has shard_bytes bytes; data and
 * parity do not overlap; no alignment is needed. parity_count 0 does nothing. */
PF_API int pf_fec_encode(struct pf_fec *fec, const uint8_t *const *data, unsigned data_count,
    uint8_t *const *parity, unsigned parity_count, size_t shard_bytes);

/* Restores missing data shards. shards[0 … data_count−1] are data, the rest parity; present[i] is non-zero
 * where the shard was received. A missing data shard's pointer receives the restored bytes; a missing parity
 * shard's pointer is not used and may be NULL. Received shards are not changed. */
PF_API int pf_fec_decode(struct pf_fec *fec, uint8_t *const *shards, const uint8_t *present,
    unsigned data_count, unsigned parity_count, size_t shard_bytes);

#endif

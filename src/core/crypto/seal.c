#include "punktfunk/seal.h"

#include "base/bytes.h"
#include "core/crypto/aead.h"
#include "core/crypto/replay.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pf_sealer {
    struct pf_aead aead;
    uint8_t nonce[PF_AEAD_NONCE]; /* the salt stays, the number behind it changes */
    uint64_t next_seq;
};

struct pf_opener {
    struct pf_aead aead;
    uint8_t nonce[PF_AEAD_NONCE];
    struct pf_replay replay;
};

/* The top bit of the salt tells the directions apart (3.1). */
static void direction_salt(const struct pf_seal_config *config, uint8_t nonce[PF_AEAD_NONCE])
{
    memcpy(nonce, config->salt, PF_SEAL_SALT_LEN);
    nonce[0] &= 0x7F;
    if (config->sender == PF_SEAL_FROM_CLIENT)
        nonce[0] |= 0x80;
}

int pf_sealer_create(const struct pf_seal_config *config, struct pf_sealer **ret_sealer)
{
    struct pf_sealer *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    int rc = pf_aead_init(&s->aead, config->cipher, config->key, config->backend);
    if (rc < 0) {
        free(s);
        return rc;
    }
    direction_salt(config, s->nonce);
    s->next_seq = config->first_seq;
    *ret_sealer = s;
    return 0;
}

void pf_sealer_destroy(struct pf_sealer *sealer)
{
    if (!sealer)
        return;
    pf_aead_finish(&sealer->aead);
    free(sealer);
}

int pf_sealer_seal(struct pf_sealer *sealer, uint8_t *first, unsigned count, size_t stride, size_t plain_len)
{
    if (stride < PF_SEAL_OVERHEAD || stride - PF_SEAL_OVERHEAD < plain_len)
        return -EINVAL;
    if (count > UINT64_MAX - sealer->next_seq)
        return -EOVERFLOW;
    const struct pf_aead_backend *backend = sealer->aead.backend;
    for (unsigned i = 0; i < count; i++, first += stride) {
        uint64_t prefix = htobe64(sealer->next_seq++);
        memcpy(first, &prefix, PF_SEAL_PREFIX);
        memcpy(sealer->nonce + PF_SEAL_SALT_LEN, &prefix, PF_SEAL_PREFIX);
        int rc = backend->seal(sealer->aead.key, sealer->nonce, first, first + PF_SEAL_PREFIX, plain_len);
        if (rc < 0)
            return rc;
    }
    return 0;
}

uint64_t pf_sealer_next_seq(const struct pf_sealer *sealer)
{
    return sealer->next_seq;
}

const char *pf_sealer_backend(const struct pf_sealer *sealer)
{
    return sealer->aead.backend->name;
}

int pf_opener_create(const struct pf_seal_config *config, struct pf_opener **ret_opener)
{
    struct pf_opener *o = calloc(1, sizeof(*o));
    if (!o)
        return -ENOMEM;
    int rc = pf_aead_init(&o->aead, config->cipher, config->key, config->backend);
    if (rc < 0) {
        free(o);
        return rc;
    }
    direction_salt(config, o->nonce);
    *ret_opener = o;
    return 0;
}

void pf_opener_destroy(struct pf_opener *opener)
{
    if (!opener)
        return;
    pf_aead_finish(&opener->aead);
    free(opener);
}

int pf_opener_open(
    struct pf_opener *opener, uint8_t *datagram, size_t len, uint8_t **ret_plain, size_t *ret_len)
{
    if (len < PF_SEAL_OVERHEAD)
        return -EBADMSG;
    uint8_t prefix[PF_SEAL_PREFIX];
    memcpy(prefix, datagram, sizeof(prefix));
    memcpy(opener->nonce + PF_SEAL_SALT_LEN, prefix, sizeof(prefix));

    uint8_t *text = datagram + PF_SEAL_PREFIX;
    size_t text_len = len - PF_SEAL_OVERHEAD;
    int rc = opener->aead.backend->open(opener->aead.key, opener->nonce, prefix, text, text_len);
    if (rc < 0)
        return rc;
    struct pf_reader r = pf_reader_of(prefix, sizeof(prefix));
    if (!pf_replay_accept(&opener->replay, pf_read_be(&r, sizeof(prefix))))
        return -EALREADY;
    *ret_plain = text;
    *ret_len = text_len;
    return 0;
}

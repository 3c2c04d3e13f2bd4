#include "core/crypto/aead.h"

#include <errno.h>

/* Fastest first. */
static const struct pf_aead_backend *const backends[] = {
#ifdef PF_HAVE_IPSEC_MB
    &pf_aead_ipsec_mb,
#endif
    &pf_aead_gnutls,
};

size_t pf_aead_key_len(enum pf_wire_cipher cipher)
{
    switch (cipher) {
    case PF_WIRE_CIPHER_AES128_GCM:
        return 16;
    case PF_WIRE_CIPHER_CHACHA20_POLY1305:
        return 32;
    }
    return 0;
}

int pf_aead_init(
    struct pf_aead *aead, enum pf_wire_cipher cipher, const uint8_t *key, enum pf_seal_backend want)
{
    if (pf_aead_key_len(cipher) == 0)
        return -EINVAL;
    for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
        const struct pf_aead_backend *b = backends[i];
        if ((want != PF_SEAL_AUTO && want != b->id) || !b->supports(cipher))
            continue;
        void *schedule;
        int rc = b->create(cipher, key, &schedule);
        if (rc < 0)
            return rc;
        *aead = (struct pf_aead){.backend = b, .key = schedule};
        return 0;
    }
    return -ENOTSUP;
}

void pf_aead_finish(struct pf_aead *aead)
{
    if (aead->backend)
        aead->backend->destroy(aead->key);
    *aead = (struct pf_aead){0};
}

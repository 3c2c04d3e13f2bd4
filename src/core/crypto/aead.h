/* AEAD back ends for packet sealing. All encrypt in place; the 16-byte tag lies right behind the text. */
#ifndef PF_CORE_CRYPTO_AEAD_H
#define PF_CORE_CRYPTO_AEAD_H

#include "punktfunk/seal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_AEAD_NONCE 12u
#define PF_AEAD_AAD   PF_SEAL_PREFIX /* the associated data is always the sequence number as sent */

/* Key schedule of one back end, used by one thread. */
struct pf_aead {
    const struct pf_aead_backend *backend;
    void *key;
};

struct pf_aead_backend {
    const char *name;
    enum pf_seal_backend id;
    /* Build, CPU and cipher allow it. */
    bool (*supports)(enum pf_wire_cipher cipher);
    /* Returns 0 and the schedule, -ENOMEM or -EIO. */
    int (*create)(enum pf_wire_cipher cipher, const uint8_t *key, void **ret_key);
    void (*destroy)(void *key);
    /* Encrypts len bytes and writes the tag to text + len. 0 or -EIO. */
    int (*seal)(void *key, const uint8_t nonce[PF_AEAD_NONCE], const uint8_t aad[PF_AEAD_AAD], uint8_t *text,
        size_t len);
    /* Decrypts len bytes if the tag at text + len is right; 0 or -EBADMSG. */
    int (*open)(void *key, const uint8_t nonce[PF_AEAD_NONCE], const uint8_t aad[PF_AEAD_AAD], uint8_t *text,
        size_t len);
};

extern const struct pf_aead_backend pf_aead_gnutls;
#ifdef PF_HAVE_IPSEC_MB
extern const struct pf_aead_backend pf_aead_ipsec_mb;
#endif

/* 16 or 32; 0 for an unknown cipher. */
size_t pf_aead_key_len(enum pf_wire_cipher cipher);

/* The first back end that supports the cipher, or the one asked for. Errors as pf_sealer_create. */
int pf_aead_init(
    struct pf_aead *aead, enum pf_wire_cipher cipher, const uint8_t *key, enum pf_seal_backend want);
void pf_aead_finish(struct pf_aead *aead);

#endif

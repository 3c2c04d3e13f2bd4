#include "core/crypto/aead.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

static gnutls_cipher_algorithm_t algorithm(enum pf_wire_cipher cipher)
{
    return cipher == PF_WIRE_CIPHER_AES128_GCM ? GNUTLS_CIPHER_AES_128_GCM : GNUTLS_CIPHER_CHACHA20_POLY1305;
}

static bool supports(enum pf_wire_cipher cipher)
{
    return true;
}

static int create(enum pf_wire_cipher cipher, const uint8_t *key, void **ret_key)
{
    gnutls_datum_t datum = {.data = (unsigned char *)key, .size = (unsigned)pf_aead_key_len(cipher)};
    gnutls_aead_cipher_hd_t handle;
    int rc = gnutls_aead_cipher_init(&handle, algorithm(cipher), &datum);
    if (rc < 0)
        return rc == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EIO;
    *ret_key = handle;
    return 0;
}

static void destroy(void *key)
{
    gnutls_aead_cipher_deinit(key); /* wipes the schedule */
}

static int seal(
    void *key, const uint8_t nonce[PF_AEAD_NONCE], const uint8_t aad[PF_AEAD_AAD], uint8_t *text, size_t len)
{
    giovec_t auth = {.iov_base = (void *)aad, .iov_len = PF_AEAD_AAD},
             iov = {.iov_base = text, .iov_len = len};
    size_t tag_len = PF_SEAL_TAG;
    int rc = gnutls_aead_cipher_encryptv2(key, nonce, PF_AEAD_NONCE, &auth, 1, &iov, 1, text + len, &tag_len);
    return rc < 0 ? -EIO : 0;
}

static int open_(
    void *key, const uint8_t nonce[PF_AEAD_NONCE], const uint8_t aad[PF_AEAD_AAD], uint8_t *text, size_t len)
{
    giovec_t auth = {.iov_base = (void *)aad, .iov_len = PF_AEAD_AAD},
             iov = {.iov_base = text, .iov_len = len};
    int rc =
        gnutls_aead_cipher_decryptv2(key, nonce, PF_AEAD_NONCE, &auth, 1, &iov, 1, text + len, PF_SEAL_TAG);
    return rc < 0 ? -EBADMSG : 0;
}

const struct pf_aead_backend pf_aead_gnutls = {
    .name = "gnutls",
    .id = PF_SEAL_GNUTLS,
    .supports = supports,
    .create = create,
    .destroy = destroy,
    .seal = seal,
    .open = open_,
};

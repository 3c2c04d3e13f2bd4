#include "gamestream/nvhttp/pair_crypto.h"

#include "base/bytes.h"

#include <nettle/sha2.h>
#include <string.h>

static void finish(struct sha256_ctx *h, uint8_t out[PF_GS_PAIR_HASH_LEN])
{
    sha256_digest(h, SHA256_DIGEST_SIZE, out);
    explicit_bzero(h, sizeof(*h));
}

void pf_gs_pair_key(
    const uint8_t salt[PF_GS_PAIR_SECRET_LEN], const char *pin, uint8_t ret_key[PF_GS_KEY_LEN])
{
    struct sha256_ctx h;
    uint8_t hash[PF_GS_PAIR_HASH_LEN];
    sha256_init(&h);
    sha256_update(&h, PF_GS_PAIR_SECRET_LEN, salt);
    sha256_update(&h, strlen(pin), (const uint8_t *)pin);
    finish(&h, hash);
    memcpy(ret_key, hash, PF_GS_KEY_LEN);
    explicit_bzero(hash, sizeof(hash));
}

/* SHA-256 of a challenge, a certificate's signature and a secret: the shape of both proofs. */
static void prove(const uint8_t challenge[PF_GS_PAIR_SECRET_LEN], const struct pf_gs_certificate *certificate,
    const uint8_t secret[PF_GS_PAIR_SECRET_LEN], uint8_t out[PF_GS_PAIR_HASH_LEN])
{
    struct sha256_ctx h;
    sha256_init(&h);
    sha256_update(&h, PF_GS_PAIR_SECRET_LEN, challenge);
    sha256_update(&h, certificate->signature_len, certificate->signature);
    sha256_update(&h, PF_GS_PAIR_SECRET_LEN, secret);
    finish(&h, out);
}

void pf_gs_pair_challenge_response(const struct pf_gs_pair_secrets *s, const struct pf_gs_certificate *host,
    const uint8_t challenge[PF_GS_PAIR_SECRET_LEN], uint8_t ret_response[PF_GS_PAIR_RESPONSE_LEN])
{
    uint8_t clear[PF_GS_PAIR_SECRET_LEN];
    memcpy(clear, challenge, sizeof(clear));
    pf_gs_ecb_decrypt(s->key, clear, sizeof(clear));
    prove(clear, host, s->server_secret, ret_response);
    memcpy(ret_response + PF_GS_PAIR_HASH_LEN, s->server_challenge, PF_GS_PAIR_SECRET_LEN);
    pf_gs_ecb_encrypt(s->key, ret_response, PF_GS_PAIR_RESPONSE_LEN);
}

void pf_gs_pair_take_commitment(struct pf_gs_pair_secrets *s, const uint8_t response[PF_GS_PAIR_HASH_LEN])
{
    memcpy(s->client_hash, response, PF_GS_PAIR_HASH_LEN);
    pf_gs_ecb_decrypt(s->key, s->client_hash, PF_GS_PAIR_HASH_LEN);
}

bool pf_gs_pair_check(const struct pf_gs_pair_secrets *s, const struct pf_gs_certificate *client,
    const uint8_t *pairing_secret, size_t len)
{
    uint8_t hash[PF_GS_PAIR_HASH_LEN];
    if (len <= PF_GS_PAIR_SECRET_LEN)
        return false;
    prove(s->server_challenge, client, pairing_secret, hash);
    bool knew_pin = pf_bytes_equal_ct(hash, s->client_hash, sizeof(hash));
    bool owns_key = pf_gs_certificate_verify(client, pairing_secret, PF_GS_PAIR_SECRET_LEN,
        pairing_secret + PF_GS_PAIR_SECRET_LEN, len - PF_GS_PAIR_SECRET_LEN);
    return knew_pin && owns_key;
}

/* The arithmetic of GameStream pairing (docs/spec/gamestream.md 2.4). Pure.
 *
 * Both sides know the PIN. Each proves that it does, and that it owns the key of the certificate it showed,
 * without saying either.
 */
#ifndef PF_GAMESTREAM_NVHTTP_PAIR_CRYPTO_H
#define PF_GAMESTREAM_NVHTTP_PAIR_CRYPTO_H

#include "gamestream/nvhttp/certificate.h"
#include "gamestream/wire/aes.h"

#define PF_GS_PAIR_SECRET_LEN   16u
#define PF_GS_PAIR_RESPONSE_LEN 48u
#define PF_GS_PAIR_HASH_LEN     32u

struct pf_gs_pair_secrets {
    uint8_t key[PF_GS_KEY_LEN];
    uint8_t server_secret[PF_GS_PAIR_SECRET_LEN], server_challenge[PF_GS_PAIR_SECRET_LEN];
    uint8_t client_hash[PF_GS_PAIR_HASH_LEN]; /* what the client committed itself to */
};

/* The key of an attempt. `pin`: four digits. */
void pf_gs_pair_key(
    const uint8_t salt[PF_GS_PAIR_SECRET_LEN], const char *pin, uint8_t ret_key[PF_GS_KEY_LEN]);

/* Phase 2: the answer to the client's challenge. `host` is our own certificate. */
void pf_gs_pair_challenge_response(const struct pf_gs_pair_secrets *s, const struct pf_gs_certificate *host,
    const uint8_t challenge[PF_GS_PAIR_SECRET_LEN], uint8_t ret_response[PF_GS_PAIR_RESPONSE_LEN]);

/* Phase 3: keeps what the client committed itself to. */
void pf_gs_pair_take_commitment(struct pf_gs_pair_secrets *s, const uint8_t response[PF_GS_PAIR_HASH_LEN]);

/* Phase 4: whether the client knew the PIN and owns its key. `pairing_secret`: 16 bytes and a signature. */
bool pf_gs_pair_check(const struct pf_gs_pair_secrets *s, const struct pf_gs_certificate *client,
    const uint8_t *pairing_secret, size_t len);

#endif

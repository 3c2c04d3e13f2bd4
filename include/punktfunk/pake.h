/* SPAKE2 over edwards25519 and the confirmations of the pairing ceremony.
 * Defined by docs/spec/punktfunk1-control.md 5.2.
 *
 * Sans-I/O; scalars come from libsodium's random source. One object serves one ceremony on one thread.
 *
 * Points. The protocol asks for no small-order or cofactor check; libsodium is stricter, and stays so: a peer
 * element that is not a point of the curve is refused, and so is one whose difference to the masked password
 * lies outside the prime-order group (only a deliberately damaged element does). An honest peer never meets
 * either. What is refused does not depend on the password, except for the one element that equals the mask of
 * the right password, whose sender knew it anyway.
 */
#ifndef PUNKTFUNK_PAKE_H
#define PUNKTFUNK_PAKE_H

#include "punktfunk/export.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_SPAKE2_MSG_LEN     33u /* side letter, compressed point */
#define PF_SPAKE2_KEY_LEN     32u
#define PF_SPAKE2_CONFIRM_LEN 32u

enum pf_spake2_side {
    PF_SPAKE2_CLIENT = 'A',
    PF_SPAKE2_HOST = 'B',
};

/* Secret state: wipe it with pf_spake2_wipe on every path. */
struct pf_spake2 {
    enum pf_spake2_side side;
    uint8_t scalar[32]; /* own ephemeral secret, little-endian */
    uint8_t w[32];      /* password scalar, little-endian */
    uint8_t password_hash[32], id_a_hash[32], id_b_hash[32];
    uint8_t message[PF_SPAKE2_MSG_LEN]; /* to send to the peer */
};

/* Starts a ceremony with a fresh random scalar; `message` is then ready to send. idA is the client's and idB
 * the host's identity: in pairing the raw 32-byte fingerprints. Returns 0, or -EIO if libsodium has no random
 * source. */
PF_API int pf_spake2_start(struct pf_spake2 *s, enum pf_spake2_side side, const void *password,
    size_t password_len, const void *id_a, size_t id_a_len, const void *id_b, size_t id_b_len);

/* The same with a given scalar (32 bytes little-endian, non-zero, below the group order): for known answers
 * only. */
PF_API int pf_spake2_start_with_scalar(struct pf_spake2 *s, enum pf_spake2_side side, const void *password,
    size_t password_len, const void *id_a, size_t id_a_len, const void *id_b, size_t id_b_len,
    const uint8_t scalar[32]);

/* Takes the peer's message and computes the shared key. The keys of both sides are equal iff the passwords
 * and identities were; compare confirmations to find out. -EBADMSG for a message of the wrong length or side,
 * or a point that is refused (see above); *ret_key is then untouched. Wipes the secrets of `s` in every case.
 */
PF_API int pf_spake2_finish(
    struct pf_spake2 *s, const void *peer_message, size_t peer_len, uint8_t ret_key[PF_SPAKE2_KEY_LEN]);

PF_API void pf_spake2_wipe(struct pf_spake2 *s);

/* Confirmation that `sender` puts into its pairing message. Fingerprints are raw, 32 bytes each. */
PF_API void pf_spake2_confirm(const uint8_t key[PF_SPAKE2_KEY_LEN], enum pf_spake2_side sender,
    const uint8_t client_fingerprint[32], const uint8_t host_fingerprint[32],
    uint8_t ret_confirm[PF_SPAKE2_CONFIRM_LEN]);

/* True if `confirm` (PF_SPAKE2_CONFIRM_LEN bytes) is what `sender` must have sent; constant time. */
PF_API bool pf_spake2_confirmed(const uint8_t key[PF_SPAKE2_KEY_LEN], enum pf_spake2_side sender,
    const uint8_t client_fingerprint[32], const uint8_t host_fingerprint[32], const uint8_t *confirm);

/* HKDF-SHA256 (RFC 5869), at most 8160 bytes of output; -EINVAL beyond. */
PF_API int pf_hkdf_sha256(const void *salt, size_t salt_len, const void *ikm, size_t ikm_len,
    const void *info, size_t info_len, uint8_t *out, size_t out_len);

#endif

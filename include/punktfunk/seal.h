/* Sealing of the datagrams of the punktfunk/1 data plane. Defined by docs/spec/punktfunk1-data.md 3.
 *
 * A sealed datagram is  seq (8, big-endian) | ciphertext | tag (16).  The nonce is the direction salt
 * followed by the sequence number; the eight sequence bytes are the associated data. Both directions share
 * the key and differ in the top bit of the salt, so it does not matter what that bit was in Welcome.
 *
 * A sealer or opener belongs to one direction of one session and to one thread. Memory is allocated at
 * creation only. Keys are wiped when the object goes.
 */
#ifndef PUNKTFUNK_SEAL_H
#define PUNKTFUNK_SEAL_H

#include "punktfunk/export.h"
#include "punktfunk/wire_handshake.h" /* enum pf_wire_cipher */

#include <stddef.h>
#include <stdint.h>

#define PF_SEAL_PREFIX   8u
#define PF_SEAL_TAG      16u
#define PF_SEAL_OVERHEAD (PF_SEAL_PREFIX + PF_SEAL_TAG)
#define PF_SEAL_SALT_LEN 4u

enum pf_seal_sender {
    PF_SEAL_FROM_HOST,
    PF_SEAL_FROM_CLIENT,
};

enum pf_seal_backend {
    PF_SEAL_AUTO,     /* the fastest that this build, this CPU and the cipher allow */
    PF_SEAL_GNUTLS,   /* everywhere, both ciphers */
    PF_SEAL_IPSEC_MB, /* x86-64 with AES-NI, AES-128-GCM */
};

struct pf_seal_config {
    enum pf_wire_cipher cipher;
    enum pf_seal_sender sender;     /* who seals in this direction */
    const uint8_t *key;             /* 16 bytes for AES-128-GCM, 32 for ChaCha20-Poly1305; copied */
    uint8_t salt[PF_SEAL_SALT_LEN]; /* as in Welcome */
    uint64_t first_seq;             /* of a sealer: 0 in a session */
    enum pf_seal_backend backend;
};

/* ---- sending side ---- */

struct pf_sealer;

/* Errors: -EINVAL for an unknown cipher, -ENOTSUP if the back end asked for by name is not there, -ENOMEM. */
PF_API int pf_sealer_create(const struct pf_seal_config *config, struct pf_sealer **ret_sealer);
/* NULL is allowed. */
PF_API void pf_sealer_destroy(struct pf_sealer *sealer);

/* Seals `count` datagrams in place. Datagram i starts at first + i·stride and holds plain_len plain bytes at
 * offset PF_SEAL_PREFIX, with room for the tag behind them; each takes the next sequence number. Returns 0,
 * -EINVAL if stride < plain_len + PF_SEAL_OVERHEAD, -EOVERFLOW when the sequence numbers are used up, or -EIO
 * if the library failed. After an error nothing of the run may be sent; sequence numbers are not reused. */
PF_API int pf_sealer_seal(
    struct pf_sealer *sealer, uint8_t *first, unsigned count, size_t stride, size_t plain_len);

/* The sequence number of the next datagram. */
PF_API uint64_t pf_sealer_next_seq(const struct pf_sealer *sealer);
/* "ipsec-mb" or "gnutls". */
PF_API const char *pf_sealer_backend(const struct pf_sealer *sealer);

/* ---- receiving side ---- */

#define PF_SEAL_REPLAY_WINDOW 131072u /* sequence numbers behind the newest that are still told apart */

struct pf_opener;

/* As pf_sealer_create; config->sender is the peer, first_seq is not used. */
PF_API int pf_opener_create(const struct pf_seal_config *config, struct pf_opener **ret_opener);
/* NULL is allowed. */
PF_API void pf_opener_destroy(struct pf_opener *opener);

/* Opens a datagram in place; the plain bytes are then datagram + PF_SEAL_PREFIX, len − PF_SEAL_OVERHEAD long.
 * The first datagram may carry any sequence number. Errors, all to be met by dropping the datagram: -EBADMSG
 * if it is too short or was not sealed with this key and direction (its bytes are then undefined), -EALREADY
 * if its number was seen before or is more than PF_SEAL_REPLAY_WINDOW − 1 behind the newest. */
PF_API int pf_opener_open(
    struct pf_opener *opener, uint8_t *datagram, size_t len, uint8_t **ret_plain, size_t *ret_len);

#endif

/* The uses of AES-128 that GameStream makes and packet sealing (core/crypto) does not: single blocks for
 * pairing, GCM with nonces of any length for control and RTSP, CBC for audio.
 *
 * Defined by docs/spec/gamestream.md 2.4, 3.5, 4.3, 6.4. Pure; any thread.
 */
#ifndef PF_GAMESTREAM_WIRE_AES_H
#define PF_GAMESTREAM_WIRE_AES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_GS_KEY_LEN   16u
#define PF_GS_TAG_LEN   16u
#define PF_GS_BLOCK_LEN 16u

/* Block by block, no chaining, no padding, in place. `len` is a multiple of 16. */
void pf_gs_ecb_encrypt(const uint8_t key[PF_GS_KEY_LEN], uint8_t *data, size_t len);
void pf_gs_ecb_decrypt(const uint8_t key[PF_GS_KEY_LEN], uint8_t *data, size_t len);

/* A key schedule for GCM without additional data. */
struct pf_gs_gcm;
int pf_gs_gcm_create(const uint8_t key[PF_GS_KEY_LEN], struct pf_gs_gcm **ret_gcm); /* -ENOMEM */
void pf_gs_gcm_destroy(struct pf_gs_gcm *gcm); /* wipes it; NULL is allowed */
/* Encrypts in place and writes the tag. */
void pf_gs_gcm_seal(struct pf_gs_gcm *gcm, const uint8_t *nonce, size_t nonce_len, uint8_t *text, size_t len,
    uint8_t ret_tag[PF_GS_TAG_LEN]);
/* Decrypts `len` bytes of `text` to `out` (which may be `text`). False, and `out` of no use, if the tag is
 * wrong; compared in constant time. */
bool pf_gs_gcm_open(struct pf_gs_gcm *gcm, const uint8_t *nonce, size_t nonce_len, const uint8_t *text,
    size_t len, const uint8_t tag[PF_GS_TAG_LEN], uint8_t *out);

/* A key schedule for CBC encryption. */
struct pf_gs_cbc;
int pf_gs_cbc_create(const uint8_t key[PF_GS_KEY_LEN], struct pf_gs_cbc **ret_cbc); /* -ENOMEM */
void pf_gs_cbc_destroy(struct pf_gs_cbc *cbc); /* wipes it; NULL is allowed */
/* Bytes of `len` bytes once padded (PKCS#7: always at least one byte more). */
static inline size_t pf_gs_cbc_len(size_t len)
{
    return len + PF_GS_BLOCK_LEN - len % PF_GS_BLOCK_LEN;
}
/* Pads and encrypts in place; `data` has room for pf_gs_cbc_len(len) bytes, which is also the result. */
size_t pf_gs_cbc_encrypt(struct pf_gs_cbc *cbc, const uint8_t iv[PF_GS_BLOCK_LEN], uint8_t *data, size_t len);

#endif

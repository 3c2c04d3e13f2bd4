#include "gamestream/wire/aes.h"

#include "base/bytes.h"

#include <errno.h>
#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/gcm.h>
#include <stdlib.h>
#include <string.h>

/* ---- single blocks --------------------------------------------------------------------------------------
 */

void pf_gs_ecb_encrypt(const uint8_t key[PF_GS_KEY_LEN], uint8_t *data, size_t len)
{
    struct aes128_ctx ctx;
    aes128_set_encrypt_key(&ctx, key);
    aes128_encrypt(&ctx, len, data, data);
    explicit_bzero(&ctx, sizeof(ctx));
}

void pf_gs_ecb_decrypt(const uint8_t key[PF_GS_KEY_LEN], uint8_t *data, size_t len)
{
    struct aes128_ctx ctx;
    aes128_set_decrypt_key(&ctx, key);
    aes128_decrypt(&ctx, len, data, data);
    explicit_bzero(&ctx, sizeof(ctx));
}

/* ---- GCM ------------------------------------------------------------------------------------------------
 */

struct pf_gs_gcm {
    struct gcm_aes128_ctx ctx;
};

int pf_gs_gcm_create(const uint8_t key[PF_GS_KEY_LEN], struct pf_gs_gcm **ret_gcm)
{
    struct pf_gs_gcm *g = malloc(sizeof(*g));
    if (!g)
        return -ENOMEM;
    gcm_aes128_set_key(&g->ctx, key);
    *ret_gcm = g;
    return 0;
}

void pf_gs_gcm_destroy(struct pf_gs_gcm *g)
{
    if (!g)
        return;
    explicit_bzero(g, sizeof(*g));
    free(g);
}

void pf_gs_gcm_seal(struct pf_gs_gcm *g, const uint8_t *nonce, size_t nonce_len, uint8_t *text, size_t len,
    uint8_t ret_tag[PF_GS_TAG_LEN])
{
    gcm_aes128_set_iv(&g->ctx, nonce_len, nonce);
    gcm_aes128_encrypt(&g->ctx, len, text, text);
    gcm_aes128_digest(&g->ctx, PF_GS_TAG_LEN, ret_tag);
}

bool pf_gs_gcm_open(struct pf_gs_gcm *g, const uint8_t *nonce, size_t nonce_len, const uint8_t *text,
    size_t len, const uint8_t tag[PF_GS_TAG_LEN], uint8_t *out)
{
    uint8_t right[PF_GS_TAG_LEN];
    gcm_aes128_set_iv(&g->ctx, nonce_len, nonce);
    gcm_aes128_decrypt(&g->ctx, len, out, text);
    gcm_aes128_digest(&g->ctx, sizeof(right), right);
    return pf_bytes_equal_ct(right, tag, sizeof(right));
}

/* ---- CBC ------------------------------------------------------------------------------------------------
 */

struct pf_gs_cbc {
    struct aes128_ctx ctx;
};

int pf_gs_cbc_create(const uint8_t key[PF_GS_KEY_LEN], struct pf_gs_cbc **ret_cbc)
{
    struct pf_gs_cbc *c = malloc(sizeof(*c));
    if (!c)
        return -ENOMEM;
    aes128_set_encrypt_key(&c->ctx, key);
    *ret_cbc = c;
    return 0;
}

void pf_gs_cbc_destroy(struct pf_gs_cbc *c)
{
    if (!c)
        return;
    explicit_bzero(c, sizeof(*c));
    free(c);
}

size_t pf_gs_cbc_encrypt(struct pf_gs_cbc *c, const uint8_t iv[PF_GS_BLOCK_LEN], uint8_t *data, size_t len)
{
    size_t padded = pf_gs_cbc_len(len);
    uint8_t chain[PF_GS_BLOCK_LEN];
    memcpy(chain, iv, sizeof(chain));
    memset(data + len, (int)(padded - len), padded - len);
    cbc_encrypt(&c->ctx, (nettle_cipher_func *)aes128_encrypt, PF_GS_BLOCK_LEN, chain, padded, data, data);
    return padded;
}

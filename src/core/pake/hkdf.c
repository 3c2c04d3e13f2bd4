/* libsodium has HKDF only from 1.0.19 on, so it is built from HMAC here (RFC 5869). */
#include "punktfunk/pake.h"

#include <errno.h>
#include <sodium.h>

#define HASH crypto_auth_hmacsha256_BYTES

static void extract(const void *salt, size_t salt_len, const void *ikm, size_t ikm_len, uint8_t prk[HASH])
{
    crypto_auth_hmacsha256_state st;
    /* The salt may be empty, then its pointer is NULL, which libsodium does not take. */
    crypto_auth_hmacsha256_init(&st, salt_len ? salt : (const void *)"", salt_len);
    crypto_auth_hmacsha256_update(&st, ikm, ikm_len);
    crypto_auth_hmacsha256_final(&st, prk);
    sodium_memzero(&st, sizeof(st));
}

/* T(n) = HMAC(prk, T(n − 1) ‖ info ‖ n), where T(0) is empty. */
static void expand_block(
    const uint8_t prk[HASH], uint8_t t[HASH], uint8_t counter, const void *info, size_t info_len)
{
    crypto_auth_hmacsha256_state st;
    crypto_auth_hmacsha256_init(&st, prk, HASH);
    if (counter > 1)
        crypto_auth_hmacsha256_update(&st, t, HASH);
    crypto_auth_hmacsha256_update(&st, info, info_len);
    crypto_auth_hmacsha256_update(&st, &counter, 1);
    crypto_auth_hmacsha256_final(&st, t);
    sodium_memzero(&st, sizeof(st));
}

int pf_hkdf_sha256(const void *salt, size_t salt_len, const void *ikm, size_t ikm_len, const void *info,
    size_t info_len, uint8_t *out, size_t out_len)
{
    uint8_t prk[HASH], t[HASH];
    if (out_len > 255 * HASH)
        return -EINVAL;
    extract(salt, salt_len, ikm, ikm_len, prk);
    for (size_t at = 0, counter = 1; at < out_len; at += HASH, counter++) {
        expand_block(prk, t, (uint8_t)counter, info, info_len);
        size_t left = out_len - at;
        for (size_t i = 0; i < HASH && i < left; i++)
            out[at + i] = t[i];
    }
    sodium_memzero(prk, sizeof(prk));
    sodium_memzero(t, sizeof(t));
    return 0;
}

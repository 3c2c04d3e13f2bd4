#include "core/pake/transcript.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define POINT  crypto_core_ed25519_BYTES
#define SCALAR crypto_core_ed25519_SCALARBYTES

/* Masks of the two sides: points whose logarithm nobody knows (punktfunk1-control.md 5.2). */
static const uint8_t mask_m[POINT] = {0x15, 0xcf, 0xd1, 0x8e, 0x38, 0x59, 0x52, 0x98, 0x2b, 0x6a, 0x8f, 0x8c,
    0x78, 0x54, 0x96, 0x3b, 0x58, 0xe3, 0x43, 0x88, 0xc8, 0xe6, 0xda, 0xe8, 0x91, 0xdb, 0x75, 0x64, 0x81,
    0xa0, 0x23, 0x12};
static const uint8_t mask_n[POINT] = {0xf0, 0x4f, 0x2e, 0x7e, 0xb7, 0x34, 0xb2, 0xa8, 0xf8, 0xb4, 0x72, 0xea,
    0xf9, 0xc3, 0xc6, 0x32, 0x57, 0x6a, 0xc6, 0x4a, 0xea, 0x65, 0x0b, 0x49, 0x6a, 0x8a, 0x20, 0xff, 0x00,
    0xe5, 0x83, 0xc3};

static const uint8_t *mask_of(enum pf_spake2_side side)
{
    return side == PF_SPAKE2_CLIENT ? mask_m : mask_n;
}

static enum pf_spake2_side peer_of(enum pf_spake2_side side)
{
    return side == PF_SPAKE2_CLIENT ? PF_SPAKE2_HOST : PF_SPAKE2_CLIENT;
}

/* The password as a number: 48 bytes of HKDF output, read big-endian, modulo the group order. */
static void password_scalar(const void *password, size_t len, uint8_t w[SCALAR])
{
    uint8_t wide[48], little[crypto_core_ed25519_NONREDUCEDSCALARBYTES] = {0};
    pf_hkdf_sha256(NULL, 0, password, len, "SPAKE2 pw", 9, wide, sizeof(wide));
    for (size_t i = 0; i < sizeof(wide); i++)
        little[i] = wide[sizeof(wide) - 1 - i];
    crypto_core_ed25519_scalar_reduce(w, little);
    sodium_memzero(wide, sizeof(wide));
    sodium_memzero(little, sizeof(little));
}

/* own message = scalar·B + w·mask */
static int make_message(struct pf_spake2 *s)
{
    uint8_t element[POINT], masked[POINT];
    int bad = crypto_scalarmult_ed25519_base_noclamp(element, s->scalar);
    bad |= crypto_scalarmult_ed25519_noclamp(masked, s->w, mask_of(s->side));
    bad |= crypto_core_ed25519_add(s->message + 1, element, masked);
    s->message[0] = (uint8_t)s->side;
    sodium_memzero(element, sizeof(element));
    sodium_memzero(masked, sizeof(masked));
    return bad ? -EIO : 0;
}

int pf_spake2_start_with_scalar(struct pf_spake2 *s, enum pf_spake2_side side, const void *password,
    size_t password_len, const void *id_a, size_t id_a_len, const void *id_b, size_t id_b_len,
    const uint8_t scalar[32])
{
    if (sodium_init() < 0)
        return -EIO;
    s->side = side;
    memcpy(s->scalar, scalar, SCALAR);
    password_scalar(password, password_len, s->w);
    crypto_hash_sha256(s->password_hash, password, password_len);
    crypto_hash_sha256(s->id_a_hash, id_a, id_a_len);
    crypto_hash_sha256(s->id_b_hash, id_b, id_b_len);
    int r = make_message(s);
    if (r < 0)
        pf_spake2_wipe(s);
    return r;
}

int pf_spake2_start(struct pf_spake2 *s, enum pf_spake2_side side, const void *password, size_t password_len,
    const void *id_a, size_t id_a_len, const void *id_b, size_t id_b_len)
{
    uint8_t scalar[SCALAR];
    if (sodium_init() < 0)
        return -EIO;
    crypto_core_ed25519_scalar_random(scalar);
    int r =
        pf_spake2_start_with_scalar(s, side, password, password_len, id_a, id_a_len, id_b, id_b_len, scalar);
    sodium_memzero(scalar, sizeof(scalar));
    return r;
}

/* K = scalar·(peer − w·peer mask). libsodium refuses what is no point, and a difference that is the neutral
 * element, of small order or outside the prime-order group. */
static int shared_point(const struct pf_spake2 *s, const uint8_t peer[POINT], uint8_t k[POINT])
{
    uint8_t masked[POINT], element[POINT];
    int bad = crypto_scalarmult_ed25519_noclamp(masked, s->w, mask_of(peer_of(s->side)));
    bad = bad || crypto_core_ed25519_sub(element, peer, masked);
    bad = bad || crypto_scalarmult_ed25519_noclamp(k, s->scalar, element);
    sodium_memzero(masked, sizeof(masked));
    sodium_memzero(element, sizeof(element));
    return bad ? -EBADMSG : 0;
}

void pf_spake2_transcript_key(const struct pf_spake2 *s, const uint8_t x[32], const uint8_t y[32],
    const uint8_t k[32], uint8_t ret_key[32])
{
    crypto_hash_sha256_state st;
    crypto_hash_sha256_init(&st);
    crypto_hash_sha256_update(&st, s->password_hash, sizeof(s->password_hash));
    crypto_hash_sha256_update(&st, s->id_a_hash, sizeof(s->id_a_hash));
    crypto_hash_sha256_update(&st, s->id_b_hash, sizeof(s->id_b_hash));
    crypto_hash_sha256_update(&st, x, POINT);
    crypto_hash_sha256_update(&st, y, POINT);
    crypto_hash_sha256_update(&st, k, POINT);
    crypto_hash_sha256_final(&st, ret_key);
    sodium_memzero(&st, sizeof(st));
}

int pf_spake2_finish(
    struct pf_spake2 *s, const void *peer_message, size_t peer_len, uint8_t ret_key[PF_SPAKE2_KEY_LEN])
{
    const uint8_t *peer = peer_message, *own = s->message;
    uint8_t k[POINT] = {0};
    int r = -EBADMSG;
    if (peer_len != PF_SPAKE2_MSG_LEN || peer[0] != (uint8_t)peer_of(s->side))
        goto end;
    r = shared_point(s, peer + 1, k);
    if (r < 0)
        goto end;
    bool client = s->side == PF_SPAKE2_CLIENT;
    pf_spake2_transcript_key(s, (client ? own : peer) + 1, (client ? peer : own) + 1, k, ret_key);
end:
    sodium_memzero(k, sizeof(k));
    pf_spake2_wipe(s);
    return r;
}

void pf_spake2_wipe(struct pf_spake2 *s)
{
    sodium_memzero(s, sizeof(*s));
}

void pf_spake2_confirm(const uint8_t key[PF_SPAKE2_KEY_LEN], enum pf_spake2_side sender,
    const uint8_t client_fingerprint[32], const uint8_t host_fingerprint[32],
    uint8_t ret_confirm[PF_SPAKE2_CONFIRM_LEN])
{
    const char *label = sender == PF_SPAKE2_HOST ? "punktfunk-pair-host" : "punktfunk-pair-client";
    crypto_auth_hmacsha256_state st;
    crypto_auth_hmacsha256_init(&st, key, PF_SPAKE2_KEY_LEN);
    crypto_auth_hmacsha256_update(&st, (const uint8_t *)label, strlen(label));
    crypto_auth_hmacsha256_update(&st, client_fingerprint, 32);
    crypto_auth_hmacsha256_update(&st, host_fingerprint, 32);
    crypto_auth_hmacsha256_final(&st, ret_confirm);
    sodium_memzero(&st, sizeof(st));
}

bool pf_spake2_confirmed(const uint8_t key[PF_SPAKE2_KEY_LEN], enum pf_spake2_side sender,
    const uint8_t client_fingerprint[32], const uint8_t host_fingerprint[32], const uint8_t *confirm)
{
    uint8_t want[PF_SPAKE2_CONFIRM_LEN];
    pf_spake2_confirm(key, sender, client_fingerprint, host_fingerprint, want);
    bool same = sodium_memcmp(want, confirm, sizeof(want)) == 0;
    sodium_memzero(want, sizeof(want));
    return same;
}

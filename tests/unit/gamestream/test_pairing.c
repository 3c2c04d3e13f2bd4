/* Pairing: the two transcripts of gamestream.json, then whole ceremonies against a client with a key of its
 * own, with everything that may go wrong. */
#include "party.h"
#include "vectors.h"

#include "base/hex.h"
#include "gamestream/nvhttp/pairing.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <nettle/sha2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1000

/* ---- the transcripts ------------------------------------------------------------------------------------
 */

static void test_keys(void **state)
{
    size_t i;
    json_t *entry;
    json_array_foreach((json_t *)vectors("pin"), i, entry)
    {
        struct bytes salt = bytes_of(entry, "salt"), want = bytes_of(entry, "aes_key");
        uint8_t key[PF_GS_KEY_LEN];
        pf_gs_pair_key(salt.data, text_of(entry, "pin"), key);
        assert_bytes(&want, key, sizeof(key));
        free(salt.data);
        free(want.data);
    }
}

static void copy(void *out, size_t len, const json_t *v, const char *key)
{
    struct bytes b = bytes_of(v, key);
    assert_int_equal(b.len, len);
    memcpy(out, b.data, len);
    free(b.data);
}

static struct pf_gs_pair_secrets secrets_of(const json_t *v)
{
    struct pf_gs_pair_secrets s;
    copy(s.key, sizeof(s.key), v, "aes_key");
    copy(s.server_secret, sizeof(s.server_secret), v, "server_secret");
    copy(s.server_challenge, sizeof(s.server_challenge), v, "server_challenge");
    memset(s.client_hash, 0, sizeof(s.client_hash));
    return s;
}

static void check_transcript(
    const json_t *v, const struct pf_gs_certificate *host, struct pf_gs_pair_secrets *s)
{
    uint8_t challenge[PF_GS_PAIR_SECRET_LEN], response[PF_GS_PAIR_RESPONSE_LEN],
        commitment[PF_GS_PAIR_HASH_LEN];
    struct bytes want = bytes_of(v, "r_challengeresponse"), hash = bytes_of(v, "client_hash");
    copy(challenge, sizeof(challenge), v, "q_clientchallenge");
    pf_gs_pair_challenge_response(s, host, challenge, response);
    assert_bytes(&want, response, sizeof(response));
    copy(commitment, sizeof(commitment), v, "q_serverchallengeresp");
    pf_gs_pair_take_commitment(s, commitment);
    assert_bytes(&hash, s->client_hash, sizeof(s->client_hash));
    free(want.data);
    free(hash.data);
}

static void test_synthetic_transcript(void **state)
{
    const json_t *v = vectors("pairing_synthetic");
    struct pf_gs_certificate host = {.signature_len = 256};
    struct pf_gs_pair_secrets s = secrets_of(v);
    for (unsigned i = 0; i < 256; i++)
        host.signature[i] = (uint8_t)i;
    check_transcript(v, &host, &s);
}

static struct pf_gs_certificate certificate_of(const json_t *v, const char *key)
{
    struct pf_gs_certificate c;
    const char *pem = text_of(v, key);
    assert_int_equal(pf_gs_certificate_parse(pem, strlen(pem), &c), 0);
    return c;
}

static void test_transcript_with_certificates(void **state)
{
    const json_t *v = vectors("pairing_certs");
    struct pf_gs_certificate host = certificate_of(v, "host_cert_pem"),
                             client = certificate_of(v, "client_cert_pem");
    struct bytes host_sig = bytes_of(v, "host_cert_signature"),
                 client_sig = bytes_of(v, "client_cert_signature"),
                 fingerprint = bytes_of(v, "client_cert_sha256"), ours = bytes_of(v, "r_pairingsecret"),
                 theirs = bytes_of(v, "q_clientpairingsecret");
    struct pf_gs_pair_secrets s = secrets_of(v);
    assert_bytes(&host_sig, host.signature, host.signature_len);
    assert_bytes(&client_sig, client.signature, client.signature_len);
    assert_bytes(&fingerprint, client.fingerprint, 32);
    check_transcript(v, &host, &s);
    assert_true(pf_gs_pair_check(&s, &client, theirs.data, theirs.len));
    assert_true(pf_gs_certificate_verify(&host, ours.data, 16, ours.data + 16, ours.len - 16));
    for (size_t at = 0; at < theirs.len; at += 15) { /* secret or signature: any change counts */
        theirs.data[at] ^= 0x10;
        assert_false(pf_gs_pair_check(&s, &client, theirs.data, theirs.len));
        theirs.data[at] ^= 0x10;
    }
    for (size_t len = 0; len <= 16; len++)
        assert_false(pf_gs_pair_check(&s, &client, theirs.data, len));
    assert_false(pf_gs_pair_check(&s, &host, theirs.data, theirs.len)); /* somebody else's certificate */
    free(host_sig.data);
    free(client_sig.data);
    free(fingerprint.data);
    free(ours.data);
    free(theirs.data);
    pf_gs_certificate_finish(&host);
    pf_gs_certificate_finish(&client);
}

static void test_bad_certificates(void **state)
{
    struct pf_gs_certificate c;
    const char *pem = text_of(vectors("pairing_certs"), "client_cert_pem");
    char *broken = strdup(pem);
    assert_int_equal(pf_gs_certificate_parse("", 0, &c), -EBADMSG);
    assert_int_equal(pf_gs_certificate_parse("hello", 5, &c), -EBADMSG);
    assert_int_equal(pf_gs_certificate_parse(pem, strlen(pem) / 2, &c), -EBADMSG);
    memset(broken + 60, 'A', 100);
    assert_true(pf_gs_certificate_parse(broken, strlen(broken), &c) < 0);
    free(broken);
}

/* ---- whole ceremonies -----------------------------------------------------------------------------------
 */

struct rig {
    struct party host, client;
    struct pf_gs_pairing pairing;
    char *client_hex;
    int held, answers, refusals;
};

static void answered(void *user, struct pf_gs_attempt *attempt, bool paired)
{
    struct rig *rig = user;
    assert_ptr_equal(attempt->held, &rig->held);
    rig->answers += paired;
    rig->refusals += !paired;
}

static char *hex_of(const char *text)
{
    char *hex = malloc(2 * strlen(text) + 1);
    assert_non_null(hex);
    return pf_hex_encode(text, strlen(text), hex);
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    rig->host = make_party((struct party_kind){0});
    rig->client = make_party((struct party_kind){0});
    rig->client_hex = hex_of(rig->client.pem);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    drop_party(&rig->host);
    drop_party(&rig->client);
    free(rig->client_hex);
    free(rig);
    return 0;
}

static const char salt[] = "000102030405060708090A0B0C0D0E0F"; /* iOS writes it so */
static const struct pf_gs_pairing_peer peer = {"0123456789ABCDEF", "10.0.0.5"},
                                       stranger = {"0123456789ABCDEF", "10.0.0.6"};

static void start(struct rig *rig)
{
    rig->answers = rig->refusals = 0;
    assert_int_equal(pf_gs_pairing_init(&rig->pairing, rig->host.pem, rig->host.key, answered, rig), 0);
    assert_int_equal(pf_gs_pairing_begin(&rig->pairing, NOW, &peer, salt, rig->client_hex, &rig->held), 0);
}

/* The client's side. */
struct client {
    uint8_t key[16], challenge[16], secret[16];
    uint8_t server_hash[32], server_challenge[16];
};

static void hex_encrypted(const uint8_t key[16], const uint8_t *data, size_t len, char *ret_hex)
{
    uint8_t text[64];
    memcpy(text, data, len);
    pf_gs_ecb_encrypt(key, text, len);
    pf_hex_encode(text, len, ret_hex);
}

static bool challenge(struct rig *rig, struct client *c, const char *pin)
{
    char hex[33], reply[2 * PF_GS_PAIR_RESPONSE_LEN + 1];
    uint8_t response[PF_GS_PAIR_RESPONSE_LEN], raw_salt[16];
    assert_true(pf_hex_decode(salt, raw_salt, 16));
    *c = (struct client){.challenge = {1, 2, 3}, .secret = {9, 8, 7}};
    pf_gs_pair_key(raw_salt, pin, c->key);
    hex_encrypted(c->key, c->challenge, 16, hex);
    if (!pf_gs_pairing_challenge(&rig->pairing, NOW, &peer, hex, reply))
        return false;
    assert_true(pf_hex_decode(reply, response, sizeof(response)));
    pf_gs_ecb_decrypt(c->key, response, sizeof(response));
    memcpy(c->server_hash, response, 32);
    memcpy(c->server_challenge, response + 32, 16);
    return true;
}

static bool commit(struct rig *rig, struct client *c, char *ret_secret)
{
    struct sha256_ctx h;
    uint8_t hash[32];
    char hex[65];
    sha256_init(&h);
    sha256_update(&h, 16, c->server_challenge);
    sha256_update(&h, rig->client.certificate.signature_len, rig->client.certificate.signature);
    sha256_update(&h, 16, c->secret);
    sha256_digest(&h, 32, hash);
    hex_encrypted(c->key, hash, 32, hex);
    return pf_gs_pairing_commit(&rig->pairing, NOW, &peer, hex, ret_secret);
}

static bool conclude(struct rig *rig, struct client *c, struct party *signer, struct pf_gs_certificate *ret)
{
    gnutls_datum_t text = {c->secret, 16}, signature;
    char hex[2 * (16 + PF_GS_SIGNATURE_MAX) + 1];
    assert_int_equal(gnutls_privkey_sign_data2(signer->key, GNUTLS_SIGN_RSA_SHA256, 0, &text, &signature), 0);
    pf_hex_encode(c->secret, 16, hex);
    pf_hex_encode(signature.data, signature.size, hex + 32);
    gnutls_free(signature.data);
    return pf_gs_pairing_conclude(&rig->pairing, NOW, &peer, hex, ret);
}

/* What the client checks: that the host knew the PIN and owns its key. */
static bool host_is_right(struct rig *rig, const struct client *c, const char *secret_hex)
{
    uint8_t secret[16 + PF_GS_SIGNATURE_MAX], hash[32];
    size_t len = strlen(secret_hex) / 2;
    struct sha256_ctx h;
    assert_true(pf_hex_decode(secret_hex, secret, len));
    sha256_init(&h);
    sha256_update(&h, 16, c->challenge);
    sha256_update(&h, rig->host.certificate.signature_len, rig->host.certificate.signature);
    sha256_update(&h, 16, secret);
    sha256_digest(&h, 32, hash);
    return memcmp(hash, c->server_hash, 32) == 0 &&
           pf_gs_certificate_verify(&rig->host.certificate, secret, 16, secret + 16, len - 16);
}

static void test_paired(void **state)
{
    struct rig *rig = *state;
    struct client c;
    char secret[2 * (16 + PF_GS_SIGNATURE_MAX) + 1];
    struct pf_gs_certificate paired;
    start(rig);
    assert_int_equal(pf_gs_pairing_submit_pin(&rig->pairing, NOW, 0, "0420"), 0);
    assert_int_equal(rig->answers, 1);
    assert_true(challenge(rig, &c, "0420"));
    assert_true(commit(rig, &c, secret));
    assert_true(host_is_right(rig, &c, secret));
    assert_true(conclude(rig, &c, &rig->client, &paired));
    assert_memory_equal(paired.fingerprint, rig->client.certificate.fingerprint, 32);
    pf_gs_certificate_finish(&paired);
    assert_false(conclude(rig, &c, &rig->client, &paired)); /* nothing can be repeated */
    pf_gs_pairing_finish(&rig->pairing);
    assert_int_equal(rig->refusals, 0);
}

static void test_wrong_pin(void **state)
{
    struct rig *rig = *state;
    struct client c;
    char secret[2 * (16 + PF_GS_SIGNATURE_MAX) + 1];
    struct pf_gs_certificate paired;
    start(rig);
    assert_int_equal(pf_gs_pairing_submit_pin(&rig->pairing, NOW, 0, "0421"), 0);
    assert_true(challenge(rig, &c, "0420"));
    assert_true(commit(rig, &c, secret));
    assert_false(host_is_right(rig, &c, secret));
    assert_false(conclude(rig, &c, &rig->client, &paired));
    pf_gs_pairing_finish(&rig->pairing);
}

static void test_somebody_elses_certificate(void **state)
{
    struct rig *rig = *state;
    struct client c;
    char secret[2 * (16 + PF_GS_SIGNATURE_MAX) + 1];
    struct pf_gs_certificate paired;
    start(rig);
    assert_int_equal(pf_gs_pairing_submit_pin(&rig->pairing, NOW, 0, "0420"), 0);
    assert_true(challenge(rig, &c, "0420"));
    assert_true(commit(rig, &c, secret));
    assert_false(conclude(rig, &c, &rig->host, &paired)); /* signed with another key */
    pf_gs_pairing_finish(&rig->pairing);
}

/* Every order but the right one ends the attempt. */
static void test_order(void **state)
{
    struct rig *rig = *state;
    struct client c = {0};
    char secret[2 * (16 + PF_GS_SIGNATURE_MAX) + 1];
    struct pf_gs_certificate paired;
    start(rig); /* no PIN yet */
    assert_false(challenge(rig, &c, "0420"));
    assert_int_equal(rig->refusals, 1);
    pf_gs_pairing_finish(&rig->pairing);

    start(rig);
    assert_int_equal(pf_gs_pairing_submit_pin(&rig->pairing, NOW, 0, "0420"), 0);
    assert_false(commit(rig, &c, secret));
    assert_false(challenge(rig, &c, "0420"));
    pf_gs_pairing_finish(&rig->pairing);

    start(rig);
    assert_int_equal(pf_gs_pairing_submit_pin(&rig->pairing, NOW, 0, "0420"), 0);
    assert_true(challenge(rig, &c, "0420"));
    assert_false(challenge(rig, &c, "0420")); /* a second guess */
    assert_false(commit(rig, &c, secret));
    pf_gs_pairing_finish(&rig->pairing);

    start(rig);
    assert_int_equal(pf_gs_pairing_submit_pin(&rig->pairing, NOW, 0, "0420"), 0);
    assert_true(challenge(rig, &c, "0420"));
    assert_false(conclude(rig, &c, &rig->client, &paired));
    pf_gs_pairing_finish(&rig->pairing);

    start(rig);
    assert_int_equal(pf_gs_pairing_submit_pin(&rig->pairing, NOW, 0, "0420"), 0);
    assert_true(challenge(rig, &c, "0420"));
    assert_true(commit(rig, &c, secret));
    assert_false(commit(rig, &c, secret)); /* one signature for each attempt */
    assert_false(conclude(rig, &c, &rig->client, &paired));
    pf_gs_pairing_finish(&rig->pairing);
}

static void test_damaged(void **state)
{
    struct rig *rig = *state;
    struct pf_gs_pairing *p = &rig->pairing;
    char reply[2 * PF_GS_PAIR_RESPONSE_LEN + 1];
    start(rig);
    assert_int_equal(pf_gs_pairing_begin(p, NOW, &stranger, "00", rig->client_hex, &rig->held), -EINVAL);
    assert_int_equal(pf_gs_pairing_begin(
                         p, NOW, &stranger, "zz0102030405060708090a0b0c0d0e0f", rig->client_hex, &rig->held),
        -EINVAL);
    assert_int_equal(pf_gs_pairing_begin(p, NOW, &stranger, salt, "", &rig->held), -EINVAL);
    assert_int_equal(pf_gs_pairing_begin(p, NOW, &stranger, salt, "41", &rig->held), -EINVAL);
    assert_int_equal(pf_gs_pairing_begin(p, NOW, &stranger, salt, rig->client_hex + 1, &rig->held), -EINVAL);
    struct party curve = make_party((struct party_kind){
        .algorithm = GNUTLS_PK_ECDSA, .bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)});
    char *hex = hex_of(curve.pem);
    assert_int_equal(pf_gs_pairing_begin(p, NOW, &stranger, salt, hex, &rig->held), -ENOTSUP);
    free(hex);
    drop_party(&curve);
    static const char *const bad[] = {"", "123", "12345", "12a4", " 123", "１２３４"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(pf_gs_pairing_submit_pin(p, NOW, 0, bad[i]), -EINVAL);
    assert_int_equal(pf_gs_pairing_submit_pin(p, NOW, 0, "1234"), 0);      /* the attempt still waits */
    assert_false(pf_gs_pairing_challenge(p, NOW, &stranger, "00", reply)); /* not theirs: nothing happens */
    assert_false(pf_gs_pairing_challenge(p, NOW, &peer, "00", reply));
    assert_int_equal(p->attempts[0].phase, PF_GS_PAIRING_FREE);
    pf_gs_pairing_finish(p);
}

static void test_which_attempt(void **state)
{
    struct rig *rig = *state;
    struct pf_gs_pairing *p = &rig->pairing;
    start(rig);
    assert_int_equal(pf_gs_pairing_begin(p, NOW, &stranger, salt, rig->client_hex, &rig->held), 0);
    uint32_t first = p->attempts[0].id, second = p->attempts[1].id;
    assert_int_not_equal(first, second);
    assert_int_equal(pf_gs_pairing_submit_pin(p, NOW, 0, "1234"), -EEXIST);
    assert_int_equal(pf_gs_pairing_submit_pin(p, NOW, second + 1, "1234"), -ENOENT);
    assert_int_equal(pf_gs_pairing_submit_pin(p, NOW, second, "1234"), 0);
    assert_int_equal(p->attempts[0].phase, PF_GS_PAIRING_WANTS_PIN);
    assert_int_equal(p->attempts[1].phase, PF_GS_PAIRING_HAS_PIN);
    assert_int_equal(pf_gs_pairing_submit_pin(p, NOW, second, "1234"), -ENOENT);
    pf_gs_pairing_finish(p);
    assert_int_equal(rig->refusals, 1);
}

static void test_how_many(void **state)
{
    struct rig *rig = *state;
    struct pf_gs_pairing *p = &rig->pairing;
    char address[16];
    struct pf_gs_pairing_peer other = {"x", address};
    start(rig);
    for (unsigned i = 1; i < PF_GS_PAIRINGS_MAX; i++) {
        snprintf(address, sizeof(address), "10.0.1.%u", i);
        assert_int_equal(pf_gs_pairing_begin(p, NOW, &other, salt, rig->client_hex, &rig->held), 0);
    }
    snprintf(address, sizeof(address), "10.0.2.1");
    assert_int_equal(pf_gs_pairing_begin(p, NOW, &other, salt, rig->client_hex, &rig->held), -EBUSY);
    /* The same client again takes the place of its older attempt, whose request is answered. */
    assert_int_equal(pf_gs_pairing_begin(p, NOW, &peer, salt, rig->client_hex, &rig->held), 0);
    assert_int_equal(rig->refusals, 1);
    /* A request whose connection broke, and one that was given up, make room. */
    pf_gs_pairing_abandon(p, &peer);
    assert_int_equal(rig->refusals, 2);
    assert_int_equal(pf_gs_pairing_begin(p, NOW, &other, salt, rig->client_hex, &rig->held), 0);
    pf_gs_pairing_lost(p, &rig->held);
    assert_int_equal(rig->refusals, 2);
    assert_int_equal(pf_gs_pairing_expire(p, NOW), UINT64_MAX);
    pf_gs_pairing_finish(p);
}

static void test_expiry(void **state)
{
    struct rig *rig = *state;
    struct pf_gs_pairing *p = &rig->pairing;
    start(rig);
    assert_int_equal(pf_gs_pairing_expire(p, NOW), NOW + PF_GS_PAIRING_LIFE_NS);
    assert_int_equal(pf_gs_pairing_submit_pin(p, NOW + PF_GS_PAIRING_LIFE_NS, 0, "1234"), -ENOENT);
    assert_int_equal(rig->refusals, 1);
    pf_gs_pairing_finish(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_synthetic_transcript),
        cmocka_unit_test(test_transcript_with_certificates),
        cmocka_unit_test(test_bad_certificates),
        cmocka_unit_test(test_paired),
        cmocka_unit_test(test_wrong_pin),
        cmocka_unit_test(test_somebody_elses_certificate),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_which_attempt),
        cmocka_unit_test(test_how_many),
        cmocka_unit_test(test_expiry),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

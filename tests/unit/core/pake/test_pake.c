#include "core/pake/transcript.h"

#include "base/hex.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static json_t *root;

static const char *text(const json_t *group, const char *key)
{
    const char *t = json_string_value(json_object_get(group, key));
    assert_non_null(t);
    return t;
}

static size_t bytes(const json_t *group, const char *key, uint8_t *out)
{
    const char *t = text(group, key);
    assert_true(pf_hex_decode(t, out, strlen(t) / 2));
    return strlen(t) / 2;
}

static void assert_hex(const json_t *group, const char *key, const uint8_t *got)
{
    uint8_t want[256];
    size_t n = bytes(group, key, want);
    assert_memory_equal(got, want, n);
}

static const json_t *group(const char *name)
{
    return json_object_get(json_object_get(root, "spake2"), name);
}

static void start(struct pf_spake2 *s, enum pf_spake2_side side, const json_t *g, const char *pin)
{
    uint8_t a[64], b[64], scalar[32];
    size_t na = bytes(g, "id_a_hex", a), nb = bytes(g, "id_b_hex", b);
    bytes(g, side == PF_SPAKE2_CLIENT ? "scalar_a_le_hex" : "scalar_b_le_hex", scalar);
    assert_int_equal(pf_spake2_start_with_scalar(s, side, pin, strlen(pin), a, na, b, nb, scalar), 0);
}

static void known_answers(void **state)
{
    static const char *const names[] = {"known_answer", "ceremony"};
    for (size_t i = 0; i < 2; i++) {
        const json_t *g = group(names[i]);
        struct pf_spake2 a, b;
        uint8_t key_a[32], key_b[32], ma[PF_SPAKE2_MSG_LEN];
        start(&a, PF_SPAKE2_CLIENT, g, text(g, "password"));
        start(&b, PF_SPAKE2_HOST, g, text(g, "password"));
        assert_hex(g, "w_le_hex", a.w);
        assert_hex(g, "message_a_hex", a.message);
        assert_hex(g, "message_b_hex", b.message);
        memcpy(ma, a.message, sizeof(ma));
        assert_int_equal(pf_spake2_finish(&a, b.message, PF_SPAKE2_MSG_LEN, key_a), 0);
        assert_int_equal(pf_spake2_finish(&b, ma, sizeof(ma), key_b), 0);
        assert_hex(g, "key_hex", key_a);
        assert_memory_equal(key_a, key_b, 32);
        const struct pf_spake2 wiped = {0};
        assert_memory_equal(&a, &wiped, sizeof(a));
        assert_memory_equal(&b, &wiped, sizeof(b));
    }
}

static void transcript_alone(void **state)
{
    const json_t *g = group("transcript_only");
    struct pf_spake2 s;
    uint8_t x[32], y[32], k[32], key[32];
    crypto_hash_sha256(s.password_hash, (const uint8_t *)"pw", 2);
    crypto_hash_sha256(s.id_a_hash, (const uint8_t *)"idA", 3);
    crypto_hash_sha256(s.id_b_hash, (const uint8_t *)"idB", 3);
    memset(x, 'X', 32);
    memset(y, 'Y', 32);
    memset(k, 'K', 32);
    pf_spake2_transcript_key(&s, x, y, k, key);
    assert_hex(g, "key_hex", key);
}

static void hkdf(void **state)
{
    const json_t *g = group("ceremony");
    uint8_t out[82];
    assert_int_equal(pf_hkdf_sha256(NULL, 0, "1234", 4, "SPAKE2 pw", 9, out, 48), 0);
    assert_hex(g, "hkdf_48_hex", out);

    /* RFC 5869, test case 2: three blocks, a long salt and info */
    uint8_t ikm[80], salt[80], info[80];
    char hex[2 * sizeof(out) + 1];
    for (int i = 0; i < 80; i++) {
        ikm[i] = (uint8_t)i;
        salt[i] = (uint8_t)(0x60 + i);
        info[i] = (uint8_t)(0xB0 + i);
    }
    assert_int_equal(pf_hkdf_sha256(salt, 80, ikm, 80, info, 80, out, 82), 0);
    assert_string_equal(pf_hex_encode(out, 82, hex),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da32"
        "75600c"
        "2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    assert_int_equal(pf_hkdf_sha256(NULL, 0, ikm, 80, info, 80, out, 255 * 32 + 1), -EINVAL);
}

static void confirmations(void **state)
{
    const json_t *g = group("ceremony");
    uint8_t key[32], client[32], host[32], confirm[32];
    bytes(g, "key_hex", key);
    bytes(g, "id_a_hex", client);
    bytes(g, "id_b_hex", host);
    pf_spake2_confirm(key, PF_SPAKE2_HOST, client, host, confirm);
    assert_hex(g, "host_confirm_hex", confirm);
    assert_true(pf_spake2_confirmed(key, PF_SPAKE2_HOST, client, host, confirm));
    assert_false(pf_spake2_confirmed(key, PF_SPAKE2_CLIENT, client, host, confirm));
    assert_false(pf_spake2_confirmed(key, PF_SPAKE2_HOST, host, client, confirm));
    pf_spake2_confirm(key, PF_SPAKE2_CLIENT, client, host, confirm);
    assert_hex(g, "client_confirm_hex", confirm);
    confirm[31] ^= 1;
    assert_false(pf_spake2_confirmed(key, PF_SPAKE2_CLIENT, client, host, confirm));
}

static void wrong_pin(void **state)
{
    const json_t *g = group("ceremony"), *w = group("wrong_pin");
    struct pf_spake2 a, b;
    uint8_t key_a[32], key_b[32], client[32], host[32], confirm[32], ma[PF_SPAKE2_MSG_LEN];
    bytes(g, "id_a_hex", client);
    bytes(g, "id_b_hex", host);
    start(&a, PF_SPAKE2_CLIENT, g, text(w, "client_pin"));
    start(&b, PF_SPAKE2_HOST, g, text(w, "host_pin"));
    assert_hex(w, "message_a_hex", a.message);
    assert_hex(w, "message_b_hex", b.message);
    memcpy(ma, a.message, sizeof(ma));
    assert_int_equal(pf_spake2_finish(&a, b.message, PF_SPAKE2_MSG_LEN, key_a), 0);
    assert_int_equal(pf_spake2_finish(&b, ma, sizeof(ma), key_b), 0);
    assert_hex(w, "client_key_hex", key_a);
    assert_hex(w, "host_key_hex", key_b);
    pf_spake2_confirm(key_b, PF_SPAKE2_HOST, client, host, confirm);
    assert_hex(w, "host_confirm_sent_hex", confirm);
    assert_false(pf_spake2_confirmed(key_a, PF_SPAKE2_HOST, client, host, confirm));
    pf_spake2_confirm(key_a, PF_SPAKE2_HOST, client, host, confirm);
    assert_hex(w, "host_confirm_expected_by_client_hex", confirm);
}

/* The host refuses this message from the client, and leaves the key alone. */
static void refused(const uint8_t *message, size_t len)
{
    struct pf_spake2 host;
    uint8_t key[32] = {0x5A};
    start(&host, PF_SPAKE2_HOST, group("ceremony"), "1234");
    assert_int_equal(pf_spake2_finish(&host, message, len, key), -EBADMSG);
    assert_int_equal(key[0], 0x5A);
}

static void bad_messages(void **state)
{
    size_t i;
    json_t *e;
    json_array_foreach(group("bad_spake_a"), i, e)
    {
        uint8_t message[64];
        size_t n = bytes(e, "spake_a_hex", message);
        refused(message, n);
    }
    assert_true(i >= 3);
    refused((const uint8_t *)"", 0);
}

static void damaged_points(void **state)
{
    /* X = w·M makes the difference the neutral element */
    const json_t *g = group("ceremony");
    uint8_t message[PF_SPAKE2_MSG_LEN] = {'A'}, m[32], w[32];
    bytes(json_object_get(root, "spake2"), "m_hex", m);
    bytes(g, "w_le_hex", w);
    assert_int_equal(crypto_scalarmult_ed25519_noclamp(message + 1, w, m), 0);
    refused(message, sizeof(message));

    /* an honest element plus a point of order two leaves the prime-order group */
    uint8_t honest[PF_SPAKE2_MSG_LEN], order_two[32];
    bytes(g, "message_a_hex", honest);
    memset(order_two, 0xFF, sizeof(order_two));
    order_two[0] = 0xEC;
    order_two[31] = 0x7F;
    assert_int_equal(crypto_core_ed25519_add(message + 1, honest + 1, order_two), 0);
    refused(message, sizeof(message));
}

static void random_ceremonies_agree(void **state)
{
    for (int i = 0; i < 20; i++) {
        struct pf_spake2 a, b;
        uint8_t ka[32], kb[32], ma[PF_SPAKE2_MSG_LEN];
        assert_int_equal(pf_spake2_start(&a, PF_SPAKE2_CLIENT, "0000", 4, "c", 1, "h", 1), 0);
        assert_int_equal(pf_spake2_start(&b, PF_SPAKE2_HOST, i % 2 ? "0000" : "0001", 4, "c", 1, "h", 1), 0);
        memcpy(ma, a.message, sizeof(ma));
        assert_int_equal(pf_spake2_finish(&a, b.message, PF_SPAKE2_MSG_LEN, ka), 0);
        assert_int_equal(pf_spake2_finish(&b, ma, sizeof(ma), kb), 0);
        assert_int_equal(memcmp(ka, kb, 32) == 0, i % 2);
    }
}

static int load(void **state)
{
    json_error_t err;
    root = json_load_file(VECTORS_DIR "/control.json", 0, &err);
    return root ? 0 : -1;
}

static int unload(void **state)
{
    json_decref(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(transcript_alone),
        cmocka_unit_test(hkdf),
        cmocka_unit_test(confirmations),
        cmocka_unit_test(wrong_pin),
        cmocka_unit_test(bad_messages),
        cmocka_unit_test(damaged_points),
        cmocka_unit_test(random_ceremonies_agree),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

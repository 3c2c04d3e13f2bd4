/* Sealing and opening with every back end of this build: the vectors, forgeries, replays. */
#include "../packet/vectors.h"

#include "punktfunk/seal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../skip.h"

static const uint8_t key16[16] = {1, 2, 3, 4, 5, 6, 7, 8};

static struct pf_seal_config config_of(enum pf_seal_backend backend)
{
    return (struct pf_seal_config){
        .cipher = PF_WIRE_CIPHER_AES128_GCM,
        .sender = PF_SEAL_FROM_HOST,
        .key = key16,
        .salt = {0xA0, 1, 2, 3},
        .backend = backend,
    };
}

static bool has_ipsec_mb(void)
{
    struct pf_seal_config config = config_of(PF_SEAL_IPSEC_MB);
    struct pf_sealer *sealer;
    if (pf_sealer_create(&config, &sealer) < 0)
        return false;
    pf_sealer_destroy(sealer);
    return true;
}

static void check_vector(const json_t *entry, enum pf_seal_backend backend)
{
    struct vec_bytes key = vec_hex(entry, "key_hex"), salt = vec_hex(entry, "welcome_salt_hex");
    struct vec_bytes plain = vec_hex(entry, "plaintext_hex"), want = vec_hex(entry, "datagram_hex");
    bool aes = strcmp(vec_text(entry, "cipher"), "aes-128-gcm") == 0;
    bool host = strcmp(vec_text(entry, "sender"), "host") == 0;
    struct pf_seal_config config = {
        .cipher = aes ? PF_WIRE_CIPHER_AES128_GCM : PF_WIRE_CIPHER_CHACHA20_POLY1305,
        .sender = host ? PF_SEAL_FROM_HOST : PF_SEAL_FROM_CLIENT,
        .key = key.data,
        .first_seq = vec_number(entry, "seq"),
        .backend = backend,
    };
    memcpy(config.salt, salt.data, sizeof(config.salt));

    struct pf_sealer *sealer;
    struct pf_opener *opener;
    if (backend == PF_SEAL_IPSEC_MB && !aes) {
        assert_int_equal(pf_sealer_create(&config, &sealer), -ENOTSUP);
    } else {
        assert_int_equal(pf_sealer_create(&config, &sealer), 0);
        assert_int_equal(pf_opener_create(&config, &opener), 0);
        assert_int_equal(want.len, plain.len + PF_SEAL_OVERHEAD);
        uint8_t *datagram = malloc(want.len);
        memcpy(datagram + PF_SEAL_PREFIX, plain.data, plain.len);
        assert_int_equal(pf_sealer_seal(sealer, datagram, 1, want.len, plain.len), 0);
        assert_memory_equal(datagram, want.data, want.len);
        assert_int_equal(pf_sealer_next_seq(sealer), config.first_seq + 1);

        uint8_t *opened;
        size_t opened_len;
        assert_int_equal(pf_opener_open(opener, datagram, want.len, &opened, &opened_len), 0);
        assert_int_equal(opened_len, plain.len);
        assert_memory_equal(opened, plain.data, plain.len);
        free(datagram);
        pf_sealer_destroy(sealer);
        pf_opener_destroy(opener);
    }
    free(key.data);
    free(salt.data);
    free(plain.data);
    free(want.data);
}

static void check_vectors(enum pf_seal_backend backend)
{
    json_t *root = vec_load(), *entry;
    static const char *const lists[] = {"sealed", "sealed_baseline_salt"};
    static const size_t lengths[] = {6, 3};
    for (size_t l = 0; l < 2; l++) {
        size_t i;
        assert_int_equal(json_array_size(json_object_get(root, lists[l])), lengths[l]);
        json_array_foreach(json_object_get(root, lists[l]), i, entry) check_vector(entry, backend);
    }
    json_decref(root);
}

static void vectors_with_the_automatic_back_end(void **state)
{
    check_vectors(PF_SEAL_AUTO);
}

static void vectors_with_gnutls(void **state)
{
    check_vectors(PF_SEAL_GNUTLS);
}

static void vectors_with_ipsec_mb(void **state)
{
    if (!has_ipsec_mb()) {
        skip_because("this build or CPU has no ipsec-mb");
    }
    check_vectors(PF_SEAL_IPSEC_MB);
}

/* One run of datagrams with a gap between them; the other back end opens what one sealed. */
static void runs_are_sealed_in_place(void **state)
{
    enum { COUNT = 5, PLAIN = 1448, STRIDE = 1500 };
    uint8_t *arena = malloc(COUNT * STRIDE);
    for (size_t i = 0; i < COUNT * STRIDE; i++)
        arena[i] = (uint8_t)(i * 7);
    struct pf_seal_config config = config_of(PF_SEAL_AUTO);
    struct pf_sealer *sealer;
    struct pf_opener *opener;
    assert_int_equal(pf_sealer_create(&config, &sealer), 0);
    config.backend = PF_SEAL_GNUTLS;
    assert_int_equal(pf_opener_create(&config, &opener), 0);
    assert_int_equal(pf_sealer_seal(sealer, arena, COUNT, PLAIN + PF_SEAL_OVERHEAD - 1, PLAIN), -EINVAL);
    assert_int_equal(pf_sealer_seal(sealer, arena, COUNT, STRIDE, PLAIN), 0);
    assert_int_equal(pf_sealer_next_seq(sealer), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t *d = arena + i * STRIDE, *plain;
        size_t len;
        assert_int_equal(d[7], i);
        for (size_t at = PLAIN + PF_SEAL_OVERHEAD; at < STRIDE; at++)
            assert_int_equal(d[at], (uint8_t)((i * STRIDE + at) * 7));
        assert_int_equal(pf_opener_open(opener, d, PLAIN + PF_SEAL_OVERHEAD, &plain, &len), 0);
        assert_int_equal(len, PLAIN);
        for (size_t at = 0; at < PLAIN; at++)
            assert_int_equal(plain[at], (uint8_t)((i * STRIDE + PF_SEAL_PREFIX + at) * 7));
    }
    pf_sealer_destroy(sealer);
    pf_opener_destroy(opener);
    free(arena);
}

/* Any changed bit, any truncation and the wrong direction are refused and do not touch the replay window. */
static void check_forgeries(enum pf_seal_backend backend)
{
    enum { PLAIN = 50, LEN = PLAIN + PF_SEAL_OVERHEAD };
    struct pf_seal_config config = config_of(backend);
    struct pf_sealer *sealer;
    struct pf_opener *opener, *other;
    uint8_t good[LEN] = {0}, copy[LEN], *plain;
    size_t len;
    assert_int_equal(pf_sealer_create(&config, &sealer), 0);
    assert_int_equal(pf_opener_create(&config, &opener), 0);
    config.sender = PF_SEAL_FROM_CLIENT;
    assert_int_equal(pf_opener_create(&config, &other), 0);
    assert_int_equal(pf_sealer_seal(sealer, good, 1, LEN, PLAIN), 0);

    for (size_t bit = 0; bit < LEN * 8; bit++) {
        memcpy(copy, good, LEN);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(pf_opener_open(opener, copy, LEN, &plain, &len), -EBADMSG);
    }
    for (size_t n = 0; n < LEN; n++) {
        uint8_t *exact = malloc(n ? n : 1);
        memcpy(exact, good, n);
        assert_int_equal(pf_opener_open(opener, exact, n, &plain, &len), -EBADMSG);
        free(exact);
    }
    memcpy(copy, good, LEN);
    assert_int_equal(pf_opener_open(other, copy, LEN, &plain, &len), -EBADMSG);
    memcpy(copy, good, LEN);
    assert_int_equal(pf_opener_open(opener, copy, LEN, &plain, &len), 0);
    memcpy(copy, good, LEN);
    assert_int_equal(pf_opener_open(opener, copy, LEN, &plain, &len), -EALREADY);
    pf_sealer_destroy(sealer);
    pf_opener_destroy(opener);
    pf_opener_destroy(other);
}

static void forgeries_are_refused(void **state)
{
    check_forgeries(PF_SEAL_GNUTLS);
    check_forgeries(PF_SEAL_AUTO);
}

static void sequence_numbers_end(void **state)
{
    struct pf_seal_config config = config_of(PF_SEAL_AUTO);
    config.first_seq = UINT64_MAX - 1;
    struct pf_sealer *sealer;
    uint8_t two[2][PF_SEAL_OVERHEAD];
    assert_int_equal(pf_sealer_create(&config, &sealer), 0);
    assert_int_equal(pf_sealer_seal(sealer, two[0], 2, PF_SEAL_OVERHEAD, 0), -EOVERFLOW);
    assert_int_equal(pf_sealer_seal(sealer, two[0], 1, PF_SEAL_OVERHEAD, 0), 0);
    assert_int_equal(pf_sealer_seal(sealer, two[0], 1, PF_SEAL_OVERHEAD, 0), -EOVERFLOW);
    pf_sealer_destroy(sealer);

    config.cipher = 7;
    assert_int_equal(pf_sealer_create(&config, &sealer), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_with_the_automatic_back_end),
        cmocka_unit_test(vectors_with_gnutls),
        cmocka_unit_test(vectors_with_ipsec_mb),
        cmocka_unit_test(runs_are_sealed_in_place),
        cmocka_unit_test(forgeries_are_refused),
        cmocka_unit_test(sequence_numbers_end),
    };
    return exit_status(cmocka_run_group_tests(tests, NULL, NULL));
}

#include "base/file.h"
#include "quic_rig.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a new host makes. */
#define CERT "native-cert.pem"
#define KEY  "native-key.pem"

struct folder {
    char dir[64];
    char inner[128]; /* does not exist yet */
};

static int setup(void **state)
{
    struct folder *f = calloc(1, sizeof(*f));
    strcpy(f->dir, "/tmp/pf-identity-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->inner, sizeof(f->inner), "%s/a/b", f->dir);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct folder *f = *state;
    rig_remove_dir(f->dir);
    free(f);
    return 0;
}

static char *in_folder(const struct folder *f, const char *name)
{
    return pf_path_join(f->inner, name);
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static char *content_of(const struct folder *f, const char *name)
{
    char *path = in_folder(f, name), *text = NULL;
    size_t len;
    assert_int_equal(pf_file_read(path, 1 << 20, &text, &len), 0);
    free(path);
    return text;
}

static void put_content(const struct folder *f, const char *name, const char *text)
{
    char *path = in_folder(f, name);
    assert_int_equal(pf_dir_make_private(f->inner, NULL), 0);
    assert_int_equal(pf_file_write(path, text, strlen(text), 0644, NULL), 0);
    free(path);
}

static bool exists(const struct folder *f, const char *name)
{
    char *path = in_folder(f, name);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

static struct pf_identity *load_host(const struct folder *f)
{
    struct pf_identity *identity = NULL;
    struct pf_error err;
    if (pf_identity_load_host(f->inner, &identity, &err))
        fail_msg("%s", err.text);
    return identity;
}

/* The alternative names, joined: "D" DNS, "I" address in hex. */
static void names_of(const struct pf_identity *identity, char *out, size_t cap)
{
    *out = 0;
    for (unsigned i = 0;; i++) {
        uint8_t name[256];
        char text[600];
        size_t len = sizeof(name);
        unsigned type;
        int rc = gnutls_x509_crt_get_subject_alt_name2(
            pf_identity_certificate(identity), i, name, &len, &type, NULL);
        if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return;
        assert_true(rc >= 0);
        if (type == GNUTLS_SAN_DNSNAME)
            snprintf(text, sizeof(text), "D%.*s ", (int)len, (char *)name);
        else
            snprintf(text, sizeof(text), "I%zu.%02x%02x ", len, name[0], name[len - 1]);
        strncat(out, text, cap - strlen(out) - 1);
    }
}

static void a_new_host_identity_is_what_clients_accept(void **state)
{
    const struct folder *f = *state;
    struct pf_identity *identity = load_host(f);
    gnutls_x509_crt_t crt = pf_identity_certificate(identity);
    char dn[64], names[1024], *cert = in_folder(f, CERT), *key = in_folder(f, KEY);
    size_t len = sizeof(dn);
    unsigned bits;

    assert_int_equal(gnutls_x509_crt_get_version(crt), 3);
    assert_int_equal(gnutls_x509_crt_get_dn(crt, dn, &len), 0);
    assert_string_equal(dn, "CN=punktfunk");
    assert_int_equal(gnutls_x509_crt_get_activation_time(crt), 1577836800);
    assert_int_equal(gnutls_x509_crt_get_expiration_time(crt), 2208988800);
    assert_int_equal(gnutls_x509_crt_get_pk_algorithm(crt, &bits), GNUTLS_PK_ECDSA);
    assert_int_equal(bits, 256);
    assert_int_equal(gnutls_x509_crt_get_signature_algorithm(crt), GNUTLS_SIGN_ECDSA_SHA256);
    assert_int_equal(gnutls_x509_crt_check_issuer(crt, crt), 1);
    names_of(identity, names, sizeof(names));
    assert_non_null(strstr(names, "Dlocalhost I4.7f01 I16.0001 "));

    assert_int_equal(mode_of(f->inner), 0700);
    assert_int_equal(mode_of(cert), 0600);
    assert_int_equal(mode_of(key), 0600);
    assert_non_null(strstr(pf_identity_key_pem(identity), "BEGIN PRIVATE KEY")); /* PKCS#8 */
    assert_non_null(strstr(pf_identity_certificate_pem(identity), "BEGIN CERTIFICATE"));
    free(cert);
    free(key);
    pf_identity_destroy(identity);
}

static void the_fingerprint_is_the_hash_of_the_whole_certificate(void **state)
{
    struct pf_identity *identity = load_host(*state);
    gnutls_datum_t der;
    uint8_t expected[32];
    assert_true(gnutls_x509_crt_export2(pf_identity_certificate(identity), GNUTLS_X509_FMT_DER, &der) >= 0);
    assert_true(gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size, expected) >= 0);
    assert_memory_equal(pf_identity_fingerprint(identity), expected, 32);
    gnutls_free(der.data);
    pf_identity_destroy(identity);
}

static void an_identity_is_never_made_twice(void **state)
{
    const struct folder *f = *state;
    struct pf_identity *first = load_host(f);
    char *cert = content_of(f, CERT), *key = content_of(f, KEY);
    struct pf_identity *second = load_host(f);
    char *cert_after = content_of(f, CERT), *key_after = content_of(f, KEY);
    assert_memory_equal(pf_identity_fingerprint(first), pf_identity_fingerprint(second), 32);
    assert_string_equal(cert, cert_after);
    assert_string_equal(key, key_after);
    free(cert);
    free(key);
    free(cert_after);
    free(key_after);
    pf_identity_destroy(first);
    pf_identity_destroy(second);
}

static void loose_modes_are_tightened(void **state)
{
    const struct folder *f = *state;
    pf_identity_destroy(load_host(f));
    char *key = in_folder(f, KEY);
    assert_int_equal(chmod(key, 0644), 0);
    assert_int_equal(chmod(f->inner, 0755), 0);
    pf_identity_destroy(load_host(f));
    assert_int_equal(mode_of(key), 0600);
    assert_int_equal(mode_of(f->inner), 0755); /* the folder may be shared on purpose */
    free(key);
}

static void an_interrupted_creation_is_completed(void **state)
{
    const struct folder *f = *state;
    pf_identity_destroy(load_host(f));
    char *key = content_of(f, KEY), *path = in_folder(f, CERT);
    assert_int_equal(unlink(path), 0);
    struct pf_identity *identity = load_host(f); /* checks that key and certificate belong together */
    assert_string_equal(pf_identity_key_pem(identity), key);
    pf_identity_destroy(identity);
    put_content(f, CERT, " \n\n");
    identity = load_host(f);
    assert_string_equal(pf_identity_key_pem(identity), key);
    free(key);
    free(path);
    pf_identity_destroy(identity);
}

/* Loading fails with a sentence that names the file and leaves both files as they were. */
static void expect_damage(const struct folder *f, const char *named)
{
    struct pf_identity *identity = NULL;
    struct pf_error err = {0};
    const bool has_key = exists(f, KEY);
    char *cert = content_of(f, CERT), *key = has_key ? content_of(f, KEY) : NULL;
    assert_int_equal(pf_identity_load_host(f->inner, &identity, &err), -EBADMSG);
    assert_null(identity);
    assert_non_null(strstr(err.text, named));
    char *after = content_of(f, CERT);
    assert_string_equal(after, cert);
    free(after);
    assert_int_equal(exists(f, KEY), has_key);
    if (has_key) {
        after = content_of(f, KEY);
        assert_string_equal(after, key);
        free(after);
    }
    free(cert);
    free(key);
}

static void damage_is_reported_and_nothing_is_overwritten(void **state)
{
    const struct folder *f = *state;
    pf_identity_destroy(load_host(f));
    char *cert = content_of(f, CERT), *key = content_of(f, KEY), *key_path = in_folder(f, KEY);

    put_content(f, CERT, "-----BEGIN CERTIFICATE-----\nTm90IG9uZQ==\n-----END CERTIFICATE-----\n");
    expect_damage(f, CERT);
    put_content(f, CERT, "hello");
    expect_damage(f, CERT);
    put_content(f, CERT, cert);
    put_content(f, KEY, "-----BEGIN PRIVATE KEY-----\nTm90IG9uZQ==\n-----END PRIVATE KEY-----\n");
    expect_damage(f, KEY);
    put_content(f, KEY, "");
    expect_damage(f, KEY);
    assert_int_equal(unlink(key_path), 0);
    expect_damage(f, KEY);

    put_content(f, KEY, key);
    pf_identity_destroy(load_host(f));
    free(cert);
    free(key);
    free(key_path);
}

static void a_damaged_key_without_certificate_is_kept_too(void **state)
{
    const struct folder *f = *state;
    struct pf_identity *identity = NULL;
    struct pf_error err = {0};
    put_content(f, KEY, "garbage");
    assert_int_equal(pf_identity_load_host(f->inner, &identity, &err), -EBADMSG);
    assert_non_null(strstr(err.text, KEY));
    char *key = content_of(f, KEY);
    assert_string_equal(key, "garbage");
    assert_false(exists(f, CERT));
    free(key);
}

static void a_key_of_somebody_else_is_noticed(void **state)
{
    const struct folder *f = *state;
    pf_identity_destroy(load_host(f));
    char *cert = content_of(f, CERT), *path = in_folder(f, CERT), *key_path = in_folder(f, KEY);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(key_path), 0);
    pf_identity_destroy(load_host(f));
    put_content(f, CERT, cert);
    expect_damage(f, "is not the key of");
    free(cert);
    free(path);
    free(key_path);
}

/* Moves the pair of the native plane to where older hosts have theirs. */
static void make_older(const struct folder *f)
{
    char *from[] = {in_folder(f, CERT), in_folder(f, KEY)};
    char *to[] = {in_folder(f, "cert.pem"), in_folder(f, "key.pem")};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rename(from[i], to[i]), 0);
        free(from[i]);
        free(to[i]);
    }
}

static void assert_loads(const struct folder *f, const uint8_t *fingerprint)
{
    struct pf_identity *identity = load_host(f);
    assert_memory_equal(pf_identity_fingerprint(identity), fingerprint, 32);
    pf_identity_destroy(identity);
}

static void the_pair_of_older_hosts_is_kept(void **state)
{
    const struct folder *f = *state;
    uint8_t older[32], newer[32];
    struct pf_identity *identity = load_host(f);
    memcpy(older, pf_identity_fingerprint(identity), 32);
    pf_identity_destroy(identity);
    make_older(f);
    assert_loads(f, older);
    assert_false(exists(f, CERT));

    /* The other pair comes first if it is complete, and only then. */
    char *paths[] = {in_folder(f, "cert.pem"), in_folder(f, "key.pem"), in_folder(f, KEY)};
    char *cert = content_of(f, "cert.pem"), *key = content_of(f, "key.pem");
    for (int i = 0; i < 2; i++)
        assert_int_equal(unlink(paths[i]), 0);
    identity = load_host(f);
    memcpy(newer, pf_identity_fingerprint(identity), 32);
    pf_identity_destroy(identity);
    put_content(f, "cert.pem", cert);
    put_content(f, "key.pem", key);
    assert_memory_not_equal(older, newer, 32);
    assert_loads(f, newer);
    assert_int_equal(unlink(paths[2]), 0);
    assert_loads(f, older);
    for (int i = 0; i < 3; i++)
        free(paths[i]);
    free(cert);
    free(key);
}

static void an_older_key_without_certificate_is_completed(void **state)
{
    const struct folder *f = *state;
    pf_identity_destroy(load_host(f));
    make_older(f);
    char *cert = in_folder(f, "cert.pem"), *key = content_of(f, "key.pem");
    assert_int_equal(unlink(cert), 0);
    struct pf_identity *identity = load_host(f);
    assert_string_equal(pf_identity_key_pem(identity), key);
    assert_true(exists(f, "cert.pem"));
    assert_false(exists(f, CERT));
    pf_identity_destroy(identity);
    free(cert);
    free(key);
}

static void a_client_has_its_own_name(void **state)
{
    const struct folder *f = *state;
    struct pf_identity *identity = NULL;
    struct pf_error err;
    char names[1024];
    assert_int_equal(pf_identity_load_client(f->inner, &identity, &err), 0);
    names_of(identity, names, sizeof(names));
    assert_string_equal(names, "Dpunktfunk-client ");
    pf_identity_destroy(identity);
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    const struct folder *f = *state;
    struct pf_identity *identity = NULL;
    struct pf_error err = {0};
    char path[160];
    snprintf(path, sizeof(path), "%s/file", f->dir);
    assert_int_equal(pf_file_write(path, "x", 1, 0600, NULL), 0);
    strcat(path, "/sub");
    assert_int_equal(pf_identity_load_host(path, &identity, &err), -ENOTDIR);
    assert_non_null(strstr(err.text, path));
}

static bool is_rsa(const struct pf_identity *identity)
{
    unsigned bits = 0;
    return gnutls_x509_crt_get_pk_algorithm(pf_identity_certificate(identity), &bits) == GNUTLS_PK_RSA &&
           bits == 2048;
}

static struct pf_identity *load_gamestream(const struct folder *f)
{
    struct pf_identity *identity = NULL;
    struct pf_error err;
    if (pf_identity_load_gamestream(f->inner, &identity, &err))
        fail_msg("%s", err.text);
    return identity;
}

static void gamestream_gets_an_rsa_identity_of_its_own(void **state)
{
    const struct folder *f = *state;
    struct pf_identity *host = load_host(f), *first = load_gamestream(f), *again = load_gamestream(f),
                       *after = load_host(f);
    char names[200];
    assert_true(is_rsa(first));
    assert_false(is_rsa(host));
    assert_memory_equal(pf_identity_fingerprint(host), pf_identity_fingerprint(after), 32);
    assert_memory_equal(pf_identity_fingerprint(first), pf_identity_fingerprint(again), 32);
    names_of(first, names, sizeof(names));
    assert_string_equal(names, "");
    gnutls_x509_crt_t crt = pf_identity_certificate(first);
    assert_int_equal(gnutls_x509_crt_get_version(crt), 3);
    assert_int_equal(gnutls_x509_crt_get_signature_algorithm(crt), GNUTLS_SIGN_RSA_SHA256);
    assert_int_equal(gnutls_x509_crt_get_expiration_time(crt), 2208988800);
    char *key = in_folder(f, "key.pem");
    assert_int_equal(mode_of(key), 0600);
    free(key);
    assert_false(exists(f, "gamestream-cert.pem"));
    pf_identity_destroy(host);
    pf_identity_destroy(first);
    pf_identity_destroy(again);
    pf_identity_destroy(after);
}

/* A folder of the reference host, whose RSA identity serves both protocols. */
static void gamestream_shares_the_identity_of_older_hosts(void **state)
{
    const struct folder *f = *state;
    struct pf_identity *first = load_gamestream(f), *host = load_host(f), *shared = load_gamestream(f);
    assert_true(is_rsa(host));
    assert_memory_equal(pf_identity_fingerprint(host), pf_identity_fingerprint(first), 32);
    assert_memory_equal(pf_identity_fingerprint(host), pf_identity_fingerprint(shared), 32);
    assert_false(exists(f, "native-cert.pem"));
    pf_identity_destroy(first);
    pf_identity_destroy(host);
    pf_identity_destroy(shared);
}

/* A folder of an early version of ours, with ECDSA in cert.pem. */
static void gamestream_goes_around_another_kind_of_key(void **state)
{
    const struct folder *f = *state;
    struct pf_identity *made = load_host(f), *host, *gamestream;
    struct pf_error err;
    char *cert = in_folder(f, "native-cert.pem"), *key = in_folder(f, "native-key.pem");
    put_content(f, "cert.pem", pf_identity_certificate_pem(made));
    put_content(f, "key.pem", pf_identity_key_pem(made));
    unlink(cert);
    unlink(key);
    gamestream = load_gamestream(f);
    host = load_host(f);
    assert_true(is_rsa(gamestream));
    assert_true(exists(f, "gamestream-cert.pem"));
    assert_memory_equal(pf_identity_fingerprint(host), pf_identity_fingerprint(made), 32);
    pf_identity_destroy(made);
    pf_identity_destroy(host);
    pf_identity_destroy(gamestream);
    put_content(f, "gamestream-key.pem", "");
    assert_int_equal(pf_identity_load_gamestream(f->inner, &gamestream, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "gamestream-key.pem"));
    free(cert);
    free(key);
}

int main(void)
{
#define with_folder(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        with_folder(a_new_host_identity_is_what_clients_accept),
        with_folder(the_fingerprint_is_the_hash_of_the_whole_certificate),
        with_folder(an_identity_is_never_made_twice),
        with_folder(loose_modes_are_tightened),
        with_folder(an_interrupted_creation_is_completed),
        with_folder(damage_is_reported_and_nothing_is_overwritten),
        with_folder(a_damaged_key_without_certificate_is_kept_too),
        with_folder(a_key_of_somebody_else_is_noticed),
        with_folder(the_pair_of_older_hosts_is_kept),
        with_folder(an_older_key_without_certificate_is_completed),
        with_folder(gamestream_gets_an_rsa_identity_of_its_own),
        with_folder(gamestream_shares_the_identity_of_older_hosts),
        with_folder(gamestream_goes_around_another_kind_of_key),
        with_folder(a_client_has_its_own_name),
        with_folder(a_folder_that_cannot_be_made_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

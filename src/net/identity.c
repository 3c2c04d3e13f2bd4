#include "net/identity.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PEM = 64 * 1024, RSA_BITS = 2048 };

/* 2020-01-01 and 2040-01-01, 00:00 UTC. Nobody looks at the dates; they are the reference's. */
static const time_t valid_from = 1577836800, valid_until = 2208988800;

struct pf_identity {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
    char *certificate_pem, *key_pem;
    uint8_t fingerprint[PF_FINGERPRINT_SIZE];
};

/* The two files of an identity and what they hold; text is NULL for an absent or blank file. */
struct pair {
    char *cert_path, *key_path;
    char *cert_text, *key_text;
    bool rsa; /* kind of key to make; ECDSA otherwise */
};

void pf_fingerprint_of(const void *der, size_t len, uint8_t ret_fingerprint[PF_FINGERPRINT_SIZE])
{
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, der, len, ret_fingerprint) < 0)
        abort(); /* SHA-256 is always there */
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == 0;
}

static int read_text(const char *path, char **ret_text, struct pf_error *err)
{
    char *text;
    size_t len;
    int rc = pf_file_read(path, MAX_PEM, &text, &len);
    if (rc == -ENOENT) {
        *ret_text = NULL;
        return 0;
    }
    if (rc)
        return pf_error_set(err, rc, "cannot read %s: %s", path, strerror(-rc));
    if (is_blank(text)) {
        free(text);
        text = NULL;
    }
    *ret_text = text;
    return 0;
}

static void pair_finish(struct pair *pair)
{
    free(pair->cert_path);
    free(pair->key_path);
    free(pair->cert_text);
    if (pair->key_text)
        gnutls_memset(pair->key_text, 0, strlen(pair->key_text));
    free(pair->key_text);
}

static int pair_read(
    const char *dir, const char *cert, const char *key, struct pair *ret_pair, struct pf_error *err)
{
    struct pair pair = {.cert_path = pf_path_join(dir, cert), .key_path = pf_path_join(dir, key)};
    int rc = read_text(pair.cert_path, &pair.cert_text, err);
    if (!rc)
        rc = read_text(pair.key_path, &pair.key_text, err);
    if (rc)
        pair_finish(&pair);
    else
        *ret_pair = pair;
    return rc;
}

/* ---- making ---- */

static bool is_clean_label(const char *name)
{
    size_t len = strlen(name);
    if (!len || len > 63 || name[0] == '-' || name[len - 1] == '-')
        return false;
    for (const char *p = name; *p; p++)
        if (!isascii((unsigned char)*p) || (!isalnum((unsigned char)*p) && *p != '-'))
            return false;
    return true;
}

static int add_dns_name(gnutls_x509_crt_t crt, const char *name)
{
    return gnutls_x509_crt_set_subject_alt_name(
        crt, GNUTLS_SAN_DNSNAME, name, (unsigned)strlen(name), GNUTLS_FSAN_APPEND);
}

static int add_host_names(gnutls_x509_crt_t crt)
{
    const uint8_t v4[4] = {127, 0, 0, 1};
    char name[HOST_NAME_MAX + 1] = "";
    int rc = 0;
    if (!gethostname(name, sizeof(name) - 1) && is_clean_label(name) && strcmp(name, "localhost") != 0)
        rc = add_dns_name(crt, name);
    if (rc >= 0)
        rc = add_dns_name(crt, "localhost");
    if (rc >= 0)
        rc = gnutls_x509_crt_set_subject_alt_name(
            crt, GNUTLS_SAN_IPADDRESS, v4, sizeof(v4), GNUTLS_FSAN_APPEND);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_subject_alt_name(
            crt, GNUTLS_SAN_IPADDRESS, &in6addr_loopback, sizeof(in6addr_loopback), GNUTLS_FSAN_APPEND);
    return rc;
}

static int set_serial(gnutls_x509_crt_t crt)
{
    uint8_t serial[16];
    int rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));
    if (rc < 0)
        return rc;
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, no leading zero */
    return gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
}

/* `san` is the only alternative name; NULL: the names of this host; "": none. */
static int make_certificate(gnutls_x509_privkey_t key, const char *san, gnutls_x509_crt_t *ret_certificate)
{
    gnutls_x509_crt_t crt;
    int rc = gnutls_x509_crt_init(&crt);
    if (rc < 0)
        return rc;
    rc = gnutls_x509_crt_set_version(crt, 3);
    if (rc >= 0)
        rc = set_serial(crt);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_activation_time(crt, valid_from);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_expiration_time(crt, valid_until);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_dn(crt, "CN=punktfunk", NULL);
    if (rc >= 0 && !(san && !*san))
        rc = san ? add_dns_name(crt, san) : add_host_names(crt);
    if (rc >= 0)
        rc = gnutls_x509_crt_set_key(crt, key);
    if (rc >= 0)
        rc = gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
    if (rc < 0)
        gnutls_x509_crt_deinit(crt);
    else
        *ret_certificate = crt;
    return rc;
}

static char *text_of(const gnutls_datum_t *pem)
{
    return strndup((const char *)pem->data, pem->size);
}

/* Makes a key and writes it to the key file. Key first: a crash leaves a key without a certificate, which the
 * next start completes; never a certificate without its key. */
static int create_key(struct pair *pair, struct pf_error *err)
{
    gnutls_x509_privkey_t key;
    gnutls_datum_t pem = {0};
    int rc = gnutls_x509_privkey_init(&key);
    if (rc < 0)
        return pf_error_set(err, -ENOMEM, "cannot create a key: out of memory");
    rc = pair->rsa ? gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, RSA_BITS, 0)
                   : gnutls_x509_privkey_generate(
                         key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (rc >= 0)
        rc = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem);
    gnutls_x509_privkey_deinit(key);
    if (rc < 0)
        return pf_error_set(err, -EIO, "cannot create a key: %s", gnutls_strerror(rc));
    rc = pf_file_write(pair->key_path, pem.data, pem.size, 0600, err);
    if (!rc && !(pair->key_text = text_of(&pem)))
        rc = pf_error_set(err, -ENOMEM, "cannot create a key: out of memory");
    gnutls_memset(pem.data, 0, pem.size);
    gnutls_free(pem.data);
    return rc;
}

static int create_certificate(struct pair *pair, const char *san, struct pf_error *err)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt = NULL;
    gnutls_datum_t pem = {0};
    const gnutls_datum_t text = {(unsigned char *)pair->key_text, (unsigned)strlen(pair->key_text)};
    int rc = gnutls_x509_privkey_init(&key);
    if (rc < 0)
        return pf_error_set(err, -ENOMEM, "cannot create a certificate: out of memory");
    rc = gnutls_x509_privkey_import2(key, &text, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN);
    if (rc < 0) {
        gnutls_x509_privkey_deinit(key);
        return pf_error_set(err, -EBADMSG,
            "%s is not a usable private key (%s); restore it, or remove it to get a new identity that every "
            "device has to pair with again",
            pair->key_path, gnutls_strerror(rc));
    }
    rc = make_certificate(key, san, &crt);
    if (rc >= 0)
        rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem);
    gnutls_x509_privkey_deinit(key);
    gnutls_x509_crt_deinit(crt);
    if (rc < 0)
        return pf_error_set(err, -EIO, "cannot create a certificate: %s", gnutls_strerror(rc));
    rc = pf_file_write(pair->cert_path, pem.data, pem.size, 0600, err);
    if (!rc && !(pair->cert_text = text_of(&pem)))
        rc = pf_error_set(err, -ENOMEM, "cannot create a certificate: out of memory");
    gnutls_free(pem.data);
    return rc;
}

/* Completes what is missing, if that is not a loss. */
static int pair_complete(struct pair *pair, const char *san, struct pf_error *err)
{
    int rc = 0;
    if (pair->cert_text && !pair->key_text)
        return pf_error_set(err, -EBADMSG,
            "%s is missing or empty but its certificate %s exists; restore the key, or remove the "
            "certificate to "
            "get a new identity that every device has to pair with again",
            pair->key_path, pair->cert_path);
    if (!pair->key_text)
        rc = create_key(pair, err);
    if (!rc && !pair->cert_text)
        rc = create_certificate(pair, san, err);
    return rc;
}

/* ---- loading ---- */

static int unusable(const char *path, int code, struct pf_error *err)
{
    return pf_error_set(err, -EBADMSG,
        "%s is damaged (%s) and was left as it is; restore it from a copy, or remove the certificate and its "
        "key to "
        "get a new identity that every device has to pair with again",
        path, gnutls_strerror(code));
}

/* 1 if key and certificate belong together. */
static int belong_together(const struct pf_identity *identity)
{
    uint8_t a[32], b[32];
    size_t a_len = sizeof(a), b_len = sizeof(b);
    int rc = gnutls_x509_crt_get_key_id(identity->certificate, GNUTLS_KEYID_USE_SHA256, a, &a_len);
    if (rc >= 0)
        rc = gnutls_x509_privkey_get_key_id(identity->key, GNUTLS_KEYID_USE_SHA256, b, &b_len);
    return rc < 0 ? rc : a_len == b_len && !memcmp(a, b, a_len);
}

static int import(struct pf_identity *identity, const struct pair *pair, struct pf_error *err)
{
    const gnutls_datum_t cert = {(unsigned char *)pair->cert_text, (unsigned)strlen(pair->cert_text)};
    const gnutls_datum_t key = {(unsigned char *)pair->key_text, (unsigned)strlen(pair->key_text)};
    gnutls_datum_t der;
    if (gnutls_x509_crt_init(&identity->certificate) < 0 || gnutls_x509_privkey_init(&identity->key) < 0)
        return pf_error_set(err, -ENOMEM, "cannot load %s: out of memory", pair->cert_path);
    int rc = gnutls_x509_crt_import(identity->certificate, &cert, GNUTLS_X509_FMT_PEM);
    if (rc < 0)
        return unusable(pair->cert_path, rc, err);
    rc = gnutls_x509_privkey_import2(identity->key, &key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN);
    if (rc < 0)
        return unusable(pair->key_path, rc, err);
    rc = belong_together(identity);
    if (rc <= 0)
        return pf_error_set(err, -EBADMSG, "%s is not the key of %s; restore the files that belong together",
            pair->key_path, pair->cert_path);
    rc = gnutls_x509_crt_export2(identity->certificate, GNUTLS_X509_FMT_DER, &der);
    if (rc < 0)
        return unusable(pair->cert_path, rc, err);
    pf_fingerprint_of(der.data, der.size, identity->fingerprint);
    gnutls_free(der.data);
    return 0;
}

static int identity_of(struct pair *pair, struct pf_identity **ret_identity, struct pf_error *err)
{
    struct pf_identity *identity = calloc(1, sizeof(*identity));
    if (!identity)
        return pf_error_set(err, -ENOMEM, "cannot load %s: out of memory", pair->cert_path);
    int rc = import(identity, pair, err);
    if (rc) {
        pf_identity_destroy(identity);
        return rc;
    }
    if (gnutls_x509_crt_get_version(identity->certificate) != 3)
        pf_log_warn("identity", "%s is not an X.509 v3 certificate; clients will refuse it", pair->cert_path);
    identity->certificate_pem = pair->cert_text;
    identity->key_pem = pair->key_text;
    pair->cert_text = pair->key_text = NULL;
    *ret_identity = identity;
    return 0;
}

/* Nobody but the owner may read a key, whoever made the file. */
static void make_secret(const struct pair *pair)
{
    if (chmod(pair->key_path, 0600) < 0 || chmod(pair->cert_path, 0600) < 0)
        pf_log_warn("identity", "cannot set the mode of %s to 0600: %s", pair->key_path, strerror(errno));
}

/* The pair of the native plane, unless it is incomplete and there is the older one, which GameStream shares.
 */
static int read_host(const char *dir, struct pair *pair, struct pf_error *err)
{
    struct pair older = {0};
    int rc = pair_read(dir, "native-cert.pem", "native-key.pem", pair, err);
    if (rc || (pair->cert_text && pair->key_text))
        return rc;
    rc = pair_read(dir, "cert.pem", "key.pem", &older, err);
    if (rc || older.cert_text || older.key_text) {
        pair_finish(pair);
        *pair = older;
    } else {
        pair_finish(&older);
    }
    return rc;
}

/* Makes what is missing, loads it, and releases the pair. */
static int finish_loading(
    struct pair *pair, const char *san, struct pf_identity **ret_identity, struct pf_error *err)
{
    const bool fresh = !pair->cert_text;
    int rc = pair_complete(pair, san, err);
    if (!rc)
        rc = identity_of(pair, ret_identity, err);
    if (!rc)
        make_secret(pair);
    if (!rc && fresh) {
        char hex[2 * PF_FINGERPRINT_SIZE + 1];
        pf_log_info("identity", "created %s fingerprint=%s", pair->cert_path,
            pf_hex_encode(pf_identity_fingerprint(*ret_identity), PF_FINGERPRINT_SIZE, hex));
    }
    pair_finish(pair);
    return rc;
}

static int load(const char *dir, bool host, struct pf_identity **ret_identity, struct pf_error *err)
{
    struct pair pair = {0};
    int rc = pf_dir_make_private(dir, err);
    if (rc == 0)
        rc = host ? read_host(dir, &pair, err) : pair_read(dir, "cert.pem", "key.pem", &pair, err);
    return rc ? rc : finish_loading(&pair, host ? NULL : "punktfunk-client", ret_identity, err);
}

static bool is_rsa(const struct pf_identity *identity)
{
    unsigned bits = 0;
    return gnutls_x509_crt_get_pk_algorithm(identity->certificate, &bits) == GNUTLS_PK_RSA &&
           bits >= RSA_BITS;
}

static int load_rsa(const char *dir, const char *cert, const char *key, struct pf_identity **ret_identity,
    struct pf_error *err)
{
    struct pair pair;
    int rc = pair_read(dir, cert, key, &pair, err);
    if (rc)
        return rc;
    pair.rsa = true;
    return finish_loading(&pair, "", ret_identity, err);
}

int pf_identity_load_gamestream(const char *dir, struct pf_identity **ret_identity, struct pf_error *err)
{
    struct pf_identity *identity;
    int rc = pf_dir_make_private(dir, err);
    if (!rc)
        rc = load_rsa(dir, "cert.pem", "key.pem", &identity, err);
    if (rc)
        return rc;
    if (!is_rsa(identity)) { /* early versions of this host made another kind there */
        pf_identity_destroy(identity);
        return load_rsa(dir, "gamestream-cert.pem", "gamestream-key.pem", ret_identity, err);
    }
    *ret_identity = identity;
    return 0;
}

int pf_identity_load_host(const char *dir, struct pf_identity **ret_identity, struct pf_error *err)
{
    return load(dir, true, ret_identity, err);
}

int pf_identity_load_client(const char *dir, struct pf_identity **ret_identity, struct pf_error *err)
{
    return load(dir, false, ret_identity, err);
}

void pf_identity_destroy(struct pf_identity *identity)
{
    if (!identity)
        return;
    gnutls_x509_crt_deinit(identity->certificate);
    gnutls_x509_privkey_deinit(identity->key);
    free(identity->certificate_pem);
    if (identity->key_pem)
        gnutls_memset(identity->key_pem, 0, strlen(identity->key_pem));
    free(identity->key_pem);
    free(identity);
}

const uint8_t *pf_identity_fingerprint(const struct pf_identity *identity)
{
    return identity->fingerprint;
}

const char *pf_identity_certificate_pem(const struct pf_identity *identity)
{
    return identity->certificate_pem;
}

const char *pf_identity_key_pem(const struct pf_identity *identity)
{
    return identity->key_pem;
}

gnutls_x509_crt_t pf_identity_certificate(const struct pf_identity *identity)
{
    return identity->certificate;
}

gnutls_x509_privkey_t pf_identity_key(const struct pf_identity *identity)
{
    return identity->key;
}

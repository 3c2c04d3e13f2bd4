#include "gamestream/nvhttp/certificate.h"

#include "net/identity.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#define BITS_MIN 2048u
#define BITS_MAX 4096u

static int check_key(gnutls_x509_crt_t crt)
{
    unsigned bits = 0;
    int algorithm = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
    return algorithm == GNUTLS_PK_RSA && bits >= BITS_MIN && bits <= BITS_MAX ? 0 : -ENOTSUP;
}

static int take(gnutls_x509_crt_t crt, struct pf_gs_certificate *c)
{
    gnutls_datum_t der;
    c->signature_len = sizeof(c->signature);
    if (gnutls_x509_crt_get_signature(crt, (char *)c->signature, &c->signature_len) < 0)
        return -EBADMSG;
    if (gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der) < 0)
        return -ENOMEM;
    c->der = malloc(der.size);
    if (c->der)
        memcpy(c->der, der.data, der.size);
    c->der_len = der.size;
    gnutls_free(der.data);
    if (!c->der)
        return -ENOMEM;
    pf_fingerprint_of(c->der, c->der_len, c->fingerprint);
    return 0;
}

int pf_gs_certificate_parse(const char *pem, size_t len, struct pf_gs_certificate *ret_certificate)
{
    gnutls_x509_crt_t crt;
    struct pf_gs_certificate c = {0};
    if (len > PF_GS_CERTIFICATE_PEM_MAX)
        return -EBADMSG;
    if (gnutls_x509_crt_init(&crt) < 0)
        return -ENOMEM;
    const gnutls_datum_t text = {(unsigned char *)pem, (unsigned)len};
    int rc = gnutls_x509_crt_import(crt, &text, GNUTLS_X509_FMT_PEM) < 0 ? -EBADMSG : check_key(crt);
    if (rc == 0)
        rc = take(crt, &c);
    gnutls_x509_crt_deinit(crt);
    if (rc == 0)
        *ret_certificate = c;
    return rc;
}

void pf_gs_certificate_finish(struct pf_gs_certificate *c)
{
    free(c->der);
    *c = (struct pf_gs_certificate){0};
}

bool pf_gs_certificate_verify(const struct pf_gs_certificate *c, const void *data, size_t len,
    const uint8_t *signature, size_t signature_len)
{
    const gnutls_datum_t der = {c->der, (unsigned)c->der_len}, text = {(unsigned char *)data, (unsigned)len},
                         sig = {(unsigned char *)signature, (unsigned)signature_len};
    gnutls_x509_crt_t crt;
    gnutls_pubkey_t key;
    bool good = false;
    if (gnutls_x509_crt_init(&crt) < 0)
        return false;
    if (gnutls_pubkey_init(&key) == 0) {
        good = gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) == 0 &&
               gnutls_pubkey_import_x509(key, crt, 0) == 0 &&
               gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &text, &sig) >= 0;
        gnutls_pubkey_deinit(key);
    }
    gnutls_x509_crt_deinit(crt);
    return good;
}

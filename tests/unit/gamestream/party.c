#include "party.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The library makes no certificates with the serial number 0, so this one is changed and signed again. */
static void make_serial_zero(gnutls_datum_t *der, gnutls_privkey_t key)
{
    static const uint8_t version_and_serial[] = {0xA0, 3, 2, 1, 2, 2, 1, 1};
    const size_t tbs = 4; /* behind the outer header */
    gnutls_datum_t signature, body = {der->data + tbs, 0};
    assert_int_equal(der->data[tbs + 1], 0x82);
    body.size = 4 + (unsigned)(der->data[tbs + 2] << 8 | der->data[tbs + 3]);
    assert_memory_equal(der->data + tbs + 4, version_and_serial, sizeof(version_and_serial));
    der->data[tbs + 4 + sizeof(version_and_serial) - 1] = 0;
    assert_int_equal(gnutls_privkey_sign_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &body, &signature), 0);
    memcpy(der->data + der->size - signature.size, signature.data, signature.size);
    gnutls_free(signature.data);
}

static void certify(struct party *p, struct party_kind kind)
{
    gnutls_x509_crt_t crt;
    gnutls_datum_t der, pem;
    assert_int_equal(gnutls_x509_crt_init(&crt), 0);
    gnutls_x509_crt_set_version(crt, 3);
    gnutls_x509_crt_set_dn(crt, "CN=NVIDIA GameStream Client", NULL);
    gnutls_x509_crt_set_key(crt, p->x509_key);
    gnutls_x509_crt_set_serial(crt, "\1", 1);
    gnutls_x509_crt_set_activation_time(crt, kind.from);
    gnutls_x509_crt_set_expiration_time(crt, kind.until ? kind.until : 1000);
    assert_int_equal(gnutls_x509_crt_sign2(crt, crt, p->x509_key, GNUTLS_DIG_SHA256, 0), 0);
    assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der), 0);
    gnutls_x509_crt_deinit(crt);
    if (kind.serial_zero)
        make_serial_zero(&der, p->key);
    assert_int_equal(gnutls_pem_base64_encode2("CERTIFICATE", &der, &pem), 0);
    p->pem = strndup((char *)pem.data, pem.size);
    gnutls_free(der.data);
    gnutls_free(pem.data);
    if (!kind.algorithm || kind.algorithm == GNUTLS_PK_RSA)
        assert_int_equal(pf_gs_certificate_parse(p->pem, strlen(p->pem), &p->certificate), 0);
}

static void take_key(struct party *p)
{
    assert_int_equal(gnutls_privkey_init(&p->key), 0);
    assert_int_equal(gnutls_privkey_import_x509(p->key, p->x509_key, GNUTLS_PRIVKEY_IMPORT_COPY), 0);
}

struct party make_party(struct party_kind kind)
{
    struct party p = {0};
    assert_int_equal(gnutls_x509_privkey_init(&p.x509_key), 0);
    assert_int_equal(gnutls_x509_privkey_generate(p.x509_key, kind.algorithm ? kind.algorithm : GNUTLS_PK_RSA,
                         kind.bits ? kind.bits : 2048, 0),
        0);
    take_key(&p);
    certify(&p, kind);
    return p;
}

struct party renew_party(const struct party *party, struct party_kind kind)
{
    struct party p = {0};
    assert_int_equal(gnutls_x509_privkey_init(&p.x509_key), 0);
    assert_int_equal(gnutls_x509_privkey_cpy(p.x509_key, party->x509_key), 0);
    take_key(&p);
    certify(&p, kind);
    return p;
}

void drop_party(struct party *p)
{
    gnutls_privkey_deinit(p->key);
    gnutls_x509_privkey_deinit(p->x509_key);
    pf_gs_certificate_finish(&p->certificate);
    free(p->pem);
}

#include "moonlight.h"

#include "base/hex.h"
#include "gamestream/nvhttp/pair_crypto.h"
#include "net/identity.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <nettle/sha2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../patient.h"

int connect_to(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval limit = {.tv_sec = 30};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

/* ---- answers --------------------------------------------------------------------------------------------
 */

static struct answer split(char *text, size_t len)
{
    struct answer a = {.head = text};
    char *end = len ? strstr(text, "\r\n\r\n") : NULL;
    if (!end)
        return a;
    *end = 0;
    a.body = end + 4;
    a.len = len - (size_t)(a.body - text);
    sscanf(text, "HTTP/1.1 %u", &a.status);
    return a;
}

void drop_answer(struct answer *a)
{
    free(a->head);
    *a = (struct answer){0};
}

int status_code(const struct answer *a)
{
    int code = -1;
    const char *at = a->body ? strstr(a->body, "status_code=\"") : NULL;
    if (at)
        sscanf(at, "status_code=\"%d\"", &code);
    return code;
}

const char *element(const struct answer *a, const char *name)
{
    static _Thread_local char value[9000];
    char tag[80];
    snprintf(tag, sizeof(tag), "<%s>", name);
    const char *at = a->body ? strstr(a->body, tag) : NULL;
    *value = 0;
    if (at)
        sscanf(at + strlen(tag), "%8999[^<]", value);
    return value;
}

/* ---- requests -------------------------------------------------------------------------------------------
 */

struct wire {
    int fd;
    gnutls_session_t tls; /* NULL: plain */
};

static ssize_t wire_read(struct wire *w, char *buf, size_t len)
{
    ssize_t n;
    if (!w->tls)
        return patient_recv(w->fd, buf, len);
    do
        n = gnutls_record_recv(w->tls, buf, len);
    while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
    return n;
}

static struct answer read_all(struct wire *w)
{
    size_t cap = 4096, len = 0;
    char *text = malloc(cap + 1);
    for (ssize_t n; (n = wire_read(w, text + len, cap - len)) > 0;) {
        len += (size_t)n;
        if (len == cap)
            text = realloc(text, (cap *= 2) + 1);
    }
    text[len] = 0;
    return split(text, len);
}

struct answer exchange_bytes(uint16_t port, const void *bytes, size_t len)
{
    struct wire w = {.fd = connect_to(port)};
    send(w.fd, bytes, len, MSG_NOSIGNAL);
    struct answer a = read_all(&w);
    close(w.fd);
    return a;
}

static char *request_of(const char *path)
{
    char *text;
    assert_true(asprintf(&text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path) > 0);
    return text;
}

struct answer ask_http(const struct moonlight *m, const char *path)
{
    char *request = request_of(path);
    struct answer a = exchange_bytes(m->http_port, request, strlen(request));
    free(request);
    return a;
}

/* The host has other authorities than ours, or names none: the certificate is shown all the same. */
static gnutls_certificate_credentials_t credentials_of(const struct party *p)
{
    gnutls_certificate_credentials_t c;
    assert_int_equal(gnutls_certificate_allocate_credentials(&c), 0);
    if (p) {
        gnutls_datum_t key, pem = {(unsigned char *)p->pem, (unsigned)strlen(p->pem)};
        assert_int_equal(gnutls_x509_privkey_export2(p->x509_key, GNUTLS_X509_FMT_PEM, &key), 0);
        assert_int_equal(gnutls_certificate_set_x509_key_mem(c, &pem, &key, GNUTLS_X509_FMT_PEM), 0);
        gnutls_free(key.data);
    }
    return c;
}

static void check_host(gnutls_session_t tls, const uint8_t *fingerprint)
{
    unsigned n = 0;
    uint8_t seen[32];
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(tls, &n);
    assert_int_equal(n, 1);
    pf_fingerprint_of(chain[0].data, chain[0].size, seen);
    if (fingerprint)
        assert_memory_equal(seen, fingerprint, 32);
}

struct answer ask_https(const struct moonlight *m, const char *path)
{
    struct wire w = {.fd = connect_to(m->https_port)};
    struct answer a = {0};
    gnutls_certificate_credentials_t c = credentials_of(m->party);
    int rc;
    assert_int_equal(gnutls_init(&w.tls, GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT), 0);
    gnutls_set_default_priority(w.tls);
    gnutls_credentials_set(w.tls, GNUTLS_CRD_CERTIFICATE, c);
    gnutls_transport_set_int(w.tls, w.fd);
    do
        rc = gnutls_handshake(w.tls);
    while (rc < 0 && !gnutls_error_is_fatal(rc));
    if (rc == 0) {
        char *request = request_of(path);
        check_host(w.tls, m->fingerprint);
        gnutls_record_send(w.tls, request, strlen(request));
        a = read_all(&w);
        free(request);
    }
    gnutls_deinit(w.tls);
    gnutls_certificate_free_credentials(c);
    close(w.fd);
    return a;
}

/* ---- pairing --------------------------------------------------------------------------------------------
 */

__attribute__((format(printf, 2, 3))) static struct answer pair_request(
    const struct ceremony *c, const char *fmt, ...)
{
    char *arguments, *path;
    va_list args;
    va_start(args, fmt);
    assert_true(vasprintf(&arguments, fmt, args) > 0);
    va_end(args);
    assert_true(asprintf(&path, "/pair?uniqueid=%s&uuid=1f&devicename=roth&updateState=1&%s", c->uniqueid,
                    arguments) > 0);
    struct answer a = ask_http(c->m, path);
    free(arguments);
    free(path);
    return a;
}

static bool is_paired(struct answer *a)
{
    bool paired = status_code(a) == 200 && strcmp(element(a, "paired"), "1") == 0;
    drop_answer(a);
    return paired;
}

bool phase_1(struct ceremony *c, const char *pin, int *ret_code)
{
    char salt[33], *hex = malloc(2 * strlen(c->m->party->pem) + 1);
    memcpy(c->salt, "0123456789abcdef", 16);
    memcpy(c->challenge, "what is this all", 16);
    memcpy(c->secret, "this is a secret", 16);
    pf_gs_pair_key(c->salt, pin, c->key);
    pf_hex_encode(c->m->party->pem, strlen(c->m->party->pem), hex);
    struct answer a =
        pair_request(c, "phrase=getservercert&salt=%s&clientcert=%s", pf_hex_encode(c->salt, 16, salt), hex);
    bool with_certificate = *element(&a, "plaincert");
    free(hex);
    if (ret_code)
        *ret_code = status_code(&a);
    return is_paired(&a) && with_certificate;
}

static char *encrypted(const uint8_t key[16], const uint8_t *data, size_t len, char *ret_hex)
{
    uint8_t text[32];
    memcpy(text, data, len);
    pf_gs_ecb_encrypt(key, text, len);
    return pf_hex_encode(text, len, ret_hex);
}

bool phase_2(struct ceremony *c)
{
    char hex[33];
    uint8_t response[PF_GS_PAIR_RESPONSE_LEN] = {0};
    struct answer a = pair_request(c, "clientchallenge=%s", encrypted(c->key, c->challenge, 16, hex));
    if (pf_hex_decode(element(&a, "challengeresponse"), response, sizeof(response)))
        pf_gs_ecb_decrypt(c->key, response, sizeof(response));
    memcpy(c->server_hash, response, 32);
    memcpy(c->server_challenge, response + 32, 16);
    return is_paired(&a);
}

static void hash_of(const uint8_t first[16], const struct pf_gs_certificate *certificate,
    const uint8_t last[16], uint8_t ret[32])
{
    struct sha256_ctx h;
    sha256_init(&h);
    sha256_update(&h, 16, first);
    sha256_update(&h, certificate->signature_len, certificate->signature);
    sha256_update(&h, 16, last);
    sha256_digest(&h, 32, ret);
}

bool phase_3(struct ceremony *c)
{
    uint8_t hash[32];
    char hex[65];
    hash_of(c->server_challenge, &c->m->party->certificate, c->secret, hash);
    struct answer a = pair_request(c, "serverchallengeresp=%s", encrypted(c->key, hash, 32, hex));
    snprintf(c->server_secret, sizeof(c->server_secret), "%s", element(&a, "pairingsecret"));
    return is_paired(&a);
}

bool host_is_right(const struct ceremony *c, const struct pf_gs_certificate *host)
{
    uint8_t secret[550], hash[32];
    size_t len = strlen(c->server_secret) / 2;
    if (len < 17 || !pf_hex_decode(c->server_secret, secret, len))
        return false;
    hash_of(c->challenge, host, secret, hash);
    return memcmp(hash, c->server_hash, 32) == 0 &&
           pf_gs_certificate_verify(host, secret, 16, secret + 16, len - 16);
}

bool phase_4(struct ceremony *c, const struct party *signer)
{
    gnutls_datum_t text = {c->secret, 16}, signature;
    char first[33], second[2 * PF_GS_SIGNATURE_MAX + 1];
    assert_int_equal(gnutls_privkey_sign_data2(signer->key, GNUTLS_SIGN_RSA_SHA256, 0, &text, &signature), 0);
    pf_hex_encode(c->secret, 16, first);
    pf_hex_encode(signature.data, signature.size, second);
    gnutls_free(signature.data);
    struct answer a = pair_request(c, "clientpairingsecret=%s%s", first, second);
    return is_paired(&a);
}

bool phase_5(struct ceremony *c)
{
    struct answer a = ask_https(c->m, "/pair?uniqueid=1&phrase=pairchallenge");
    return is_paired(&a);
}

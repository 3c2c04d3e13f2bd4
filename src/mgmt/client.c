#include "mgmt/client.h"

#include "base/bytes.h"
#include "net/address.h"
#include "net/identity.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TIMEOUT_S    10
#define RESPONSE_MAX (8u << 20)

struct tls {
    int fd;
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
};

static void tls_close(struct tls *t)
{
    if (t->session) {
        gnutls_bye(t->session, GNUTLS_SHUT_WR);
        gnutls_deinit(t->session);
    }
    if (t->credentials)
        gnutls_certificate_free_credentials(t->credentials);
    if (t->fd >= 0)
        close(t->fd);
}

static int connect_tcp(const struct pf_mgmt_client *c, struct pf_error *err)
{
    struct sockaddr_storage address;
    const char *text = c->address ? c->address : "127.0.0.1";
    int rc = pf_address_parse(text, c->port, &address, err);
    if (rc < 0)
        return rc;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return pf_error_set(err, -errno, "cannot open a socket: %s", strerror(errno));
    const struct timeval limit = {.tv_sec = TIMEOUT_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(fd, (struct sockaddr *)&address, pf_address_size((struct sockaddr *)&address)) == 0)
        return fd;
    rc = -errno;
    close(fd);
    return pf_error_set(err, rc, "no host answers on %s port %u: %s", text, c->port, strerror(-rc));
}

static int check_peer(const struct pf_mgmt_client *c, gnutls_session_t session, struct pf_error *err)
{
    unsigned n = 0;
    uint8_t have[PF_FINGERPRINT_SIZE];
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
    if (!c->fingerprint)
        return 0;
    if (chain && n > 0) {
        pf_fingerprint_of(chain[0].data, chain[0].size, have);
        if (pf_bytes_equal_ct(have, c->fingerprint, sizeof(have)))
            return 0;
    }
    return pf_error_set(err, -EPERM,
        "the program that listens on port %u is not the host of this configuration (its certificate is "
        "another one)",
        c->port);
}

static int start_tls(const struct pf_mgmt_client *c, struct tls *t, struct pf_error *err)
{
    int rc = gnutls_certificate_allocate_credentials(&t->credentials);
    if (rc == 0 && c->identity) {
        gnutls_x509_crt_t certificate = pf_identity_certificate(c->identity);
        rc = gnutls_certificate_set_x509_key(t->credentials, &certificate, 1, pf_identity_key(c->identity));
    }
    if (rc == 0)
        rc = gnutls_init(&t->session, GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT);
    if (rc == 0)
        rc = gnutls_set_default_priority(t->session);
    if (rc == 0)
        rc = gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, t->credentials);
    if (rc < 0)
        return pf_error_set(err, -ENOMEM, "cannot prepare TLS: %s", gnutls_strerror(rc));
    gnutls_transport_set_int(t->session, t->fd);
    gnutls_handshake_set_timeout(t->session, TIMEOUT_S * 1000);
    do
        rc = gnutls_handshake(t->session);
    while (rc < 0 && !gnutls_error_is_fatal(rc));
    if (rc == GNUTLS_E_TIMEDOUT)
        return pf_error_set(err, -ETIMEDOUT, "the host on port %u does not answer", c->port);
    if (rc < 0)
        return pf_error_set(err, -EPROTO, "no TLS with port %u: %s", c->port, gnutls_strerror(rc));
    return check_peer(c, t->session, err);
}

/* A host that refuses early closes while we still send; its answer is there to be read nevertheless. */
static void send_all(struct tls *t, const uint8_t *data, size_t len)
{
    while (len) {
        ssize_t n = gnutls_record_send(t->session, data, len);
        if (n == GNUTLS_E_INTERRUPTED)
            continue;
        if (n < 0)
            return;
        data += n;
        len -= (size_t)n;
    }
}

static int receive_all(struct tls *t, char **ret_data, size_t *ret_len, struct pf_error *err)
{
    size_t cap = 8192, len = 0;
    char *data = malloc(cap + 1);
    ssize_t n = 0;
    while (data && len <= RESPONSE_MAX) {
        if (len == cap) {
            char *more = realloc(data, (cap *= 2) + 1);
            if (!more)
                break;
            data = more;
        }
        n = gnutls_record_recv(t->session, data + len, cap - len);
        if (n == GNUTLS_E_INTERRUPTED)
            continue;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    if (n == GNUTLS_E_AGAIN) {
        free(data);
        return pf_error_set(err, -ETIMEDOUT, "the host did not answer within %d s", TIMEOUT_S);
    }
    if (!data || n > 0) {
        free(data);
        return pf_error_set(err, -EFBIG, "the host's answer is too long");
    }
    data[len] = 0;
    *ret_data = data;
    *ret_len = len;
    return 0;
}

int pf_mgmt_client_exchange(const struct pf_mgmt_client *c, const void *request, size_t len,
    char **ret_response, size_t *ret_len, struct pf_error *err)
{
    struct tls t = {.fd = connect_tcp(c, err)};
    int rc = t.fd < 0 ? t.fd : start_tls(c, &t, err);
    if (rc == 0) {
        send_all(&t, request, len);
        rc = receive_all(&t, ret_response, ret_len, err);
    }
    tls_close(&t);
    return rc;
}

static int parse_response(
    const char *text, size_t len, unsigned *ret_status, json_t **ret_json, struct pf_error *err)
{
    unsigned status;
    const char *end = strstr(text, "\r\n\r\n");
    if (!end || sscanf(text, "HTTP/1.1 %3u", &status) != 1)
        return pf_error_set(err, -EPROTO, "the answer is not from a punktfunk host");
    const char *body = end + 4;
    *ret_json = json_loadb(body, len - (size_t)(body - text), JSON_DECODE_ANY, NULL);
    *ret_status = status;
    return 0;
}

int pf_mgmt_client_call(const struct pf_mgmt_client *c, const char *method, const char *path,
    const json_t *body, unsigned *ret_status, json_t **ret_json, struct pf_error *err)
{
    char *json = body ? json_dumps(body, JSON_COMPACT) : NULL, *request = NULL, *response = NULL;
    size_t len = 0;
    int n = asprintf(&request,
        "%s %s HTTP/1.1\r\nHost: localhost:%u\r\nConnection: close\r\n%s%s%s%sContent-Length: %zu\r\n\r\n%s",
        method, path, c->port, c->token ? "Authorization: Bearer " : "", c->token ? c->token : "",
        c->token ? "\r\n" : "", json ? "Content-Type: application/json\r\n" : "", json ? strlen(json) : 0,
        json ? json : "");
    free(json);
    if (n < 0)
        return pf_error_set(err, -ENOMEM, "out of memory");
    int rc = pf_mgmt_client_exchange(c, request, (size_t)n, &response, &len, err);
    explicit_bzero(request, (size_t)n);
    free(request);
    if (rc == 0)
        rc = parse_response(response, len, ret_status, ret_json, err);
    free(response);
    return rc;
}

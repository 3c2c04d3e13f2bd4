#include "mgmt/tls_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

_Noreturn void tls_client_die(const char *what)
{
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
    exit(1);
}

/* One for all connections; threads have to come after the first. */
static gnutls_certificate_credentials_t nobody(void)
{
    static gnutls_certificate_credentials_t credentials;
    if (!credentials)
        gnutls_certificate_allocate_credentials(&credentials);
    return credentials;
}

void tls_client_open(struct tls_client *c, uint16_t port)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        tls_client_die("cannot connect");
    gnutls_init(&c->tls, GNUTLS_CLIENT);
    gnutls_set_default_priority(c->tls);
    gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, nobody());
    gnutls_transport_set_int(c->tls, c->fd);
    int rc;
    while ((rc = gnutls_handshake(c->tls)) < 0)
        if (gnutls_error_is_fatal(rc))
            tls_client_die(gnutls_strerror(rc));
}

void tls_client_close(struct tls_client *c)
{
    gnutls_deinit(c->tls);
    close(c->fd);
}

void tls_client_send(struct tls_client *c, const char *request)
{
    if (gnutls_record_send(c->tls, request, strlen(request)) < 0)
        tls_client_die("the server does not take a request");
}

size_t tls_client_ask(struct tls_client *c, const char *request)
{
    char head[16384], *end = NULL;
    size_t n = 0, body = 0, max = sizeof(head) - 1;
    tls_client_send(c, request);
    while (!end || n < (size_t)(end - head) + 4 + body) {
        /* What does not fit is counted, and not kept: nobody looks at a body. */
        ssize_t got = gnutls_record_recv(c->tls, head + (n < max / 2 ? n : max / 2), max / 2 - 1);
        if (got <= 0)
            tls_client_die("the server has closed the connection");
        n += (size_t)got;
        if (end)
            continue;
        if (n >= max)
            tls_client_die("the head of an answer does not end");
        head[n] = 0;
        end = strstr(head, "\r\n\r\n");
        const char *length = end ? strcasestr(head, "content-length:") : NULL;
        body = length ? strtoul(length + 15, NULL, 10) : 0;
    }
    if (strncmp(head, "HTTP/1.1 200", 12) != 0)
        tls_client_die(head);
    return body;
}

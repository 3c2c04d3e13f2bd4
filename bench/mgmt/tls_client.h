/* A connection of a client of the management API or the console, for benchmarks. What fails ends the program.
 */
#ifndef PF_BENCH_TLS_CLIENT_H
#define PF_BENCH_TLS_CLIENT_H

#include <gnutls/gnutls.h>
#include <stddef.h>
#include <stdint.h>

struct tls_client {
    int fd;
    gnutls_session_t tls;
};

_Noreturn void tls_client_die(const char *what);

/* To a port on loopback; the handshake is done. */
void tls_client_open(struct tls_client *c, uint16_t port);
void tls_client_close(struct tls_client *c);

/* Sends a request. */
void tls_client_send(struct tls_client *c, const char *request);
/* Sends it and reads the answer, which has to be 200 and to say its length; the length of its body. */
size_t tls_client_ask(struct tls_client *c, const char *request);

#endif

/* nvhttp's transport: one HTTP or HTTPS server on the control loop (docs/spec/gamestream.md 2.1).
 *
 * It asks for client certificates and takes any in the handshake; who may do what is decided by the handler,
 * from the fingerprint. Every connection carries one request. Limits: 64 connections, 16 at once and 30 new
 * ones a second from one address, 40 KiB of request head, 4 KiB of body (ignored); a peer that dawdles is cut
 * off after 10 s.
 */
#ifndef PF_GAMESTREAM_NVHTTP_HTTP_H
#define PF_GAMESTREAM_NVHTTP_HTTP_H

#include "base/error.h"
#include "gamestream/nvhttp/query.h"

#include <sys/socket.h>

struct pf_identity;
struct pf_loop;

struct pf_gs_http;
/* A request that is being answered. */
struct pf_gs_exchange;

struct pf_gs_request {
    struct pf_gs_exchange *exchange; /* to hold it by; NULL in tests of the handler */
    bool secure;                     /* came over HTTPS */
    const char *path;                /* as sent, without the query */
    struct pf_gs_query query;
    struct sockaddr_storage peer, local; /* IPv4 as IPv4, whatever the socket is */
    bool has_certificate;                /* the peer proved that it owns the one with this fingerprint */
    uint8_t fingerprint[32];
};

struct pf_gs_reply {
    unsigned status;  /* of HTTP; 0: memory ran out */
    const char *type; /* Content-Type; a constant */
    char *body;       /* malloc'ed; the transport frees it */
    size_t len;
    bool held; /* nothing yet: pf_gs_http_answer follows, or `lost` */
};

struct pf_gs_http_config {
    const char *bind_address;           /* numeric */
    uint16_t port;                      /* 0: any free one */
    const struct pf_identity *identity; /* NULL: plain HTTP */
    uint64_t dawdle_ns;                 /* for connecting and asking; 0: 10 s */
    void *user;
    /* Answers, or holds the request. */
    void (*handle)(void *user, const struct pf_gs_request *request, struct pf_gs_reply *ret_reply);
    /* The peer of a held request is gone; it will not be answered. */
    void (*lost)(void *user, struct pf_gs_exchange *exchange);
};

/* Listens and serves. Control loop. Errors: -EINVAL for the address, -EADDRINUSE, other errnos of the socket,
 * -EIO if the HTTP library refuses its settings. */
int pf_gs_http_start(struct pf_loop *loop, const struct pf_gs_http_config *config,
    struct pf_gs_http **ret_http, struct pf_error *err);

/* Closes everything at once; held requests end without an answer and without `lost`. NULL is allowed. */
void pf_gs_http_stop(struct pf_gs_http *http);

uint16_t pf_gs_http_port(const struct pf_gs_http *http);

/* Answers a held request; takes over the body. */
void pf_gs_http_answer(struct pf_gs_exchange *exchange, const struct pf_gs_reply *reply);

#endif

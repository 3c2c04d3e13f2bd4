/* The HTTP and HTTPS transport that the management API and GameStream share: libmicrohttpd on the control
 * loop (management-and-operations.md 3.1, gamestream.md 2.1).
 *
 * This room owns the listening socket, the library's daemon, its place on the loop and the connections: it
 * asks who may connect, ends what takes longer than its deadline however diligently it trickles bytes, and
 * lets requests be held. Who uses it owns the requests and queues their responses with the library's own
 * functions. Over HTTPS any client certificate is asked for and taken; who may do what is decided later, by
 * the fingerprint. Paths and queries come as they were sent.
 *
 * Control loop only, the callbacks included.
 */
#ifndef PF_NET_HTTP_H
#define PF_NET_HTTP_H

#include "base/error.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct pf_identity;
struct pf_loop;

struct pf_http;
/* One connection; lives from before its first request until after `completed` of its last one. */
struct pf_http_connection;

/* The head of a request (len is 0), then pieces of its body, at last its end (len is 0 again). */
struct pf_http_piece {
    const char *path, *method;
    const char *data;
    size_t len;
};

struct pf_http_config {
    const char *scope, *name; /* of log lines; "the management API"; constants */
    struct sockaddr_storage address;
    const struct pf_identity *identity; /* for HTTPS; borrowed while it starts. NULL: plain HTTP */
    unsigned connections_max, connections_per_address_max; /* the second may be 0: as many */
    size_t head_max;                                       /* bytes, of the request's head */
    unsigned idle_s;                                       /* of silence */
    uint64_t head_ns;                                      /* from connecting to the first request's head */

    void *user; /* of the functions; those that say so may be NULL */
    /* Whether it may connect. */
    bool (*admit)(void *user, const struct sockaddr *newcomer);
    /* The request line came: what `request` will start with. May be NULL: it starts with NULL. */
    void *(*line)(void *user, struct pf_http_connection *connection, const char *uri);
    /* Called again after pf_http_resume, as with the end. False: cut the connection. */
    bool (*request)(
        void *user, struct pf_http_connection *connection, const struct pf_http_piece *piece, void **request);
    /* The library is done with the request, which is not NULL: frees it. */
    void (*completed)(void *user, struct pf_http_connection *connection, void *request);
    /* The peer of a held request is gone; the request ends as over. May be NULL: nobody looks. */
    void (*left)(void *user, void *request);
    /* Before the library runs, at least every second while somebody is connected. May be NULL. */
    void (*tick)(void *user, uint64_t now_ns);
};

/* Listens and serves. Errors: -EADDRINUSE and other errnos of the socket, -EIO if the library refuses its
 * settings, -ENOMEM. */
int pf_http_start(struct pf_loop *loop, const struct pf_http_config *config, struct pf_http **ret_http,
    struct pf_error *err);

/* Closes everything at once: held requests are over, and after it returns no function of the config is called
 * again. NULL is allowed. */
void pf_http_stop(struct pf_http *http);

uint16_t pf_http_port(const struct pf_http *http);

/* ---- connections ---- */

/* The connection after this one (NULL: the first); NULL: there are no more. */
const struct pf_http_connection *pf_http_next(
    const struct pf_http *http, const struct pf_http_connection *connection);
/* Whose it is, as the socket says; AF_UNSPEC: it is gone already. */
const struct sockaddr *pf_http_address(const struct pf_http_connection *connection);
/* For the library's own functions. */
struct MHD_Connection *pf_http_mhd(const struct pf_http_connection *connection);

struct pf_http_peer {
    struct sockaddr_storage peer, local; /* IPv4 as IPv4, whatever the socket is */
    bool has_certificate;                /* the peer proved that it owns the one with this fingerprint */
    uint8_t fingerprint[32];
};
void pf_http_read_peer(const struct pf_http_connection *connection, struct pf_http_peer *ret_peer);

/* Ends the connection at that time of the monotonic clock; UINT64_MAX: never. */
void pf_http_set_deadline(struct pf_http_connection *connection, uint64_t deadline_ns);

/* Suspends the connection, without a deadline, until pf_http_resume; from `request` or a content reader. */
void pf_http_hold(struct pf_http_connection *connection, void *request);
bool pf_http_is_held(const struct pf_http_connection *connection);
/* What is held goes on at once, also when this is called while the library runs. Nothing, if it is not. */
void pf_http_resume(struct pf_http_connection *connection);

/* No answer is needed any more, and holding is not allowed: the server stops, or the peer left while it was
 * held. */
bool pf_http_is_over(const struct pf_http_connection *connection);

#endif

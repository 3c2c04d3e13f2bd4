/* A UDP socket and the connections that share it: many for a host, one for a client. Loop thread only.
 *
 * Packets are sent from one place only: the flush at the end of the loop's turn. Whoever has given a
 * connection something to send marks it with pf_quic_endpoint_wake. So calls may come from within handlers,
 * where ngtcp2 must not be asked to write.
 */
#ifndef PF_NET_QUIC_ENDPOINT_H
#define PF_NET_QUIC_ENDPOINT_H

#include "base/log.h"
#include "net/quic.h"
#include "net/quic_cids.h"
#include "net/quic_socket.h"

#include <gnutls/gnutls.h>
#include <uv.h>

enum {
    PF_QUIC_MAX_PAYLOAD = 1452, /* that we send (PMTUD's highest probe) */
    PF_QUIC_MAX_RECEIVE = 1472, /* that we announce */
    PF_QUIC_SECRET = 32,
};

struct pf_quic_endpoint {
    struct pf_loop *loop;
    struct pf_quic_config config; /* complete: no zeros */
    const struct pf_quic_handlers *handlers;
    gnutls_certificate_credentials_t credentials;
    void *user; /* of new connections */
    bool server, accepting;

    struct pf_quic_socket socket;
    uv_poll_t poll;
    uv_idle_t flush; /* active while a connection is dirty */
    unsigned handles_open;

    struct pf_quic_cids cids;
    struct pf_quic_conn *conns; /* all, closed ones that still linger too */
    struct pf_quic_conn *dirty_first, **dirty_last;
    unsigned live, handshakes; /* not closed; of these, not ready */
    unsigned lingering;        /* closed */
    unsigned held;             /* connections with a packet that the socket did not take */

    uint8_t reset_secret[PF_QUIC_SECRET]; /* stateless resets; the same after a restart */
    uint8_t retry_secret[PF_QUIC_SECRET];
    struct pf_rate_limit reset_rate, log_rate;
    struct pf_quic_listener_stats stats;

    bool closing;
    void (*done)(void *user);
    void *done_user;
};

/* Fills in defaults; opens socket and handles. `identity` may be NULL for a client. On failure nothing is
 * left. Returns -errno, with a sentence only where it says more than errno. */
int pf_quic_endpoint_init(struct pf_quic_endpoint *ep, struct pf_loop *loop, const struct sockaddr *bind_to,
    bool server, const struct pf_identity *identity, const struct pf_quic_config *config);

/* The endpoint goes away once its last connection is gone; it then frees itself and calls `done`. */
void pf_quic_endpoint_finish(struct pf_quic_endpoint *ep, void (*done)(void *user), void *user);

/* Has the connection flushed in this turn of the loop. */
void pf_quic_endpoint_wake(struct pf_quic_endpoint *ep, struct pf_quic_conn *conn);

/* Makes sure that the flush runs, for news of the endpoint itself. */
void pf_quic_endpoint_wake_self(struct pf_quic_endpoint *ep);

/* Links and unlinks a connection. */
void pf_quic_endpoint_add(struct pf_quic_endpoint *ep, struct pf_quic_conn *conn);
void pf_quic_endpoint_remove(struct pf_quic_endpoint *ep, struct pf_quic_conn *conn);

/* 0, or -EAGAIN: the caller keeps the packet and tries again when told (pf_quic_conn_writable). */
int pf_quic_endpoint_send(struct pf_quic_endpoint *ep, const void *data, size_t len, const ngtcp2_path *path);

/* -ENOSPC and the like tell why a random ID could not be had; `cid` gets PF_QUIC_CID_SIZE bytes. */
int pf_quic_endpoint_new_cid(struct pf_quic_endpoint *ep, ngtcp2_cid *cid);

ngtcp2_path pf_quic_path_of(const struct pf_quic_route *route);

#endif

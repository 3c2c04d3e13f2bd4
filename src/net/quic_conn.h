/* One QUIC connection. Loop thread only.
 *
 * States: HANDSHAKE → READY → LINGERING → freed, or any → LINGERING. A lingering connection is over for the
 * application; it answers stragglers with its close for a moment.
 */
#ifndef PF_NET_QUIC_CONN_H
#define PF_NET_QUIC_CONN_H

#include "net/identity.h"
#include "net/quic.h"
#include "net/quic_datagrams.h"
#include "net/quic_endpoint.h"
#include "net/quic_stream.h"

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

enum { PF_QUIC_REASON_MAX = 256 };

enum pf_quic_state { PF_QUIC_HANDSHAKE, PF_QUIC_READY, PF_QUIC_LINGERING };

struct pf_quic_conn {
    struct pf_quic_endpoint *ep;
    struct pf_quic_conn *next, **prev; /* in ep->conns */
    struct pf_quic_conn *dirty_next;
    bool dirty;

    enum pf_quic_state state;
    ngtcp2_conn *ng;
    gnutls_session_t tls;
    ngtcp2_crypto_conn_ref ref;
    struct pf_quic_cid *cids;
    struct pf_timer *timer;
    void *user;
    enum pf_quic_standing standing; /* of a host's client */

    bool pinned, wrong_peer, was_reset;
    uint8_t pin[PF_FINGERPRINT_SIZE];
    bool has_fingerprint;
    uint8_t fingerprint[PF_FINGERPRINT_SIZE];

    struct pf_quic_stream *streams, **last_stream;
    struct pf_quic_datagrams datagrams;

    /* A packet that waits for the socket, or, while lingering, the close that is repeated. */
    uint8_t *kept;
    size_t kept_len;
    struct pf_quic_route kept_route;
    bool held;
    unsigned repeats;

    bool close_asked; /* by pf_quic_close */
    uint64_t close_code;
    char close_reason[PF_QUIC_REASON_MAX + 1];
    uint64_t rtt_ns; /* kept when ngtcp2's state goes */
    struct pf_quic_route last_route;
};

/* Makes a connection without ngtcp2 and TLS state, linked into the endpoint. NULL: out of memory. */
struct pf_quic_conn *pf_quic_conn_create(struct pf_quic_endpoint *ep);
void pf_quic_conn_destroy(struct pf_quic_conn *conn);

/* Frees what only a living connection needs. */
void pf_quic_conn_shed(struct pf_quic_conn *conn);

/* Settings and transport parameters of table 1.3. */
void pf_quic_conn_parameters(
    const struct pf_quic_endpoint *ep, ngtcp2_settings *settings, ngtcp2_transport_params *params);

/* Takes over the new ngtcp2 state and makes the TLS session; 0 or -errno. */
int pf_quic_conn_attach(struct pf_quic_conn *conn, ngtcp2_conn *ng);

/* A datagram for this connection. May destroy it. */
void pf_quic_conn_receive(
    struct pf_quic_conn *conn, const struct pf_quic_route *route, const uint8_t *data, size_t len);

/* Sends what there is to send, closes if asked to. May destroy it. */
void pf_quic_conn_flush(struct pf_quic_conn *conn);

/* The socket takes packets again. */
void pf_quic_conn_writable(struct pf_quic_conn *conn);

/* ---- for the parts of a connection ---- */

/* quic_callbacks.c */
extern const ngtcp2_callbacks pf_quic_client_callbacks, pf_quic_server_callbacks;

/* quic_send.c: writes packets until nothing is left, the network or the socket wants a pause, or ngtcp2
 * reports an error, which is returned (0 otherwise). */
int pf_quic_conn_send(struct pf_quic_conn *conn, uint64_t now);

/* Keeps the packet for later. 0 or -ENOMEM. */
int pf_quic_conn_keep(struct pf_quic_conn *conn, const void *data, size_t len, const ngtcp2_path *path);
void pf_quic_conn_drop_kept(struct pf_quic_conn *conn);

/* quic_close.c: ends the connection and tells the application. May destroy it. */
void pf_quic_conn_close_here(struct pf_quic_conn *conn);             /* as pf_quic_close asked */
void pf_quic_conn_fail(struct pf_quic_conn *conn, int ngtcp2_error); /* an error of any ngtcp2 call */
void pf_quic_conn_repeat_close(struct pf_quic_conn *conn);

/* True if handlers may be called: the application knows the connection and has not closed it. */
bool pf_quic_conn_is_open(const struct pf_quic_conn *conn);

/* NULL if there is no such stream. */
struct pf_quic_stream *pf_quic_conn_stream(const struct pf_quic_conn *conn, int64_t id);
struct pf_quic_stream *pf_quic_conn_add_stream(struct pf_quic_conn *conn, int64_t id);
void pf_quic_conn_remove_stream(struct pf_quic_conn *conn, struct pf_quic_stream *stream);

#endif

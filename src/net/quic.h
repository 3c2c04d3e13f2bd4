/* QUIC on the control loop, for the host (listen) and for clients (connect).
 *
 * Defined by docs/spec/punktfunk1-control.md 1.1 to 1.3; close codes in 6.4. TLS 1.3, ALPN `pkf1`, unreliable
 * datagrams, any self-signed certificate on either side: who the peer is follows from the fingerprint of its
 * certificate, whose key it has proven to own.
 *
 * Everything here belongs to the loop's thread: every call and every handler. Calls never wait, and they
 * never call a handler before they return. Several calls of one turn of the loop share packets.
 *
 * Life of a connection: `ready` once, then stream and datagram handlers, then `closed` once. A host learns of
 * a connection when its TLS handshake is complete, so `closed` always follows `ready` there; a client gets
 * `closed` for every connection that pf_quic_connect started, be it ready or not. A pointer to a connection
 * is valid until its `closed` has returned.
 */
#ifndef PF_NET_QUIC_H
#define PF_NET_QUIC_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct pf_identity;
struct pf_loop;

struct pf_quic_conn;
struct pf_quic_listener;

/* A member that is 0 (or NULL) takes the value of the specification or the default named here. */
struct pf_quic_config {
    unsigned idle_timeout_ms; /* 8000; kept within 200 ms … 1 h. PINGs go every min(half of it, 4 s) */
    size_t stream_buffer;     /* bytes a stream may hold until the peer acknowledges them: 1 MiB */
    size_t datagram_buffer;   /* bytes of datagrams that may wait to be sent: 4096 */
    unsigned max_handshakes;  /* listener: unfinished handshakes: 64. Beyond, an address must prove itself
                                 first  (Retry); beyond four times as many, new clients get no answer */
    unsigned max_connections; /* listener: 512. Beyond, the oldest stranger goes; new clients get no answer if
                                 there is none */
    unsigned max_per_address; /* listener: strangers of one IPv4 address or IPv6 /64: 16. Beyond, an address
                                 must prove itself, and its oldest stranger goes */
    unsigned handshake_timeout_ms; /* 10000 */
    const char *const *alpn;       /* protocol names in order of preference, ended by NULL: {"pkf1", NULL} */
};

enum pf_quic_close_kind {
    PF_QUIC_CLOSED_BY_PEER, /* application close: code and reason are the peer's */
    PF_QUIC_CLOSED_HERE,    /* pf_quic_close, or the listener was closed: code and reason of the call */
    PF_QUIC_CLOSED_IDLE,    /* silence for the idle timeout */
    PF_QUIC_CLOSED_HANDSHAKE_FAILED, /* before `ready`; code is the TLS alert, or 0 */
    PF_QUIC_CLOSED_WRONG_PEER,       /* client: the host's certificate is not the pinned one */
    PF_QUIC_CLOSED_TRANSPORT, /* a QUIC error on either side, or the peer lost its state; code is QUIC's */
};

struct pf_quic_close_info {
    enum pf_quic_close_kind kind;
    uint64_t code;
    const char
        *reason; /* text sent with the close; control characters and broken UTF-8 became '?'; never NULL */
    const char *text; /* one sentence for a log or a person, without a full stop */
};

/* Members may be NULL. `data` is borrowed for the call and never NULL. */
struct pf_quic_handlers {
    /* Listener: a client has connected; pf_quic_user is still the listener's user pointer. Client: the host
     * has answered and (if pinned) is the right one. */
    void (*ready)(struct pf_quic_conn *conn);
    /* Bytes in order, of a bidirectional stream that either side opened; len may be 0 if fin. After fin
     * nothing more comes. The first call or reset for an unknown id is how a stream of the peer shows up. */
    void (*stream_data)(struct pf_quic_conn *conn, int64_t stream, const uint8_t *data, size_t len, bool fin);
    /* The peer will send no more on the stream and lost interest in the rest. */
    void (*stream_reset)(struct pf_quic_conn *conn, int64_t stream, uint64_t code);
    /* The peer does not want what we send on the stream (or has reset it); noticed when there is something to
     * send. Writes give -EPIPE from now on. */
    void (*stream_stopped)(struct pf_quic_conn *conn, int64_t stream);
    /* After a write returned -EAGAIN: at least half of the stream's buffer is free again. */
    void (*stream_writable)(struct pf_quic_conn *conn, int64_t stream);
    /* Both directions are over and everything we sent is acknowledged (or reset); the id is unknown from now
     * on. Not called for streams that are open when the connection closes. */
    void (*stream_closed)(struct pf_quic_conn *conn, int64_t stream);
    void (*datagram)(struct pf_quic_conn *conn, const uint8_t *data, size_t len);
    void (*closed)(struct pf_quic_conn *conn, const struct pf_quic_close_info *info);
};

/* ---- host ---- */

/* Binds UDP `address` (numeric; "::" takes IPv4 too; NULL: that, or 0.0.0.0 without IPv6) and `port` (0: any
 * free one) and accepts connections. `identity`, `handlers` and what `config` points to are borrowed until
 * the listener is closed; `user` becomes the user pointer of every new connection. Errors: -EADDRINUSE,
 * -EINVAL for an address that is not numeric, other errno of bind. */
int pf_quic_listen(struct pf_loop *loop, const char *address, uint16_t port,
    const struct pf_identity *identity, const struct pf_quic_config *config,
    const struct pf_quic_handlers *handlers, void *user, struct pf_quic_listener **ret_listener,
    struct pf_error *err);

uint16_t pf_quic_listener_port(const struct pf_quic_listener *listener);

/* New clients get no answer from now on; existing connections live on. */
void pf_quic_listener_stop_accepting(struct pf_quic_listener *listener);

/* Connections that are ready and not closed. For tests. */
unsigned pf_quic_listener_connections(const struct pf_quic_listener *listener);

struct pf_quic_listener_stats {
    uint64_t accepted;          /* handshakes completed */
    uint64_t handshakes_failed; /* refused, broken off or timed out */
    uint64_t retries;           /* clients asked to prove their address */
    uint64_t dropped;           /* datagrams nobody was meant to send us, or that did not fit the limits */
    unsigned handshakes;        /* unfinished now */
};
void pf_quic_listener_stats(const struct pf_quic_listener *listener, struct pf_quic_listener_stats *ret);

/* What the application knows about a client. */
enum pf_quic_standing {
    PF_QUIC_STRANGER, /* at first: small windows and few streams; may be closed (0x42) to make room */
    PF_QUIC_AWAITED,  /* somebody decides about it: not closed for want of room. The application bounds these
                       */
    PF_QUIC_ADMITTED, /* the whole windows of table 1.3; does not count against its address */
};

/* Raises the standing of a client; it never sinks again. */
void pf_quic_set_standing(struct pf_quic_conn *conn, enum pf_quic_standing standing);

/* Closes every connection with the code and reason (their `closed` is called), repeats the close for peers
 * that missed it for as long as QUIC asks (well below a second on a good network, 1 s at most), frees
 * everything and then calls `done` (may be NULL). The listener must not be used any more. */
void pf_quic_listener_close(struct pf_quic_listener *listener, uint64_t code, const char *reason,
    void (*done)(void *user), void *user);

/* ---- client ---- */

/* Connects to `address` (IPv4 or IPv6). `identity` may be NULL: no certificate is shown then. `pin` is NULL
 * or the 32-byte fingerprint that the host must have; it is copied, and the handshake is aborted if it does
 * not match. `identity` and `handlers` are borrowed until `closed` has returned. Errors: -errno of socket and
 * bind; everything later is told by `closed`. */
int pf_quic_connect(struct pf_loop *loop, const struct sockaddr *address, const struct pf_identity *identity,
    const uint8_t *pin, const struct pf_quic_config *config, const struct pf_quic_handlers *handlers,
    void *user, struct pf_quic_conn **ret_conn, struct pf_error *err);

/* ---- connections ---- */

void pf_quic_set_user(struct pf_quic_conn *conn, void *user);
void *pf_quic_user(const struct pf_quic_conn *conn);

/* Closes at once: what was written and not yet acknowledged may be lost. `reason` is UTF-8, cut to 256 bytes,
 * or NULL. `closed` follows soon (kind CLOSED_HERE); no other handler of this connection runs any more. A
 * second close changes nothing. */
void pf_quic_close(struct pf_quic_conn *conn, uint64_t code, const char *reason);

/* SHA-256 of the peer's leaf certificate, 32 bytes, or NULL if it showed none (or is not ready). Borrowed. */
const uint8_t *pf_quic_peer_fingerprint(const struct pf_quic_conn *conn);

/* Addresses of the path in use; they change when the peer moves to another network. IPv4 is always shown as
 * IPv4. The local address of a client may be 0.0.0.0 or ::, with its real port. */
void pf_quic_peer_address(const struct pf_quic_conn *conn, struct sockaddr_storage *ret);
void pf_quic_local_address(const struct pf_quic_conn *conn, struct sockaddr_storage *ret);

/* Smoothed round trip; 0 before `ready`. */
uint64_t pf_quic_rtt_ns(const struct pf_quic_conn *conn);

/* ---- streams ---- */

/* Opens a bidirectional stream. The peer sees it with the first bytes. -EAGAIN: the peer's limit of open
 * streams is reached; -EPIPE: the connection is not ready or closing. */
int pf_quic_stream_open(struct pf_quic_conn *conn, int64_t *ret_stream);

/* Queues a copy of all the bytes, or of none: -EAGAIN if they do not fit into the stream's buffer now (wait
 * for `stream_writable`), -EMSGSIZE if they never will; -ENOENT: no such stream; -EPIPE: finished, reset,
 * stopped by the peer, or the connection is closing; -ENOMEM. */
int pf_quic_stream_write(struct pf_quic_conn *conn, int64_t stream, const void *data, size_t len);

/* No more bytes after those already queued. Returns 0, -ENOENT or -EPIPE. */
int pf_quic_stream_finish(struct pf_quic_conn *conn, int64_t stream);

/* Throws away what is queued and tells the peer that nothing more comes. Returns 0, -ENOENT or -EPIPE. */
int pf_quic_stream_reset(struct pf_quic_conn *conn, int64_t stream, uint64_t code);

/* Tells the peer to send no more; nothing more is delivered. Returns 0, -ENOENT or -EPIPE. */
int pf_quic_stream_stop(struct pf_quic_conn *conn, int64_t stream, uint64_t code);

/* Bytes queued or sent, not acknowledged; 0 for an unknown stream. For tests. */
size_t pf_quic_stream_pending(const struct pf_quic_conn *conn, int64_t stream);

/* ---- datagrams ---- */

/* Largest datagram that can be sent now; 0 if the connection is not ready or the peer takes none. Changes
 * with the path, never below about 1150 bytes for a peer of this protocol. */
size_t pf_quic_datagram_max(const struct pf_quic_conn *conn);

/* Queues a copy. If the queue is full, the oldest that wait are dropped. -EMSGSIZE: larger than the maximum;
 * -EPIPE: not ready or closing; -ENOMEM. */
int pf_quic_datagram_send(struct pf_quic_conn *conn, const void *data, size_t len);

/* Datagrams dropped unsent because the queue was full. For tests. */
uint64_t pf_quic_datagrams_dropped(const struct pf_quic_conn *conn);

#endif

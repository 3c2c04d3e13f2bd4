#include "net/quic.h"

#include "base/time.h"
#include "net/address.h"
#include "net/quic_conn.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* The endpoint frees itself, so it comes first. */
struct pf_quic_listener {
    struct pf_quic_endpoint ep;
};

/* ---- host ---- */

static int say_why_not_bound(int rc, const char *address, uint16_t port, struct pf_error *err)
{
    if (rc == -EADDRINUSE)
        return pf_error_set(err, rc,
            "UDP port %u is already in use: another host is probably running; stop it or choose another port",
            port);
    return pf_error_set(err, rc, "cannot listen on %s, UDP port %u: %s", address, port, strerror(-rc));
}

/* A kernel without IPv6 says one of these. */
static bool lacks_ipv6(int rc)
{
    return rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL;
}

static int bind_endpoint(struct pf_quic_endpoint *ep, struct pf_loop *loop, const char *address,
    uint16_t port, const struct pf_identity *identity, const struct pf_quic_config *config,
    struct pf_error *err)
{
    struct sockaddr_storage bind_to;
    const char *where = address ? address : "::";
    int rc = pf_address_parse(where, 0, &bind_to, err);
    if (rc)
        return rc;
    pf_address_set_port(&bind_to, port);
    rc = pf_quic_endpoint_init(ep, loop, (const struct sockaddr *)&bind_to, true, identity, config);
    if (!address && lacks_ipv6(rc))
        return bind_endpoint(ep, loop, "0.0.0.0", port, identity, config, err);
    return rc ? say_why_not_bound(rc, where, port, err) : 0;
}

int pf_quic_listen(struct pf_loop *loop, const char *address, uint16_t port,
    const struct pf_identity *identity, const struct pf_quic_config *config,
    const struct pf_quic_handlers *handlers, void *user, struct pf_quic_listener **ret_listener,
    struct pf_error *err)
{
    struct pf_quic_listener *listener = calloc(1, sizeof(*listener));
    if (!listener)
        return pf_error_set(err, -ENOMEM, "cannot listen: out of memory");
    int rc = bind_endpoint(&listener->ep, loop, address, port, identity, config, err);
    if (rc) {
        free(listener);
        return rc;
    }
    listener->ep.handlers = handlers;
    listener->ep.user = user;
    listener->ep.accepting = true;
    *ret_listener = listener;
    return 0;
}

uint16_t pf_quic_listener_port(const struct pf_quic_listener *listener)
{
    return pf_address_port((const struct sockaddr *)&listener->ep.socket.bound);
}

void pf_quic_listener_stop_accepting(struct pf_quic_listener *listener)
{
    listener->ep.accepting = false;
}

unsigned pf_quic_listener_connections(const struct pf_quic_listener *listener)
{
    return listener->ep.live - listener->ep.handshakes;
}

void pf_quic_listener_stats(const struct pf_quic_listener *listener, struct pf_quic_listener_stats *ret)
{
    *ret = listener->ep.stats;
    ret->handshakes = listener->ep.handshakes;
}

void pf_quic_listener_close(struct pf_quic_listener *listener, uint64_t code, const char *reason,
    void (*done)(void *user), void *user)
{
    for (struct pf_quic_conn *conn = listener->ep.conns; conn; conn = conn->next)
        pf_quic_close(conn, code, reason);
    pf_quic_endpoint_finish(&listener->ep, done, user);
}

/* ---- client ---- */

static int dial(struct pf_quic_conn *conn, const struct sockaddr *address)
{
    struct pf_quic_endpoint *ep = conn->ep;
    ngtcp2_settings settings;
    ngtcp2_transport_params params;
    ngtcp2_cid scid, dcid = {.datalen = NGTCP2_MIN_INITIAL_DCIDLEN};
    ngtcp2_conn *ng;

    conn->last_route.local = ep->socket.bound;
    memcpy(&conn->last_route.remote, address, pf_address_size(address));
    const ngtcp2_path path = pf_quic_path_of(&conn->last_route);
    pf_quic_conn_parameters(ep, &settings, &params);
    if (gnutls_rnd(GNUTLS_RND_RANDOM, dcid.data, dcid.datalen) < 0 || pf_quic_endpoint_new_cid(ep, &scid))
        return -EIO;
    if (pf_quic_cids_add(&ep->cids, &scid, conn, &conn->cids) ||
        ngtcp2_conn_client_new(&ng, &dcid, &scid, &path, NGTCP2_PROTO_VER_V1, &pf_quic_client_callbacks,
            &settings, &params, NULL, conn))
        return -ENOMEM;
    return pf_quic_conn_attach(conn, ng);
}

int pf_quic_connect(struct pf_loop *loop, const struct sockaddr *address, const struct pf_identity *identity,
    const uint8_t *pin, const struct pf_quic_config *config, const struct pf_quic_handlers *handlers,
    void *user, struct pf_quic_conn **ret_conn, struct pf_error *err)
{
    struct sockaddr_storage any = {.ss_family = address->sa_family};
    if (!pf_address_size(address))
        return pf_error_set(err, -EINVAL, "cannot connect: the address is neither IPv4 nor IPv6");
    struct pf_quic_endpoint *ep = malloc(sizeof(*ep));
    if (!ep)
        return pf_error_set(err, -ENOMEM, "cannot connect: out of memory");
    int rc = pf_quic_endpoint_init(ep, loop, (const struct sockaddr *)&any, false, identity, config);
    if (rc) {
        free(ep);
        return pf_error_set(err, rc, "cannot open a UDP socket: %s", strerror(-rc));
    }
    ep->handlers = handlers;
    ep->user = user;
    struct pf_quic_conn *conn = pf_quic_conn_create(ep);
    rc = conn ? dial(conn, address) : -ENOMEM;
    if (rc) {
        if (conn)
            pf_quic_conn_destroy(conn);
        pf_quic_endpoint_finish(ep, NULL, NULL);
        return pf_error_set(err, rc, "cannot connect: %s", strerror(-rc));
    }
    if (pin) {
        memcpy(conn->pin, pin, sizeof(conn->pin));
        conn->pinned = true;
    }
    pf_quic_endpoint_wake(ep, conn);
    *ret_conn = conn;
    return 0;
}

/* ---- connections ---- */

void pf_quic_set_user(struct pf_quic_conn *conn, void *user)
{
    conn->user = user;
}

void *pf_quic_user(const struct pf_quic_conn *conn)
{
    return conn->user;
}

/* Cuts at a character. */
static void copy_reason(char out[PF_QUIC_REASON_MAX + 1], const char *reason)
{
    size_t len = reason ? strlen(reason) : 0;
    if (len > PF_QUIC_REASON_MAX) {
        len = PF_QUIC_REASON_MAX;
        while (len && ((uint8_t)reason[len] & 0xc0) == 0x80)
            len--;
    }
    if (len)
        memcpy(out, reason, len);
    out[len] = 0;
}

void pf_quic_close(struct pf_quic_conn *conn, uint64_t code, const char *reason)
{
    if (conn->state == PF_QUIC_LINGERING || conn->close_asked)
        return;
    conn->close_asked = true;
    conn->close_code = code;
    copy_reason(conn->close_reason, reason);
    pf_quic_endpoint_wake(conn->ep, conn);
}

const uint8_t *pf_quic_peer_fingerprint(const struct pf_quic_conn *conn)
{
    return conn->has_fingerprint ? conn->fingerprint : NULL;
}

void pf_quic_peer_address(const struct pf_quic_conn *conn, struct sockaddr_storage *ret)
{
    pf_address_unmap(conn->ng ? ngtcp2_conn_get_path(conn->ng)->remote.addr
                              : (const struct sockaddr *)&conn->last_route.remote,
        ret);
}

void pf_quic_local_address(const struct pf_quic_conn *conn, struct sockaddr_storage *ret)
{
    pf_address_unmap(conn->ng ? ngtcp2_conn_get_path(conn->ng)->local.addr
                              : (const struct sockaddr *)&conn->last_route.local,
        ret);
}

uint64_t pf_quic_rtt_ns(const struct pf_quic_conn *conn)
{
    ngtcp2_conn_info info;
    if (!conn->ng || conn->state == PF_QUIC_HANDSHAKE)
        return conn->rtt_ns;
    ngtcp2_conn_get_conn_info(conn->ng, &info);
    return info.smoothed_rtt;
}

/* ---- streams ---- */

int pf_quic_stream_open(struct pf_quic_conn *conn, int64_t *ret_stream)
{
    int64_t id;
    if (!pf_quic_conn_is_open(conn))
        return -EPIPE;
    int rv = ngtcp2_conn_open_bidi_stream(conn->ng, &id, NULL);
    if (rv)
        return rv == NGTCP2_ERR_STREAM_ID_BLOCKED ? -EAGAIN : -ENOMEM;
    if (!pf_quic_conn_add_stream(conn, id)) {
        ngtcp2_conn_shutdown_stream(conn->ng, 0, id, 0);
        return -ENOMEM;
    }
    *ret_stream = id;
    return 0;
}

/* The stream if it can be written to; else NULL and the reason. */
static struct pf_quic_stream *writable_stream(struct pf_quic_conn *conn, int64_t id, int *ret_error)
{
    struct pf_quic_stream *s = NULL;
    *ret_error = 0;
    if (!pf_quic_conn_is_open(conn))
        *ret_error = -EPIPE;
    else if (!(s = pf_quic_conn_stream(conn, id)))
        *ret_error = -ENOENT;
    else if (s->finish || s->shut)
        *ret_error = -EPIPE;
    return *ret_error ? NULL : s;
}

int pf_quic_stream_write(struct pf_quic_conn *conn, int64_t stream, const void *data, size_t len)
{
    const size_t limit = conn->ep->config.stream_buffer;
    int error;
    struct pf_quic_stream *s = writable_stream(conn, stream, &error);
    if (!s)
        return error;
    if (len > limit)
        return -EMSGSIZE;
    if (s->pending + len > limit) {
        s->wants_room = true;
        return -EAGAIN;
    }
    if (pf_quic_stream_append(s, data, len))
        return -ENOMEM;
    pf_quic_endpoint_wake(conn->ep, conn);
    return 0;
}

int pf_quic_stream_finish(struct pf_quic_conn *conn, int64_t stream)
{
    int error;
    struct pf_quic_stream *s = writable_stream(conn, stream, &error);
    if (!s)
        return error;
    s->finish = true;
    pf_quic_endpoint_wake(conn->ep, conn);
    return 0;
}

int pf_quic_stream_reset(struct pf_quic_conn *conn, int64_t stream, uint64_t code)
{
    if (!pf_quic_conn_is_open(conn))
        return -EPIPE;
    struct pf_quic_stream *s = pf_quic_conn_stream(conn, stream);
    if (!s)
        return -ENOENT;
    if (s->shut)
        return -EPIPE;
    s->shut = true;
    ngtcp2_conn_shutdown_stream_write(conn->ng, 0, stream, code);
    pf_quic_endpoint_wake(conn->ep, conn);
    return 0;
}

int pf_quic_stream_stop(struct pf_quic_conn *conn, int64_t stream, uint64_t code)
{
    if (!pf_quic_conn_is_open(conn))
        return -EPIPE;
    struct pf_quic_stream *s = pf_quic_conn_stream(conn, stream);
    if (!s)
        return -ENOENT;
    s->deaf = true;
    ngtcp2_conn_shutdown_stream_read(conn->ng, 0, stream, code);
    pf_quic_endpoint_wake(conn->ep, conn);
    return 0;
}

size_t pf_quic_stream_pending(const struct pf_quic_conn *conn, int64_t stream)
{
    const struct pf_quic_stream *s = pf_quic_conn_stream(conn, stream);
    return s ? s->pending : 0;
}

/* ---- datagrams ---- */

/* Bytes of a packet around a datagram: first byte, packet number, seal, frame type and length. */
enum { DATAGRAM_OVERHEAD = 1 + 4 + 16, DATAGRAM_FRAME_HEAD = 1 + 2 };

size_t pf_quic_datagram_max(const struct pf_quic_conn *conn)
{
    if (!pf_quic_conn_is_open(conn))
        return 0;
    const ngtcp2_transport_params *peer = ngtcp2_conn_get_remote_transport_params(conn->ng);
    const size_t packet = ngtcp2_conn_get_path_max_tx_udp_payload_size(conn->ng);
    const size_t around = DATAGRAM_OVERHEAD + DATAGRAM_FRAME_HEAD + ngtcp2_conn_get_dcid(conn->ng)->datalen;
    if (!peer || peer->max_datagram_frame_size <= DATAGRAM_FRAME_HEAD || packet <= around)
        return 0;
    const uint64_t limit = peer->max_datagram_frame_size - DATAGRAM_FRAME_HEAD;
    return packet - around < limit ? packet - around : (size_t)limit;
}

int pf_quic_datagram_send(struct pf_quic_conn *conn, const void *data, size_t len)
{
    if (!pf_quic_conn_is_open(conn))
        return -EPIPE;
    if (len > pf_quic_datagram_max(conn))
        return -EMSGSIZE;
    int rc = pf_quic_datagrams_push(&conn->datagrams, data, len);
    if (!rc)
        pf_quic_endpoint_wake(conn->ep, conn);
    return rc;
}

uint64_t pf_quic_datagrams_dropped(const struct pf_quic_conn *conn)
{
    return conn->datagrams.dropped;
}

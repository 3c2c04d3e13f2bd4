#include "net/quic_endpoint.h"

#include "base/time.h"
#include "net/address.h"
#include "net/identity.h"
#include "net/loop.h"
#include "net/quic_accept.h"
#include "net/quic_conn.h"
#include "net/quic_tls.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    READ_BURST = 64,     /* datagrams per wake-up, so that nothing else on the loop starves */
    RECEIVE_SIZE = 2048, /* larger than anything a peer may send */
};

ngtcp2_path pf_quic_path_of(const struct pf_quic_route *route)
{
    struct sockaddr *local = (struct sockaddr *)&route->local, *remote = (struct sockaddr *)&route->remote;
    return (ngtcp2_path){
        .local = {.addr = local, .addrlen = pf_address_size(local)},
        .remote = {.addr = remote, .addrlen = pf_address_size(remote)},
    };
}

/* ---- receiving ---- */

static void dispatch(
    struct pf_quic_endpoint *ep, const struct pf_quic_route *route, uint8_t *data, size_t len)
{
    ngtcp2_version_cid header;
    int rv = ngtcp2_pkt_decode_version_cid(&header, data, len, PF_QUIC_CID_SIZE);
    struct pf_quic_conn *conn = rv ? NULL : pf_quic_cids_find(&ep->cids, header.dcid, header.dcidlen);
    if (!conn && !rv && !ep->server) /* a stateless reset has no ID; a client has one connection */
        conn = ep->conns;
    if (conn)
        pf_quic_conn_receive(conn, route, data, len);
    else if (ep->server && (rv == 0 || rv == NGTCP2_ERR_VERSION_NEGOTIATION))
        pf_quic_accept(ep, route, &header, data, len);
    else
        ep->stats.dropped++;
}

static void receive_burst(struct pf_quic_endpoint *ep)
{
    uint8_t data[RECEIVE_SIZE];
    for (int i = 0; i < READ_BURST; i++) {
        struct pf_quic_route route;
        ssize_t n = pf_quic_socket_receive(&ep->socket, data, sizeof(data), &route);
        if (n < 0)
            return;
        if (n > 0)
            dispatch(ep, &route, data, (size_t)n);
    }
}

static void on_poll(uv_poll_t *handle, int status, int events);

static void watch(struct pf_quic_endpoint *ep)
{
    if (!uv_is_closing((uv_handle_t *)&ep->poll))
        uv_poll_start(&ep->poll, UV_READABLE | (ep->held ? UV_WRITABLE : 0), on_poll);
}

static void send_held(struct pf_quic_endpoint *ep)
{
    for (struct pf_quic_conn *conn = ep->conns; conn; conn = conn->next)
        if (conn->held)
            pf_quic_conn_writable(conn);
    if (!ep->held)
        watch(ep);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct pf_quic_endpoint *ep = handle->data;
    if (events & UV_WRITABLE)
        send_held(ep);
    if (status < 0 || events & UV_READABLE)
        receive_burst(ep);
}

/* ---- sending ---- */

int pf_quic_endpoint_send(struct pf_quic_endpoint *ep, const void *data, size_t len, const ngtcp2_path *path)
{
    int rc = pf_quic_socket_send(&ep->socket, data, len, path->local.addr, path->remote.addr);
    if (rc)
        uv_poll_start(&ep->poll, UV_READABLE | UV_WRITABLE, on_poll);
    return rc;
}

void pf_quic_endpoint_wake(struct pf_quic_endpoint *ep, struct pf_quic_conn *conn)
{
    if (!conn->dirty) {
        conn->dirty = true;
        conn->dirty_next = NULL;
        *ep->dirty_last = conn;
        ep->dirty_last = &conn->dirty_next;
    }
    pf_quic_endpoint_wake_self(ep);
}

static void unlink_dirty(struct pf_quic_endpoint *ep, struct pf_quic_conn *conn)
{
    struct pf_quic_conn **at = &ep->dirty_first;
    while (*at != conn)
        at = &(*at)->dirty_next;
    *at = conn->dirty_next;
    if (!*at)
        ep->dirty_last = at;
    conn->dirty = false;
}

static void on_closed(uv_handle_t *handle)
{
    struct pf_quic_endpoint *ep = handle->data;
    if (--ep->handles_open)
        return;
    pf_quic_socket_close(&ep->socket);
    gnutls_certificate_free_credentials(ep->credentials);
    if (ep->done)
        ep->done(ep->done_user);
    gnutls_memset(ep->reset_secret, 0, sizeof(ep->reset_secret));
    free(ep);
}

static void close_handles(struct pf_quic_endpoint *ep)
{
    if (uv_is_closing((uv_handle_t *)&ep->poll))
        return;
    uv_close((uv_handle_t *)&ep->poll, on_closed);
    uv_close((uv_handle_t *)&ep->flush, on_closed);
}

static void on_flush(uv_idle_t *handle)
{
    struct pf_quic_endpoint *ep = handle->data;
    uv_idle_stop(handle);
    /* Those that become dirty meanwhile have their turn in the next round of the loop. */
    unsigned n = 0;
    for (struct pf_quic_conn *conn = ep->dirty_first; conn; conn = conn->dirty_next)
        n++;
    for (; n && ep->dirty_first; n--) {
        struct pf_quic_conn *conn = ep->dirty_first;
        unlink_dirty(ep, conn);
        pf_quic_conn_flush(conn);
    }
    if (ep->dirty_first)
        pf_quic_endpoint_wake_self(ep);
    if (ep->closing && !ep->conns)
        close_handles(ep);
}

void pf_quic_endpoint_wake_self(struct pf_quic_endpoint *ep)
{
    if (!uv_is_closing((uv_handle_t *)&ep->flush))
        uv_idle_start(&ep->flush, on_flush);
}

/* ---- connections ---- */

void pf_quic_endpoint_add(struct pf_quic_endpoint *ep, struct pf_quic_conn *conn)
{
    conn->next = ep->conns;
    conn->prev = &ep->conns;
    if (conn->next)
        conn->next->prev = &conn->next;
    ep->conns = conn;
}

void pf_quic_endpoint_remove(struct pf_quic_endpoint *ep, struct pf_quic_conn *conn)
{
    if (conn->dirty)
        unlink_dirty(ep, conn);
    *conn->prev = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    if (ep->closing && !ep->conns)
        pf_quic_endpoint_wake_self(ep);
}

int pf_quic_endpoint_new_cid(struct pf_quic_endpoint *ep, ngtcp2_cid *cid)
{
    cid->datalen = PF_QUIC_CID_SIZE;
    do {
        if (gnutls_rnd(GNUTLS_RND_RANDOM, cid->data, cid->datalen) < 0)
            return -EIO;
    } while (pf_quic_cids_find(&ep->cids, cid->data, cid->datalen));
    return 0;
}

/* ---- life ---- */

static void complete_config(struct pf_quic_config *c)
{
    static const char *const pkf1[] = {"pkf1", NULL};
    if (!c->idle_timeout_ms)
        c->idle_timeout_ms = 8000;
    if (c->idle_timeout_ms < 200)
        c->idle_timeout_ms = 200;
    if (c->idle_timeout_ms > 3600 * 1000)
        c->idle_timeout_ms = 3600 * 1000;
    if (!c->stream_buffer)
        c->stream_buffer = 1 << 20;
    if (!c->datagram_buffer)
        c->datagram_buffer = 4096;
    if (!c->max_handshakes)
        c->max_handshakes = 64;
    if (!c->max_connections)
        c->max_connections = 512;
    if (!c->max_per_address)
        c->max_per_address = 16;
    if (!c->handshake_timeout_ms)
        c->handshake_timeout_ms = 10000;
    if (!c->alpn)
        c->alpn = pkf1;
}

/* A client whose host was restarted learns of it at once, because the new process derives the same tokens. */
static int make_secrets(struct pf_quic_endpoint *ep, const struct pf_identity *identity)
{
    static const char purpose[] = "punktfunk stateless reset";
    if (gnutls_rnd(GNUTLS_RND_KEY, ep->reset_secret, PF_QUIC_SECRET) < 0 ||
        gnutls_rnd(GNUTLS_RND_KEY, ep->retry_secret, PF_QUIC_SECRET) < 0)
        return -EIO;
    if (!identity)
        return 0;
    const char *key = pf_identity_key_pem(identity);
    return gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, strlen(key), purpose, sizeof(purpose), ep->reset_secret) <
                   0
               ? -EIO
               : 0;
}

static int open_handles(struct pf_quic_endpoint *ep)
{
    uv_loop_t *uv = pf_loop_uv(ep->loop);
    int rc = uv_poll_init(uv, &ep->poll, ep->socket.fd);
    if (rc)
        return rc;
    uv_idle_init(uv, &ep->flush);
    ep->poll.data = ep->flush.data = ep;
    ep->handles_open = 2;
    watch(ep);
    return 0;
}

int pf_quic_endpoint_init(struct pf_quic_endpoint *ep, struct pf_loop *loop, const struct sockaddr *bind_to,
    bool server, const struct pf_identity *identity, const struct pf_quic_config *config)
{
    *ep = (struct pf_quic_endpoint){.loop = loop, .server = server, .socket.fd = -1};
    if (config)
        ep->config = *config;
    complete_config(&ep->config);
    ep->dirty_last = &ep->dirty_first;
    ep->reset_rate = (struct pf_rate_limit){.interval_ns = PF_NS_PER_S, .burst = 20};
    ep->log_rate = (struct pf_rate_limit){.interval_ns = 10 * PF_NS_PER_S, .burst = 10};
    pf_quic_cids_init(&ep->cids);

    int rc = make_secrets(ep, identity);
    if (!rc)
        rc = pf_quic_tls_credentials(identity, &ep->credentials);
    if (!rc)
        rc = pf_quic_socket_open(&ep->socket, bind_to, server);
    if (!rc)
        rc = open_handles(ep);
    if (rc) {
        pf_quic_socket_close(&ep->socket);
        if (ep->credentials)
            gnutls_certificate_free_credentials(ep->credentials);
    }
    return rc;
}

void pf_quic_endpoint_finish(struct pf_quic_endpoint *ep, void (*done)(void *user), void *user)
{
    ep->closing = true;
    ep->accepting = false;
    ep->done = done;
    ep->done_user = user;
    pf_quic_endpoint_wake_self(ep);
}

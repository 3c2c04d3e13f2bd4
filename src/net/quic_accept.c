#include "net/quic_accept.h"

#include "base/time.h"
#include "net/address.h"
#include "net/quic_conn.h"
#include "punktfunk/wire.h"

#include <gnutls/crypto.h>
#include <ngtcp2/ngtcp2_crypto.h>

enum {
    RETRY_SECONDS = 10,
    RESET_SIZE = 43,             /* a stateless reset that looks like a short packet */
    VERSION_GREASE = 0x1a2a3a4a, /* keeps clients honest about versions they do not know */
};

static void answer(
    struct pf_quic_endpoint *ep, const struct pf_quic_route *route, const uint8_t *packet, ngtcp2_ssize len)
{
    if (len > 0)
        (void)pf_quic_socket_send(&ep->socket, packet, (size_t)len, (const struct sockaddr *)&route->local,
            (const struct sockaddr *)&route->remote);
}

static void negotiate_version(
    struct pf_quic_endpoint *ep, const struct pf_quic_route *route, const ngtcp2_version_cid *header)
{
    const uint32_t versions[] = {VERSION_GREASE, NGTCP2_PROTO_VER_V1};
    uint8_t packet[PF_QUIC_MAX_PAYLOAD], unused;
    if (gnutls_rnd(GNUTLS_RND_NONCE, &unused, sizeof(unused)) < 0)
        return;
    answer(ep, route, packet,
        ngtcp2_pkt_write_version_negotiation(packet, sizeof(packet), unused, header->scid, header->scidlen,
            header->dcid, header->dcidlen, versions, 2));
}

/* Tells a client that we have lost its connection, for instance in a restart. The answer is smaller than the
 * question, so that two hosts cannot keep each other busy. */
static void reset(struct pf_quic_endpoint *ep, const struct pf_quic_route *route,
    const ngtcp2_version_cid *header, size_t len)
{
    uint8_t packet[RESET_SIZE], random[RESET_SIZE], token[NGTCP2_STATELESS_RESET_TOKENLEN];
    ngtcp2_cid cid;
    if (len <= RESET_SIZE || !pf_rate_limit_pass(&ep->reset_rate, pf_time_mono_ns(), NULL))
        return;
    ngtcp2_cid_init(&cid, header->dcid, header->dcidlen);
    if (ngtcp2_crypto_generate_stateless_reset_token(token, ep->reset_secret, PF_QUIC_SECRET, &cid) ||
        gnutls_rnd(GNUTLS_RND_NONCE, random, sizeof(random)) < 0)
        return;
    answer(ep, route, packet,
        ngtcp2_pkt_write_stateless_reset(
            packet, sizeof(packet), token, random, sizeof(random) - NGTCP2_STATELESS_RESET_TOKENLEN));
}

/* Asks the client to come again with a token, which proves that its address is its own. */
static void retry(struct pf_quic_endpoint *ep, const struct pf_quic_route *route, const ngtcp2_pkt_hd *hd)
{
    uint8_t packet[PF_QUIC_MAX_PAYLOAD], token[NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN];
    const ngtcp2_path path = pf_quic_path_of(route);
    ngtcp2_cid scid;
    if (pf_quic_endpoint_new_cid(ep, &scid))
        return;
    ngtcp2_ssize n = ngtcp2_crypto_generate_retry_token(token, ep->retry_secret, PF_QUIC_SECRET, hd->version,
        path.remote.addr, path.remote.addrlen, &scid, &hd->dcid, pf_time_mono_ns());
    if (n < 0)
        return;
    ep->stats.retries++;
    answer(ep, route, packet,
        ngtcp2_crypto_write_retry(
            packet, sizeof(packet), hd->version, &hd->scid, &scid, &hd->dcid, token, (size_t)n));
}

static bool has_retry_token(const ngtcp2_pkt_hd *hd)
{
    return hd->tokenlen && hd->token[0] == NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY;
}

static bool token_is_valid(struct pf_quic_endpoint *ep, const struct pf_quic_route *route,
    const ngtcp2_pkt_hd *hd, ngtcp2_cid *ret_original)
{
    const ngtcp2_path path = pf_quic_path_of(route);
    return ngtcp2_crypto_verify_retry_token(ret_original, hd->token, hd->tokenlen, ep->retry_secret,
               PF_QUIC_SECRET, hd->version, path.remote.addr, path.remote.addrlen, &hd->dcid,
               RETRY_SECONDS * NGTCP2_SECONDS, pf_time_mono_ns()) == 0;
}

/* `original`: the client's first destination ID if it has come again after a Retry, else NULL. */
static struct pf_quic_conn *create(struct pf_quic_endpoint *ep, const struct pf_quic_route *route,
    const ngtcp2_pkt_hd *hd, const ngtcp2_cid *original)
{
    ngtcp2_settings settings;
    ngtcp2_transport_params params;
    ngtcp2_cid scid;
    ngtcp2_conn *ng;
    const ngtcp2_path path = pf_quic_path_of(route);
    struct pf_quic_conn *conn = pf_quic_conn_create(ep);
    if (!conn)
        return NULL;
    conn->last_route = *route;
    pf_quic_conn_parameters(ep, &settings, &params);
    params.original_dcid = original ? *original : hd->dcid;
    params.original_dcid_present = 1;
    if (original) {
        params.retry_scid = hd->dcid;
        params.retry_scid_present = 1;
        settings.token = hd->token;
        settings.tokenlen = hd->tokenlen;
        settings.token_type = NGTCP2_TOKEN_TYPE_RETRY;
    }
    if (pf_quic_endpoint_new_cid(ep, &scid) || pf_quic_cids_add(&ep->cids, &scid, conn, &conn->cids) ||
        pf_quic_cids_add(&ep->cids, &hd->dcid, conn, &conn->cids))
        goto fail;
    if (ngtcp2_crypto_generate_stateless_reset_token(
            params.stateless_reset_token, ep->reset_secret, PF_QUIC_SECRET, &scid))
        goto fail;
    params.stateless_reset_token_present = 1;
    if (ngtcp2_conn_server_new(&ng, &hd->scid, &scid, &path, hd->version, &pf_quic_server_callbacks,
            &settings, &params, NULL, conn))
        goto fail;
    if (pf_quic_conn_attach(conn, ng))
        goto fail;
    return conn;
fail:
    pf_quic_conn_destroy(conn);
    return NULL;
}

/* Who is here: those that the application has not admitted have to make room for new ones. */
struct census {
    unsigned live, handshakes, neighbours; /* neighbours: strangers and awaited ones of the same network */
    struct pf_quic_conn *oldest, *oldest_handshake, *oldest_neighbour; /* that may go; NULL: none */
};

static struct census count(const struct pf_quic_endpoint *ep, const struct pf_quic_route *route)
{
    struct census n = {0};
    for (struct pf_quic_conn *c = ep->conns; c; c = c->next) { /* the newest first */
        if (c->state == PF_QUIC_LINGERING || c->close_asked)
            continue;
        n.live++;
        n.handshakes += c->state == PF_QUIC_HANDSHAKE;
        if (c->standing == PF_QUIC_ADMITTED)
            continue;
        struct sockaddr_storage peer;
        pf_quic_peer_address(c, &peer);
        const bool near =
            pf_address_same_network((struct sockaddr *)&peer, (struct sockaddr *)&route->remote);
        n.neighbours += near;
        if (c->standing != PF_QUIC_STRANGER)
            continue;
        n.oldest = c;
        if (c->state == PF_QUIC_HANDSHAKE)
            n.oldest_handshake = c;
        if (near)
            n.oldest_neighbour = c;
    }
    return n;
}

/* Makes room for a client whose address is proven. False if nobody can be sent away. */
static bool make_room(struct pf_quic_endpoint *ep, const struct census *n)
{
    struct pf_quic_conn *leaves = NULL;
    if (n->neighbours >= ep->config.max_per_address)
        leaves = n->oldest_neighbour;
    else if (n->handshakes >= 4 * (uint64_t)ep->config.max_handshakes)
        leaves = n->oldest_handshake;
    else if (n->live >= ep->config.max_connections)
        leaves = n->oldest;
    else
        return true;
    if (leaves)
        pf_quic_close(leaves, PF_CLOSE_BUSY, "host busy: too many devices connect without being paired");
    return leaves;
}

/* Strangers that do nothing cannot lock anybody out: beyond a number an address has to prove itself, and
 * beyond the limits each newcomer that has done so replaces the oldest stranger, of its own network first. */
static void accept_initial(struct pf_quic_endpoint *ep, const struct pf_quic_route *route,
    const ngtcp2_pkt_hd *hd, const uint8_t *data, size_t len)
{
    ngtcp2_cid original;
    const bool came_again = has_retry_token(hd);
    if (!ep->accepting || (came_again && !token_is_valid(ep, route, hd, &original))) {
        ep->stats.dropped++;
        return;
    }
    const struct census n = count(ep, route);
    if (!came_again && (n.handshakes >= ep->config.max_handshakes || n.live >= ep->config.max_connections ||
                           n.neighbours >= ep->config.max_per_address)) {
        retry(ep, route, hd);
        return;
    }
    if (!make_room(ep, &n)) {
        ep->stats.dropped++;
        return;
    }
    struct pf_quic_conn *conn = create(ep, route, hd, came_again ? &original : NULL);
    if (conn)
        pf_quic_conn_receive(conn, route, data, len);
}

void pf_quic_accept(struct pf_quic_endpoint *ep, const struct pf_quic_route *route,
    const ngtcp2_version_cid *header, const uint8_t *data, size_t len)
{
    ngtcp2_pkt_hd hd;
    const bool is_long = data[0] & 0x80;
    if (is_long && header->version != NGTCP2_PROTO_VER_V1 && header->version && ep->accepting &&
        len >= NGTCP2_MAX_UDP_PAYLOAD_SIZE)
        negotiate_version(ep, route, header);
    else if (!is_long)
        reset(ep, route, header, len);
    else if (header->version == NGTCP2_PROTO_VER_V1 && ngtcp2_accept(&hd, data, len) == 0)
        accept_initial(ep, route, &hd, data, len);
    else
        ep->stats.dropped++;
}

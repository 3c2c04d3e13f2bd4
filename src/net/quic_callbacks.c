/* What ngtcp2 tells and asks while it reads and writes packets. */
#include "net/quic_conn.h"
#include "net/quic_tls.h"

#include <gnutls/crypto.h>

static void random_bytes(uint8_t *dest, size_t len, const ngtcp2_rand_ctx *ctx)
{
    (void)ctx;
    (void)gnutls_rnd(GNUTLS_RND_NONCE, dest, len); /* not for secrets; GnuTLS aborts rather than fail */
}

static int new_connection_id(ngtcp2_conn *ng, ngtcp2_cid *cid, uint8_t *token, size_t len, void *user)
{
    struct pf_quic_conn *conn = user;
    struct pf_quic_endpoint *ep = conn->ep;
    if (len != PF_QUIC_CID_SIZE || pf_quic_endpoint_new_cid(ep, cid) ||
        ngtcp2_crypto_generate_stateless_reset_token(token, ep->reset_secret, PF_QUIC_SECRET, cid) ||
        pf_quic_cids_add(&ep->cids, cid, conn, &conn->cids))
        return NGTCP2_ERR_CALLBACK_FAILURE;
    return 0;
}

static int remove_connection_id(ngtcp2_conn *ng, const ngtcp2_cid *cid, void *user)
{
    struct pf_quic_conn *conn = user;
    pf_quic_cids_remove(&conn->ep->cids, cid);
    return 0;
}

static int handshake_completed(ngtcp2_conn *ng, void *user)
{
    struct pf_quic_conn *conn = user;
    struct pf_quic_endpoint *ep = conn->ep;
    if (conn->close_asked)
        return 0;
    conn->has_fingerprint = pf_quic_tls_peer_fingerprint(conn->tls, conn->fingerprint);
    conn->state = PF_QUIC_READY;
    ep->handshakes--;
    ep->stats.accepted++;
    if (ep->handlers->ready)
        ep->handlers->ready(conn);
    return 0;
}

/* Nothing is something that may be copied. */
static const uint8_t *never_null(const uint8_t *data)
{
    return data ? data : (const uint8_t *)"";
}

static int stream_data(ngtcp2_conn *ng, uint32_t flags, int64_t id, uint64_t offset, const uint8_t *data,
    size_t len, void *user, void *stream_user)
{
    struct pf_quic_conn *conn = user;
    ngtcp2_conn_extend_max_stream_offset(ng, id, len);
    ngtcp2_conn_extend_max_offset(ng, len);
    if (!ngtcp2_is_bidi_stream(id))
        return 0; /* never used by this protocol */
    struct pf_quic_stream *s = pf_quic_conn_stream(conn, id);
    if (!s && !(s = pf_quic_conn_add_stream(conn, id)))
        return NGTCP2_ERR_CALLBACK_FAILURE;
    if (!s->deaf && pf_quic_conn_is_open(conn) && conn->ep->handlers->stream_data)
        conn->ep->handlers->stream_data(conn, id, never_null(data), len, flags & NGTCP2_STREAM_DATA_FLAG_FIN);
    return 0;
}

static int stream_open(ngtcp2_conn *ng, int64_t id, void *user)
{
    struct pf_quic_conn *conn = user;
    if (ngtcp2_is_bidi_stream(id) && !pf_quic_conn_stream(conn, id) && !pf_quic_conn_add_stream(conn, id))
        return NGTCP2_ERR_CALLBACK_FAILURE;
    return 0;
}

static int stream_close(
    ngtcp2_conn *ng, uint32_t flags, int64_t id, uint64_t code, void *user, void *stream_user)
{
    struct pf_quic_conn *conn = user;
    struct pf_quic_stream *s = pf_quic_conn_stream(conn, id);
    if (!ngtcp2_conn_is_local_stream(ng, id)) {
        if (ngtcp2_is_bidi_stream(id))
            ngtcp2_conn_extend_max_streams_bidi(ng, 1);
        else
            ngtcp2_conn_extend_max_streams_uni(ng, 1);
    }
    if (!s)
        return 0;
    pf_quic_conn_remove_stream(conn, s);
    if (pf_quic_conn_is_open(conn) && conn->ep->handlers->stream_closed)
        conn->ep->handlers->stream_closed(conn, id);
    return 0;
}

static int stream_reset(
    ngtcp2_conn *ng, int64_t id, uint64_t final_size, uint64_t code, void *user, void *stream_user)
{
    struct pf_quic_conn *conn = user;
    struct pf_quic_stream *s = pf_quic_conn_stream(conn, id);
    if (!s || s->deaf)
        return 0;
    s->deaf = true;
    if (pf_quic_conn_is_open(conn) && conn->ep->handlers->stream_reset)
        conn->ep->handlers->stream_reset(conn, id, code);
    return 0;
}

static int stream_acked(
    ngtcp2_conn *ng, int64_t id, uint64_t offset, uint64_t len, void *user, void *stream_user)
{
    struct pf_quic_conn *conn = user;
    struct pf_quic_stream *s = pf_quic_conn_stream(conn, id);
    if (!s)
        return 0;
    pf_quic_stream_acked(s, len);
    if (!s->wants_room || s->pending > conn->ep->config.stream_buffer / 2)
        return 0;
    s->wants_room = false;
    if (pf_quic_conn_is_open(conn) && conn->ep->handlers->stream_writable)
        conn->ep->handlers->stream_writable(conn, id);
    return 0;
}

static int datagram(ngtcp2_conn *ng, uint32_t flags, const uint8_t *data, size_t len, void *user)
{
    struct pf_quic_conn *conn = user;
    if (pf_quic_conn_is_open(conn) && conn->ep->handlers->datagram)
        conn->ep->handlers->datagram(conn, never_null(data), len);
    return 0;
}

static int stateless_reset(ngtcp2_conn *ng, const ngtcp2_pkt_stateless_reset *reset, void *user)
{
    struct pf_quic_conn *conn = user;
    conn->was_reset = true;
    return 0;
}

#define COMMON_CALLBACKS                                                                                     \
    .recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb, .encrypt = ngtcp2_crypto_encrypt_cb,              \
    .decrypt = ngtcp2_crypto_decrypt_cb, .hp_mask = ngtcp2_crypto_hp_mask_cb,                                \
    .update_key = ngtcp2_crypto_update_key_cb,                                                               \
    .delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb,                                       \
    .delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb,                                   \
    .get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb,                                     \
    .version_negotiation = ngtcp2_crypto_version_negotiation_cb, .rand = random_bytes,                       \
    .get_new_connection_id = new_connection_id, .remove_connection_id = remove_connection_id,                \
    .handshake_completed = handshake_completed, .recv_stream_data = stream_data, .stream_open = stream_open, \
    .stream_close = stream_close, .stream_reset = stream_reset, .acked_stream_data_offset = stream_acked,    \
    .recv_datagram = datagram, .recv_stateless_reset = stateless_reset

const ngtcp2_callbacks pf_quic_client_callbacks = {
    .client_initial = ngtcp2_crypto_client_initial_cb,
    .recv_retry = ngtcp2_crypto_recv_retry_cb,
    COMMON_CALLBACKS,
};

const ngtcp2_callbacks pf_quic_server_callbacks = {
    .recv_client_initial = ngtcp2_crypto_recv_client_initial_cb,
    COMMON_CALLBACKS,
};

#include "net/quic_conn.h"

#include "base/time.h"
#include "net/loop.h"
#include "net/quic_tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREAM_WINDOW = 1250000,
    CONNECTION_WINDOW = 16 << 20, /* what gaps in all streams together may keep waiting */
    STREAMS = 100,
    /* Whoever has not passed the gate says a sentence or two; hundreds of them must not hold much memory. */
    STRANGER_STREAM_WINDOW = 64 << 10,
    STRANGER_CONNECTION_WINDOW = 128 << 10,
    STRANGER_STREAMS_BIDI = 4,
    STRANGER_STREAMS_UNI = 0,
    DATAGRAM_FRAME = 65535,
    MAX_KEEP_ALIVE_MS = 4000,
};

static void fired(void *user);

struct pf_quic_conn *pf_quic_conn_create(struct pf_quic_endpoint *ep)
{
    struct pf_quic_conn *conn = calloc(1, sizeof(*conn));
    if (!conn)
        return NULL;
    conn->ep = ep;
    conn->user = ep->user;
    conn->last_stream = &conn->streams;
    pf_quic_datagrams_init(&conn->datagrams, ep->config.datagram_buffer);
    if (pf_timer_create(ep->loop, fired, conn, &conn->timer)) {
        free(conn);
        return NULL;
    }
    ep->live++;
    ep->handshakes++;
    pf_quic_endpoint_add(ep, conn);
    return conn;
}

/* ngtcp2 needs the TLS session to the end, and the streams' bytes too. */
void pf_quic_conn_shed(struct pf_quic_conn *conn)
{
    ngtcp2_conn_del(conn->ng);
    conn->ng = NULL;
    if (conn->tls)
        gnutls_deinit(conn->tls);
    conn->tls = NULL;
    while (conn->streams)
        pf_quic_conn_remove_stream(conn, conn->streams);
    pf_quic_datagrams_finish(&conn->datagrams);
}

void pf_quic_conn_destroy(struct pf_quic_conn *conn)
{
    struct pf_quic_endpoint *ep = conn->ep;
    pf_quic_cids_remove_all(&ep->cids, &conn->cids);
    pf_quic_conn_shed(conn);
    pf_quic_conn_drop_kept(conn);
    if (conn->state == PF_QUIC_LINGERING)
        ep->lingering--;
    else
        ep->live--;
    if (conn->state == PF_QUIC_HANDSHAKE)
        ep->handshakes--;
    pf_quic_endpoint_remove(ep, conn);
    pf_timer_destroy(conn->timer);
    free(conn);
}

void pf_quic_conn_parameters(
    const struct pf_quic_endpoint *ep, ngtcp2_settings *settings, ngtcp2_transport_params *params)
{
    static const uint32_t versions[] = {NGTCP2_PROTO_VER_V1};
    static const uint16_t probes[] = {1452, 1392, 1280};

    ngtcp2_settings_default(settings);
    settings->initial_ts = pf_time_mono_ns();
    settings->cc_algo = NGTCP2_CC_ALGO_CUBIC;
    settings->max_tx_udp_payload_size = PF_QUIC_MAX_PAYLOAD;
    settings->pmtud_probes = probes;
    settings->pmtud_probeslen = sizeof(probes) / sizeof(*probes);
    settings->handshake_timeout = ep->config.handshake_timeout_ms * NGTCP2_MILLISECONDS;
    settings->available_versions = versions;
    settings->available_versionslen = 1;

    ngtcp2_transport_params_default(params);
    const unsigned stream = ep->server ? STRANGER_STREAM_WINDOW : STREAM_WINDOW;
    params->initial_max_stream_data_bidi_local = stream;
    params->initial_max_stream_data_bidi_remote = stream;
    params->initial_max_stream_data_uni = stream;
    params->initial_max_data = ep->server ? STRANGER_CONNECTION_WINDOW : CONNECTION_WINDOW;
    params->initial_max_streams_bidi = ep->server ? STRANGER_STREAMS_BIDI : STREAMS;
    params->initial_max_streams_uni = ep->server ? STRANGER_STREAMS_UNI : STREAMS;
    params->max_idle_timeout = ep->config.idle_timeout_ms * NGTCP2_MILLISECONDS;
    params->max_udp_payload_size = PF_QUIC_MAX_RECEIVE;
    params->max_datagram_frame_size = DATAGRAM_FRAME;
}

static ngtcp2_conn *get_ng(ngtcp2_crypto_conn_ref *ref)
{
    return ((struct pf_quic_conn *)ref->user_data)->ng;
}

int pf_quic_conn_attach(struct pf_quic_conn *conn, ngtcp2_conn *ng)
{
    const struct pf_quic_endpoint *ep = conn->ep;
    const unsigned half = ep->config.idle_timeout_ms / 2;
    conn->ng = ng;
    conn->ref = (ngtcp2_crypto_conn_ref){.get_conn = get_ng, .user_data = conn};
    int rc = pf_quic_tls_create(conn, ep->server, ep->credentials, ep->config.alpn, &conn->tls);
    if (rc)
        return rc;
    ngtcp2_conn_set_tls_native_handle(ng, conn->tls);
    ngtcp2_conn_set_keep_alive_timeout(
        ng, (half < MAX_KEEP_ALIVE_MS ? half : MAX_KEEP_ALIVE_MS) * NGTCP2_MILLISECONDS);
    return 0;
}

void pf_quic_conn_receive(
    struct pf_quic_conn *conn, const struct pf_quic_route *route, const uint8_t *data, size_t len)
{
    if (conn->state == PF_QUIC_LINGERING) {
        pf_quic_conn_repeat_close(conn);
        return;
    }
    const ngtcp2_path path = pf_quic_path_of(route);
    const ngtcp2_pkt_info info = {0};
    int rv = ngtcp2_conn_read_pkt(conn->ng, &path, &info, data, len, pf_time_mono_ns());
    if (rv)
        pf_quic_conn_fail(conn, rv);
    else
        pf_quic_endpoint_wake(conn->ep, conn);
}

static void tell_stopped(struct pf_quic_conn *conn)
{
    for (struct pf_quic_stream *s = conn->streams; s; s = s->next) {
        if (!s->tell_stopped)
            continue;
        s->tell_stopped = false;
        if (pf_quic_conn_is_open(conn) && conn->ep->handlers->stream_stopped)
            conn->ep->handlers->stream_stopped(conn, s->id);
    }
}

static void arm_timer(struct pf_quic_conn *conn, uint64_t now)
{
    ngtcp2_tstamp expiry = ngtcp2_conn_get_expiry(conn->ng);
    if (expiry == UINT64_MAX)
        pf_timer_disarm(conn->timer);
    else
        pf_timer_arm(conn->timer, expiry > now ? expiry - now : 0);
}

void pf_quic_conn_flush(struct pf_quic_conn *conn)
{
    if (conn->state == PF_QUIC_LINGERING)
        return;
    if (conn->close_asked) {
        pf_quic_conn_close_here(conn);
        return;
    }
    const uint64_t now = pf_time_mono_ns();
    int rv = conn->held ? 0 : pf_quic_conn_send(conn, now);
    if (rv) {
        pf_quic_conn_fail(conn, rv);
        return;
    }
    tell_stopped(conn);
    arm_timer(conn, now);
}

static void fired(void *user)
{
    struct pf_quic_conn *conn = user;
    if (conn->state == PF_QUIC_LINGERING) {
        pf_quic_conn_destroy(conn);
        return;
    }
    int rv = ngtcp2_conn_handle_expiry(conn->ng, pf_time_mono_ns());
    if (rv)
        pf_quic_conn_fail(conn, rv);
    else
        pf_quic_endpoint_wake(conn->ep, conn);
}

bool pf_quic_conn_is_open(const struct pf_quic_conn *conn)
{
    return conn->state == PF_QUIC_READY && !conn->close_asked;
}

struct pf_quic_stream *pf_quic_conn_stream(const struct pf_quic_conn *conn, int64_t id)
{
    struct pf_quic_stream *s = conn->streams;
    while (s && s->id != id)
        s = s->next;
    return s;
}

static void widen_stream(struct pf_quic_conn *conn, int64_t id)
{
    ngtcp2_conn_extend_max_stream_offset(conn->ng, id, STREAM_WINDOW - STRANGER_STREAM_WINDOW);
}

void pf_quic_set_standing(struct pf_quic_conn *conn, enum pf_quic_standing standing)
{
    if (!conn->ep->server || !conn->ng || standing <= conn->standing)
        return;
    conn->standing = standing;
    if (standing != PF_QUIC_ADMITTED)
        return;
    for (struct pf_quic_stream *s = conn->streams; s; s = s->next)
        widen_stream(conn, s->id);
    ngtcp2_conn_extend_max_offset(conn->ng, CONNECTION_WINDOW - STRANGER_CONNECTION_WINDOW);
    ngtcp2_conn_extend_max_streams_bidi(conn->ng, STREAMS - STRANGER_STREAMS_BIDI);
    ngtcp2_conn_extend_max_streams_uni(conn->ng, STREAMS - STRANGER_STREAMS_UNI);
    pf_quic_endpoint_wake(conn->ep, conn);
}

struct pf_quic_stream *pf_quic_conn_add_stream(struct pf_quic_conn *conn, int64_t id)
{
    struct pf_quic_stream *s = pf_quic_stream_create(id);
    if (!s)
        return NULL;
    if (conn->standing == PF_QUIC_ADMITTED)
        widen_stream(conn, id);
    *conn->last_stream = s;
    conn->last_stream = &s->next;
    return s;
}

void pf_quic_conn_remove_stream(struct pf_quic_conn *conn, struct pf_quic_stream *stream)
{
    struct pf_quic_stream **at = &conn->streams;
    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    if (!*at)
        conn->last_stream = at;
    pf_quic_stream_destroy(stream);
}

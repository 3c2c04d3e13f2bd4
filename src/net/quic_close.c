/* How connections end. */
#include "base/time.h"
#include "core/wire/text.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/quic_conn.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const uint64_t linger_max_ns = PF_NS_PER_S;

enum { CRYPTO_ERROR = 0x100 }; /* QUIC's codes of TLS alerts start here */

struct ending {
    enum pf_quic_close_kind kind;
    uint64_t code;
    char reason[PF_QUIC_REASON_MAX + 1];
    char text[512];
};

static void peer_name(const struct pf_quic_conn *conn, char out[PF_ADDRESS_TEXT])
{
    struct sockaddr_storage peer;
    pf_quic_peer_address(conn, &peer);
    pf_address_format((const struct sockaddr *)&peer, out);
}

/* The peer's text, safe to log and to show. */
static void clean(const uint8_t *bytes, size_t len, char out[PF_QUIC_REASON_MAX + 1])
{
    const char *text = (const char *)bytes;
    size_t used = 0;
    for (size_t i = 0; i < len;) {
        uint32_t code;
        int n = pf_utf8_next(text + i, len - i, &code);
        const bool bad = n < 0 || code < 0x20 || (code >= 0x7f && code < 0xa0);
        const size_t take = (size_t)(n < 0 ? -n : n), put = bad ? 1 : take;
        if (used + put > PF_QUIC_REASON_MAX)
            break;
        if (bad)
            out[used] = '?';
        else
            memcpy(out + used, text + i, take);
        used += put;
        i += take;
    }
    out[used] = 0;
}

/* Remembers what handlers may ask for once ngtcp2's state is gone. */
static void remember(struct pf_quic_conn *conn)
{
    struct sockaddr_storage peer, local;
    conn->rtt_ns = pf_quic_rtt_ns(conn);
    pf_quic_peer_address(conn, &peer);
    pf_quic_local_address(conn, &local);
    conn->last_route = (struct pf_quic_route){.local = local, .remote = peer};
}

/* Ends it for the application. Everything of the protocol that is not needed to linger goes. */
static void tell(struct pf_quic_conn *conn, const struct ending *e)
{
    struct pf_quic_endpoint *ep = conn->ep;
    const bool was_ready = conn->state == PF_QUIC_READY;
    const struct pf_quic_close_info info = {e->kind, e->code, e->reason, e->text};
    remember(conn);
    if (!was_ready) {
        ep->handshakes--;
        ep->stats.handshakes_failed++;
    }
    ep->live--;
    ep->lingering++;
    conn->state = PF_QUIC_LINGERING;
    if (!was_ready && ep->server && e->kind != PF_QUIC_CLOSED_HERE &&
        pf_rate_limit_pass(&ep->log_rate, pf_time_mono_ns(), NULL))
        pf_log_info("quic", "a handshake failed: %s", e->text);
    if ((was_ready || !ep->server) && ep->handlers->closed)
        ep->handlers->closed(conn, &info);
    if (!ep->server)
        pf_quic_endpoint_finish(ep, NULL, NULL);
}

static void linger(struct pf_quic_conn *conn)
{
    uint64_t pause = 3 * ngtcp2_conn_get_pto(conn->ng);
    if (conn->ep->lingering > 2 * conn->ep->config.max_connections) {
        pf_quic_conn_destroy(conn);
        return;
    }
    pf_quic_conn_shed(conn);
    pf_timer_arm(conn->timer, pause < linger_max_ns ? pause : linger_max_ns);
}

/* Sends the close and keeps it. False if none can be sent in this state. */
static bool send_close(struct pf_quic_conn *conn, const ngtcp2_ccerr *error)
{
    ngtcp2_path_storage path;
    ngtcp2_pkt_info info;
    uint8_t packet[PF_QUIC_MAX_PAYLOAD];
    ngtcp2_path_storage_zero(&path);
    ngtcp2_ssize n = ngtcp2_conn_write_connection_close(
        conn->ng, &path.path, &info, packet, sizeof(packet), error, pf_time_mono_ns());
    if (n <= 0)
        return false;
    (void)pf_quic_endpoint_send(conn->ep, packet, (size_t)n, &path.path);
    return pf_quic_conn_keep(conn, packet, (size_t)n, &path.path) == 0;
}

static void end(
    struct pf_quic_conn *conn, const struct ending *e, const ngtcp2_ccerr *error, bool must_linger)
{
    pf_quic_conn_drop_kept(conn);
    const bool sent = error && send_close(conn, error);
    tell(conn, e);
    if (sent || must_linger)
        linger(conn);
    else
        pf_quic_conn_destroy(conn);
}

void pf_quic_conn_close_here(struct pf_quic_conn *conn)
{
    ngtcp2_ccerr error;
    struct ending e = {.kind = PF_QUIC_CLOSED_HERE, .code = conn->close_code};
    const uint8_t *reason = (const uint8_t *)conn->close_reason;
    ngtcp2_ccerr_set_application_error(&error, conn->close_code, reason, strlen(conn->close_reason));
    memcpy(e.reason, conn->close_reason, sizeof(e.reason));
    snprintf(e.text, sizeof(e.text), "closed by this side with code %#" PRIx64 "%s%s", e.code,
        *e.reason ? ": " : "", e.reason);
    end(conn, &e, &error, false);
}

/* ---- what went wrong ---- */

static void name_alert(struct ending *e, const char *peer, const char *who, unsigned alert)
{
    const char *name = gnutls_alert_get_name((gnutls_alert_description_t)alert);
    e->kind = PF_QUIC_CLOSED_HANDSHAKE_FAILED;
    e->code = alert;
    snprintf(e->text, sizeof(e->text), "the TLS handshake with %s failed: %s sent alert %u (%s)%s", peer, who,
        alert, name ? name : "unknown", alert == 120 ? "; it speaks another version of the protocol" : "");
}

static void name_peer_close(const struct pf_quic_conn *conn, const char *peer, struct ending *e)
{
    const ngtcp2_ccerr *error = ngtcp2_conn_get_ccerr(conn->ng);
    const uint64_t code = error->error_code;
    e->code = code;
    clean(error->reason, error->reasonlen, e->reason);
    if (conn->was_reset) {
        e->kind = PF_QUIC_CLOSED_TRANSPORT;
        snprintf(e->text, sizeof(e->text), "%s has lost the connection, for instance in a restart", peer);
    } else if (error->type == NGTCP2_CCERR_TYPE_APPLICATION) {
        e->kind = PF_QUIC_CLOSED_BY_PEER;
        snprintf(e->text, sizeof(e->text), "%s closed the connection with code %#" PRIx64 "%s%s", peer, code,
            *e->reason ? ": " : "", e->reason);
    } else if (code >= CRYPTO_ERROR && code < 2 * CRYPTO_ERROR && conn->state == PF_QUIC_HANDSHAKE) {
        name_alert(e, peer, "it", (unsigned)(code - CRYPTO_ERROR));
    } else {
        e->kind =
            conn->state == PF_QUIC_HANDSHAKE ? PF_QUIC_CLOSED_HANDSHAKE_FAILED : PF_QUIC_CLOSED_TRANSPORT;
        snprintf(e->text, sizeof(e->text), "%s ended the connection with QUIC error %#" PRIx64 "%s%s", peer,
            code, *e->reason ? ": " : "", e->reason);
    }
}

static void name_silence(const struct pf_quic_conn *conn, const char *peer, struct ending *e)
{
    const bool ready = conn->state == PF_QUIC_READY;
    e->kind = ready ? PF_QUIC_CLOSED_IDLE : PF_QUIC_CLOSED_HANDSHAKE_FAILED;
    if (ready)
        snprintf(e->text, sizeof(e->text), "%s was silent for too long", peer);
    else if (conn->ep->server)
        snprintf(e->text, sizeof(e->text), "%s did not finish the handshake in time", peer);
    else
        snprintf(e->text, sizeof(e->text),
            "no answer from %s; check that the host is running and that its UDP port is reachable", peer);
}

static void name_own_error(const struct pf_quic_conn *conn, const char *peer, int rv, struct ending *e)
{
    if (conn->wrong_peer) {
        e->kind = PF_QUIC_CLOSED_WRONG_PEER;
        snprintf(e->text, sizeof(e->text),
            "%s is not the host that was expected: its certificate has another fingerprint", peer);
    } else if (rv == NGTCP2_ERR_CRYPTO && conn->state == PF_QUIC_HANDSHAKE) {
        name_alert(e, peer, "this side", ngtcp2_conn_get_tls_alert(conn->ng));
    } else {
        e->kind =
            conn->state == PF_QUIC_HANDSHAKE ? PF_QUIC_CLOSED_HANDSHAKE_FAILED : PF_QUIC_CLOSED_TRANSPORT;
        e->code = ngtcp2_err_infer_quic_transport_error_code(rv);
        snprintf(e->text, sizeof(e->text), "the connection with %s failed: %s", peer, ngtcp2_strerror(rv));
    }
}

/* Something that looked like a new client for a moment. */
static bool is_noise(const struct pf_quic_conn *conn, int rv)
{
    return conn->ep->server && conn->state == PF_QUIC_HANDSHAKE &&
           (rv == NGTCP2_ERR_DROP_CONN || rv == NGTCP2_ERR_RETRY);
}

void pf_quic_conn_fail(struct pf_quic_conn *conn, int rv)
{
    struct ending e = {.kind = PF_QUIC_CLOSED_TRANSPORT};
    ngtcp2_ccerr error;
    char peer[PF_ADDRESS_TEXT];
    peer_name(conn, peer);
    if (is_noise(conn, rv)) {
        conn->ep->stats.dropped++;
        pf_quic_conn_destroy(conn);
        return;
    }
    switch (rv) {
    case NGTCP2_ERR_DRAINING:
        name_peer_close(conn, peer, &e);
        end(conn, &e, NULL, true);
        return;
    case NGTCP2_ERR_IDLE_CLOSE:
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
        name_silence(conn, peer, &e);
        end(conn, &e, NULL, false);
        return;
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RETRY:
    case NGTCP2_ERR_CLOSING:
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
        name_own_error(conn, peer, rv, &e);
        end(conn, &e, NULL, false);
        return;
    case NGTCP2_ERR_CRYPTO:
        ngtcp2_ccerr_set_tls_alert(&error, ngtcp2_conn_get_tls_alert(conn->ng), NULL, 0);
        break;
    default:
        ngtcp2_ccerr_set_liberr(&error, rv, NULL, 0);
    }
    name_own_error(conn, peer, rv, &e);
    end(conn, &e, &error, false);
}

/* Less and less often, as the peer may be a flood. */
void pf_quic_conn_repeat_close(struct pf_quic_conn *conn)
{
    conn->repeats++;
    if (!conn->kept || (conn->repeats & (conn->repeats - 1)))
        return;
    const ngtcp2_path path = pf_quic_path_of(&conn->kept_route);
    (void)pf_quic_socket_send(
        &conn->ep->socket, conn->kept, conn->kept_len, path.local.addr, path.remote.addr);
}

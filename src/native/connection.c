#include "native/connection.h"

#include "base/hex.h"
#include "base/log.h"
#include "native/host.h"
#include "net/media_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pf_connection_enter(struct pf_connection *c, enum pf_connection_state state, uint64_t limit_ns)
{
    c->state = state;
    if (limit_ns)
        pf_timer_arm(c->timer, limit_ns);
    else
        pf_timer_disarm(c->timer);
}

/* A client that does not read what it asked for has filled a megabyte by now; it loses the rest. */
void pf_connection_send(struct pf_connection *c, const uint8_t *frame, size_t len)
{
    int rc = c->state == PF_CONNECTION_CLOSING ? 0 : pf_quic_stream_write(c->quic, c->stream, frame, len);
    if (rc < 0 && pf_native_may_log(c->native))
        pf_log_warn(
            "native", "a control message could not be sent client=%s error=%s", c->label, strerror(-rc));
}

/* ---- ends -----------------------------------------------------------------------------------------------
 */

static void leave(struct pf_connection *c, bool quit)
{
    pf_gate_leave(c);
    pf_setup_leave(c);
    pf_connection_enter(c, PF_CONNECTION_CLOSING, 0);
    pf_timer_disarm(c->debt_timer);
    if (c->live)
        pf_live_stop(c->live, quit);
    pf_gate_give_up_seat(c);
}

void pf_connection_close(struct pf_connection *c, uint64_t code, const char *reason)
{
    if (c->state == PF_CONNECTION_CLOSING)
        return;
    if (c->live || pf_native_may_log(c->native))
        pf_log_info("native", "closing a connection client=%s name=\"%s\" code=0x%02x: %s", c->label, c->name,
            (unsigned)code, reason);
    pf_quic_close(c->quic, code, reason);
    leave(c, false);
}

static void destroy(struct pf_connection *c)
{
    pf_timer_destroy(c->timer);
    pf_timer_destroy(c->debt_timer);
    pf_frame_reader_finish(&c->reader);
    explicit_bzero(&c->terms, sizeof(c->terms));
    free(c);
}

void pf_connection_free_if_over(struct pf_connection *c)
{
    if (c->quic || c->live || c->work)
        return;
    struct pf_native *native = c->native;
    pf_native_remove(native, c);
    destroy(c);
    pf_native_removed(native);
}

static void closed(struct pf_quic_conn *quic, const struct pf_quic_close_info *info)
{
    struct pf_connection *c = pf_quic_user(quic);
    if (!c)
        return;
    if (c->state != PF_CONNECTION_CLOSING) {
        if (c->live || pf_native_may_log(c->native))
            pf_log_info(
                "native", "a client has left client=%s name=\"%s\": %s", c->label, c->name, info->text);
        leave(c, info->kind == PF_QUIC_CLOSED_BY_PEER && info->code == PF_CLOSE_USER_QUIT);
    }
    c->quic = NULL;
    pf_connection_free_if_over(c);
}

static void timed_out(void *user)
{
    struct pf_connection *c = user;
    switch (c->state) {
    case PF_CONNECTION_FIRST:
        pf_connection_close(c, PF_CLOSE_ERROR, "the client said nothing");
        break;
    case PF_CONNECTION_PROVING:
        pf_connection_close(c, PF_CLOSE_ERROR, "the client did not prove that it knows the PIN in time");
        break;
    case PF_CONNECTION_PAIRED:
        pf_connection_close(c, PF_CLOSE_DONE, "pairing done");
        break;
    case PF_CONNECTION_TAKING_OVER:
        pf_gate_took_over(c);
        break;
    case PF_CONNECTION_PLANNING:
        pf_connection_close(c, PF_CLOSE_SETUP_FAILED, "the host could not examine its desktop in time");
        break;
    case PF_CONNECTION_STARTING:
        pf_connection_close(c, PF_CLOSE_SETUP_FAILED, "the client did not start the stream in time");
        break;
    case PF_CONNECTION_LIVE:
        pf_native_session_expired(c);
        break;
    case PF_CONNECTION_DRAINING:
        if (c->title_ended)
            pf_connection_close(c, PF_CLOSE_PROGRAM_ENDED, "the title has ended");
        else
            pf_connection_close(c, PF_CLOSE_DONE, "done");
        break;
    case PF_CONNECTION_PARKED:
    case PF_CONNECTION_WAITING:
    case PF_CONNECTION_CLOSING:
        break;
    }
}

/* ---- the control stream ---------------------------------------------------------------------------------
 */

static void take_frame(struct pf_connection *c, const uint8_t *data, size_t len)
{
    switch (c->state) {
    case PF_CONNECTION_FIRST:
        pf_gate_first(c, data, len);
        break;
    case PF_CONNECTION_PROVING:
        pf_gate_proof(c, data, len);
        break;
    case PF_CONNECTION_PARKED:
    case PF_CONNECTION_TAKING_OVER:
    case PF_CONNECTION_WAITING:
    case PF_CONNECTION_PLANNING:
        pf_connection_close(c, PF_CLOSE_ERROR, "the client spoke before it was welcomed");
        break;
    case PF_CONNECTION_STARTING:
        pf_setup_start_message(c, data, len);
        break;
    case PF_CONNECTION_LIVE:
        pf_native_session_message(c, data, len);
        break;
    case PF_CONNECTION_PAIRED:
    case PF_CONNECTION_DRAINING:
    case PF_CONNECTION_CLOSING:
        break;
    }
}

/* The end of the stream ends the control messages only (1.4), unless something is still to be agreed on. */
static bool stream_is_needed(const struct pf_connection *c)
{
    return c->state < PF_CONNECTION_LIVE && c->state != PF_CONNECTION_PAIRED;
}

static void stream_ended(struct pf_connection *c)
{
    if (stream_is_needed(c))
        pf_connection_close(c, PF_CLOSE_ERROR, "the client ended the control stream too early");
}

/* Streams besides the first are clipboard transfers of later clients; there is no clipboard here. */
static bool is_control_stream(struct pf_connection *c, int64_t stream)
{
    if (c->stream < 0) {
        c->stream = stream;
        pf_connection_enter(c, PF_CONNECTION_FIRST, c->native->config.limits.first_message_ns);
    }
    return stream == c->stream;
}

static void stream_data(struct pf_quic_conn *quic, int64_t stream, const uint8_t *data, size_t len, bool fin)
{
    struct pf_connection *c = pf_quic_user(quic);
    if (!c || c->state == PF_CONNECTION_CLOSING)
        return;
    if (!is_control_stream(c, stream)) {
        pf_quic_stream_reset(quic, stream, PF_STREAM_CLIPBOARD_CANCELLED);
        pf_quic_stream_stop(quic, stream, PF_STREAM_CLIPBOARD_CANCELLED);
        return;
    }
    const uint8_t *payload;
    size_t payload_len;
    int rc;
    while ((rc = pf_frame_reader_next(&c->reader, &data, &len, &payload, &payload_len)) > 0) {
        take_frame(c, payload, payload_len);
        if (c->state == PF_CONNECTION_CLOSING)
            return;
    }
    if (rc < 0)
        pf_connection_close(c, PF_CLOSE_ERROR, "the control stream is damaged");
    else if (fin)
        stream_ended(c);
}

static void stream_reset(struct pf_quic_conn *quic, int64_t stream, uint64_t code)
{
    struct pf_connection *c = pf_quic_user(quic);
    if (c && c->state != PF_CONNECTION_CLOSING && (c->stream < 0 || stream == c->stream))
        stream_ended(c);
}

static void datagram(struct pf_quic_conn *quic, const uint8_t *data, size_t len)
{
    struct pf_connection *c = pf_quic_user(quic);
    if (c)
        pf_native_session_datagram(c, data, len);
}

/* ---- begin ----------------------------------------------------------------------------------------------
 */

static void set_identity(struct pf_connection *c)
{
    struct sockaddr_storage peer;
    const uint8_t *fingerprint = pf_quic_peer_fingerprint(c->quic);
    pf_quic_peer_address(c->quic, &peer);
    pf_address_format_ip((const struct sockaddr *)&peer, c->address);
    snprintf(c->name, sizeof(c->name), "%.64s", c->address);
    c->seat.has_fingerprint = fingerprint != NULL;
    if (fingerprint) {
        memcpy(c->seat.fingerprint, fingerprint, sizeof(c->seat.fingerprint));
        pf_hex_encode(fingerprint, 6, c->label);
    } else {
        snprintf(c->label, sizeof(c->label), "%.47s", c->address);
    }
}

static struct pf_connection *create(struct pf_native *native, struct pf_quic_conn *quic)
{
    struct pf_connection *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    *c = (struct pf_connection){.native = native, .quic = quic, .stream = -1, .ticket = {.user = c}};
    if (pf_timer_create(native->loop, timed_out, c, &c->timer) < 0 ||
        pf_timer_create(native->loop, pf_native_session_pay_debts, c, &c->debt_timer) < 0) {
        destroy(c);
        return NULL;
    }
    set_identity(c);
    pf_gate_seat_init(c);
    return c;
}

static void ready(struct pf_quic_conn *quic)
{
    struct pf_native *native = pf_quic_user(quic);
    pf_quic_set_user(quic, NULL);
    struct pf_connection *c = create(native, quic);
    if (!c) {
        pf_quic_close(quic, PF_CLOSE_BUSY, "the host has no memory for another connection");
        return;
    }
    if (!pf_native_add(native, c)) {
        destroy(c);
        pf_quic_close(quic, PF_CLOSE_BUSY, "the host takes no more connections");
        return;
    }
    pf_quic_set_user(quic, c);
    if (pf_native_may_log(native))
        pf_log_info("native", "a client has connected client=%s address=%s", c->label, c->address);
    pf_connection_enter(c, PF_CONNECTION_FIRST, native->config.limits.first_message_ns);
}

const struct pf_quic_handlers pf_connection_handlers = {
    .ready = ready,
    .stream_data = stream_data,
    .stream_reset = stream_reset,
    .datagram = datagram,
    .closed = closed,
};

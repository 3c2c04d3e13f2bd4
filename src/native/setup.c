/* From the permit to Start: look at the machine, plan, bind the data socket, welcome. */
#include "native/connection.h"

#include "base/log.h"
#include "native/host.h"
#include "net/media_socket.h"
#include "net/path_mtu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A look at the desktop and the encoders takes a while; a worker of libuv does it. */
struct setup_work {
    uv_work_t uv;
    struct pf_connection *connection;
    struct pf_native_hooks hooks;
    struct pf_host_facts facts;
};

/* ---- data socket ----------------------------------------------------------------------------------------
 */

/* Bound to the address that the client dialled: its own socket takes video from nowhere else. */
static int open_socket(struct pf_connection *c, struct pf_error *err)
{
    struct sockaddr_storage local;
    uint16_t fixed = c->native->config.data_port;
    pf_quic_local_address(c->quic, &local);
    pf_address_set_port(&local, fixed);
    int rc = pf_media_socket_open((const struct sockaddr *)&local, &c->socket, err);
    if (rc == 0 || !fixed)
        return rc;
    pf_log_info("native", "data port %u is in use, taking another one client=%s", fixed, c->label);
    pf_address_set_port(&local, 0);
    return pf_media_socket_open((const struct sockaddr *)&local, &c->socket, err);
}

/* ---- Welcome --------------------------------------------------------------------------------------------
 */

static int make_terms(struct pf_connection *c, struct pf_error *err)
{
    const struct pf_native *native = c->native;
    struct sockaddr_storage peer, local;
    pf_quic_peer_address(c->quic, &peer);
    pf_quic_local_address(c->quic, &local);
    c->terms = (struct pf_terms){
        .udp_port = pf_media_socket_port(c->socket),
        .fec_percent = pf_parity_control_start(native->fec_pin).percent,
        .shard_payload = pf_terms_shard_payload(
            peer.ss_family == AF_INET6, c->hello.max_shard_payload, pf_path_mtu(&local, &peer)),
        .newer = pf_terms_is_newer(&c->hello),
        .grants = c->grants,
        .expires_in_s = pf_gate_access_left(c),
        .frames = c->plan.source == PF_SESSION_SOURCE_SYNTHETIC ? native->config.frames : 0,
    };
    uint8_t secret[sizeof(c->terms.key) + sizeof(c->terms.salt)];
    if (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret))
        return pf_error_set(err, -EIO, "the host has no random numbers for the session key");
    memcpy(c->terms.key, secret, sizeof(c->terms.key));
    memcpy(c->terms.salt, secret + sizeof(c->terms.key), sizeof(c->terms.salt));
    explicit_bzero(secret, sizeof(secret));
    return 0;
}

static void send_welcome(struct pf_connection *c)
{
    uint8_t frame[PF_FRAME_PREFIX + PF_WELCOME_MAX];
    struct pf_welcome welcome = pf_terms_welcome(&c->plan, &c->terms);
    int len = pf_welcome_encode(&welcome, frame + PF_FRAME_PREFIX, PF_WELCOME_MAX);
    if (len > 0)
        pf_connection_send(c, frame, (size_t)pf_frame_seal(frame, (size_t)len));
    explicit_bzero(frame, sizeof(frame));
    explicit_bzero(&welcome, sizeof(welcome));
}

static void go_on(struct pf_connection *c, const struct pf_host_facts *facts)
{
    struct pf_native *native = c->native;
    struct pf_error err;
    char text[160];
    struct pf_session_request request = pf_terms_request(
        &c->hello, native->config.source, c->name, c->seat.has_fingerprint ? c->seat.fingerprint : NULL);
    if (c->joined.width)
        request.mode = c->joined;
    if (pf_session_plan_make(&request, facts, &native->policy, &c->plan, &err) != PF_REFUSAL_NONE ||
        open_socket(c, &err) < 0 || make_terms(c, &err) < 0) {
        pf_connection_close(c, PF_CLOSE_SETUP_FAILED, err.text);
        return;
    }
    pf_log_info("native", "welcome client=%s name=\"%s\" port=%u: %s", c->label, c->name, c->terms.udp_port,
        pf_session_plan_describe(&c->plan, text, sizeof(text)));
    c->state = PF_CONNECTION_STARTING; /* the limit of PLANNING goes on */
    send_welcome(c);
}

/* ---- the worker -----------------------------------------------------------------------------------------
 */

static void look(uv_work_t *uv)
{
    struct setup_work *w = uv->data;
    w->facts = w->hooks.facts(w->hooks.user);
}

static void looked(uv_work_t *uv, int status)
{
    struct setup_work *w = uv->data;
    struct pf_connection *c = w->connection;
    c->work = NULL;
    if (c->state == PF_CONNECTION_PLANNING)
        go_on(c, &w->facts);
    else
        pf_connection_free_if_over(c);
    free(w);
}

void pf_setup_begin(struct pf_connection *c)
{
    pf_connection_enter(c, PF_CONNECTION_PLANNING, c->native->config.limits.setup_ns);
    if (c->native->config.source == PF_SESSION_SOURCE_SYNTHETIC) {
        go_on(c, &(struct pf_host_facts){0});
        return;
    }
    c->work = calloc(1, sizeof(*c->work));
    if (!c->work) {
        pf_connection_close(c, PF_CLOSE_SETUP_FAILED, "the host is out of memory");
        return;
    }
    *c->work = (struct setup_work){.connection = c, .hooks = c->native->hooks};
    c->work->uv.data = c->work;
    uv_queue_work(pf_loop_uv(c->native->loop), &c->work->uv, look, looked);
}

void pf_setup_start_message(struct pf_connection *c, const uint8_t *data, size_t len)
{
    uint16_t port;
    if (pf_start_decode(data, len, &port) < 0)
        pf_connection_close(c, PF_CLOSE_ERROR, "the answer to Welcome is not Start");
    else
        pf_native_session_begin(c, port);
}

void pf_setup_leave(struct pf_connection *c)
{
    pf_media_socket_close(c->socket);
    c->socket = NULL;
}

#include "mgmt/server.h"

#include "base/log.h"
#include "base/time.h"
#include "mgmt/events.h"
#include "mgmt/exchange.h"
#include "mgmt/room.h"
#include "net/address.h"
#include "net/identity.h"
#include "net/loop.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SCOPE "mgmt"

#define HEAD_MAX (16u << 10)
#define IDLE_S   10u
#define HEAD_NS  (15 * PF_NS_PER_S)
#define BODY_NS  (30 * PF_NS_PER_S)
#define SWEEP_MS 1000u

#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct connection {
    struct connection *prev, *next;
    struct sockaddr_storage peer;
    int fd;
    uint64_t deadline_ns; /* for the phase it is in; the library watches silence only */
};

struct pf_mgmt_server {
    struct pf_loop *loop;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    struct pf_timer *timer;
    char *token;
    const struct pf_mgmt_host *host;
    uint16_t port;
    uint64_t head_ns; /* connect, or end of the last answer, to the next head */
    struct connection *connections;
    struct pf_mgmt_exchange *exchanges; /* those that have a connection */
    struct pf_rate_limit log_limit;
};

/* ---- connections ---- */

/* What the library asks before it takes a connection. */
static enum MHD_Result may_connect(void *user, const struct sockaddr *peer, socklen_t len)
{
    const struct pf_mgmt_server *s = user;
    struct pf_mgmt_room room = {0};
    (void)len;
    for (const struct connection *c = s->connections; c; c = c->next)
        pf_mgmt_room_count(&room, (const struct sockaddr *)&c->peer, peer);
    return pf_mgmt_room_is_there(&room, peer) ? MHD_YES : MHD_NO;
}

static void connection_started(struct pf_mgmt_server *s, struct MHD_Connection *mhd, void **socket_context)
{
    struct connection *c = calloc(1, sizeof(*c));
    *socket_context = c;
    if (!c)
        return;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    socklen_t len = sizeof(c->peer);
    if (getpeername(c->fd, (struct sockaddr *)&c->peer, &len) < 0)
        c->peer.ss_family = AF_UNSPEC; /* it is gone already */
    c->deadline_ns = pf_time_mono_ns() + s->head_ns;
    c->next = s->connections;
    if (c->next)
        c->next->prev = c;
    s->connections = c;

    /* Ask for a certificate without naming authorities: clients have self-signed ones. */
    gnutls_session_t tls = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
    gnutls_certificate_server_set_request(tls, GNUTLS_CERT_REQUEST);
    gnutls_certificate_send_x509_rdn_sequence(tls, 1);
}

static void connection_closed(struct pf_mgmt_server *s, struct connection *c)
{
    if (!c)
        return;
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        s->connections = c->next;
    free(c);
}

static void on_connection(
    void *user, struct MHD_Connection *mhd, void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_started(user, mhd, socket_context);
    else
        connection_closed(user, *socket_context);
}

static void set_deadline(struct MHD_Connection *mhd, uint64_t deadline_ns)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *c = info ? info->socket_context : NULL;
    if (c)
        c->deadline_ns = deadline_ns;
}

/* Ends connections whose peer takes too long, however diligently it trickles bytes. */
static void sweep(struct pf_mgmt_server *s)
{
    uint64_t now = pf_time_mono_ns();
    for (struct connection *c = s->connections; c; c = c->next)
        if (now >= c->deadline_ns) {
            shutdown(c->fd, SHUT_RDWR);
            c->deadline_ns = UINT64_MAX;
        }
}

/* ---- requests ---- */

static void wake(void *user)
{
    struct pf_mgmt_server *s = user;
    pf_timer_arm(s->timer, 0);
}

static struct pf_mgmt_exchange *exchange_started(
    struct pf_mgmt_server *s, struct MHD_Connection *mhd, const char *path, const char *method)
{
    struct pf_mgmt_exchange *x = pf_mgmt_exchange_create(mhd, path, method);
    if (!x)
        return NULL;
    x->call.host = s->host;
    x->call.token = s->token;
    x->call.mgmt_port = s->port;
    x->wake = wake;
    x->wake_user = s;
    x->next = s->exchanges;
    if (x->next)
        x->next->prev = x;
    s->exchanges = x;
    return x;
}

static void on_completed(
    void *user, struct MHD_Connection *mhd, void **request_context, enum MHD_RequestTerminationCode code)
{
    struct pf_mgmt_server *s = user;
    struct pf_mgmt_exchange *x = *request_context;
    (void)code;
    if (!x)
        return;
    *request_context = NULL;
    if (x->next)
        x->next->prev = x->prev;
    if (x->prev)
        x->prev->next = x->next;
    else
        s->exchanges = x->next;
    pf_mgmt_exchange_release(x);
    set_deadline(mhd, pf_time_mono_ns() + s->head_ns);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *mhd, const char *path,
    const char *method, const char *version, const char *data, size_t *data_len, void **request_context)
{
    struct pf_mgmt_server *s = user;
    struct pf_mgmt_exchange *x = *request_context;
    (void)version;
    if (!x) {
        *request_context = x = exchange_started(s, mhd, path, method);
        if (!x)
            return MHD_NO;
        set_deadline(mhd, pf_time_mono_ns() + BODY_NS);
        pf_mgmt_exchange_begin(x);
        if (!pf_mgmt_exchange_answers_early(x))
            return MHD_YES;
        if (!x->answered)
            pf_mgmt_call_body_too_long(&x->call);
        return pf_mgmt_exchange_respond(x);
    }
    if (*data_len) {
        bool ok = pf_mgmt_exchange_receive(x, data, *data_len);
        *data_len = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    enum MHD_Result rc = pf_mgmt_exchange_respond(x);
    set_deadline(mhd, x->suspended || x->streams ? UINT64_MAX : pf_time_mono_ns() + BODY_NS);
    return rc;
}

/* Paths are matched as they are sent; the router decodes the variable part. */
static size_t leave_escaped(void *user, struct MHD_Connection *mhd, char *text)
{
    (void)user;
    (void)mhd;
    return strlen(text);
}

__attribute__((format(printf, 2, 0))) static void on_library_log(void *user, const char *fmt, va_list args)
{
    struct pf_mgmt_server *s = user;
    char text[256];
    if (!pf_log_enabled(PF_LOG_DEBUG, SCOPE) || !pf_rate_limit_pass(&s->log_limit, pf_time_mono_ns(), NULL))
        return;
    vsnprintf(text, sizeof(text), fmt, args);
    text[strcspn(text, "\n")] = 0;
    pf_log_debug(SCOPE, "%s", text);
}

/* ---- the loop ---- */

static void pump(struct pf_mgmt_server *s)
{
    sweep(s);
    pf_mgmt_events_tick(s->host->events, pf_time_mono_ns());
    MHD_run(s->daemon);
    MHD_UNSIGNED_LONG_LONG ms = SWEEP_MS;
    bool due = MHD_get_timeout(s->daemon, &ms) == MHD_YES;
    if (s->connections && (!due || ms > SWEEP_MS)) {
        ms = SWEEP_MS;
        due = true;
    }
    if (due)
        pf_timer_arm(s->timer, ms * PF_NS_PER_MS);
    else
        pf_timer_disarm(s->timer);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    pump(handle->data);
}

static void on_timer(void *user)
{
    pump(user);
}

static int listen_on(const char *text, uint16_t port, uint16_t *ret_port, struct pf_error *err)
{
    struct sockaddr_storage address;
    int rc = pf_address_parse(text, port, &address, err);
    if (rc < 0)
        return rc;
    int on = 1, fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return pf_error_set(err, -errno, "cannot open a socket for the management API: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    socklen_t len = pf_address_size((struct sockaddr *)&address);
    if (bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, 64) < 0)
        goto fail;
    len = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        goto fail;
    *ret_port = pf_address_port((struct sockaddr *)&address);
    return fd;
fail:
    rc = -errno;
    close(fd);
    char shown[PF_ADDRESS_TEXT];
    pf_address_format((struct sockaddr *)&address, shown);
    if (rc == -EADDRINUSE)
        return pf_error_set(err, rc,
            "the management address %s is in use by another program (another host, or Sunshine?); stop it or "
            "choose "
            "another address with --mgmt-bind IP:PORT",
            shown);
    return pf_error_set(err, rc, "cannot listen on the management address %s: %s", shown, strerror(-rc));
}

static struct MHD_Daemon *start_daemon(struct pf_mgmt_server *s, int fd, const struct pf_identity *identity)
{
    unsigned flags = MHD_USE_TLS | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    return MHD_start_daemon(flags, 0, may_connect, s, on_request, s, /* the logger has to come first */
        MHD_OPTION_EXTERNAL_LOGGER, on_library_log, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_HTTPS_MEM_KEY,
        pf_identity_key_pem(identity), MHD_OPTION_HTTPS_MEM_CERT, pf_identity_certificate_pem(identity),
        MHD_OPTION_HTTPS_PRIORITIES, PRIORITIES, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
        MHD_OPTION_CONNECTION_LIMIT, PF_MGMT_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_END);
}

static void on_closed(uv_handle_t *handle)
{
    struct pf_mgmt_server *s = handle->data;
    free(s->token);
    free(s);
}

int pf_mgmt_server_start(struct pf_loop *loop, const struct pf_mgmt_config *config,
    struct pf_mgmt_server **ret_server, struct pf_error *err)
{
    struct pf_mgmt_server *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "cannot start the management API: out of memory");
    s->loop = loop;
    s->host = config->host;
    s->log_limit = (struct pf_rate_limit){.interval_ns = PF_NS_PER_S, .burst = 5};
    s->head_ns = config->head_ns ? config->head_ns : HEAD_NS;
    s->token = strdup(config->token);
    if (!s->token) {
        free(s);
        return pf_error_set(err, -ENOMEM, "cannot start the management API: out of memory");
    }

    int fd = listen_on(config->bind, config->port, &s->port, err), rc = fd;
    if (fd < 0)
        goto fail;
    s->daemon = start_daemon(s, fd, config->identity);
    if (!s->daemon) {
        close(fd);
        rc = pf_error_set(
            err, -EIO, "cannot start the management API: the HTTPS library refused its settings");
        goto fail;
    }
    rc = pf_timer_create(loop, on_timer, s, &s->timer);
    int epoll_fd = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    if (rc == 0)
        rc = uv_poll_init(pf_loop_uv(loop), &s->poll, epoll_fd);
    if (rc < 0) {
        pf_error_set(err, rc, "cannot start the management API: %s", strerror(-rc));
        goto fail;
    }
    s->poll.data = s;
    uv_poll_start(&s->poll, UV_READABLE, on_poll);
    *ret_server = s;
    return 0;
fail:
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    pf_timer_destroy(s->timer);
    free(s->token);
    free(s);
    return rc;
}

/* The library insists that no connection is suspended when it stops. */
static void resume_all(struct pf_mgmt_server *s)
{
    for (struct pf_mgmt_exchange *x = s->exchanges; x; x = x->next) {
        x->abandoned = true;
        if (x->suspended) {
            x->suspended = false;
            MHD_resume_connection(x->connection);
        }
    }
    MHD_run(s->daemon);
}

void pf_mgmt_server_stop(struct pf_mgmt_server *s)
{
    if (!s)
        return;
    uv_poll_stop(&s->poll);
    resume_all(s);
    MHD_stop_daemon(s->daemon);
    pf_timer_destroy(s->timer);
    uv_close((uv_handle_t *)&s->poll, on_closed);
}

uint16_t pf_mgmt_server_port(const struct pf_mgmt_server *s)
{
    return s->port;
}

#include "gamestream/nvhttp/http.h"

#include "base/log.h"
#include "base/time.h"
#include "gamestream/nvhttp/doorkeeper.h"
#include "net/address.h"
#include "net/identity.h"
#include "net/loop.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCOPE "gamestream"

#define CONNECTIONS_MAX             64u
#define CONNECTIONS_PER_ADDRESS_MAX 16u
#define HEAD_MAX                    (40u << 10) /* a certificate of 8 KiB is 16 KiB of hexadecimal */
#define BODY_MAX                    4096u
#define IDLE_S                      10u
#define DAWDLE_NS                   (10 * PF_NS_PER_S)
#define SWEEP_MS                    1000u

#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct pf_gs_exchange {
    struct pf_gs_http *http;
    struct MHD_Connection *mhd;
    struct connection *connection;
    char *uri;                /* split and decoded in place */
    bool seen;                /* the head was */
    bool held, ready, ending; /* suspended; answered; the server stops or the peer is gone */
    size_t received;          /* bytes of body */
    struct pf_gs_reply reply;
};

struct connection {
    struct connection *prev, *next;
    int fd;
    uint64_t deadline_ns; /* the library watches silence only, so that a trickle would do */
    struct pf_gs_exchange *held;
};

struct pf_gs_http {
    struct pf_gs_http_config config;
    struct pf_loop *loop;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    struct pf_timer *timer;
    uint16_t port;
    struct connection *connections;
    bool resumed; /* some connection goes on: run again */
    bool stopping;
    struct pf_gs_doorkeeper doorkeeper;
    struct pf_rate_limit log_limit;
};

/* ---- connections ----------------------------------------------------------------------------------------
 */

static enum MHD_Result admit(void *user, const struct sockaddr *address, socklen_t len)
{
    struct pf_gs_http *h = user;
    (void)len;
    return pf_gs_doorkeeper_admit(&h->doorkeeper, pf_time_mono_ns(), address) ? MHD_YES : MHD_NO;
}

static void connection_started(struct pf_gs_http *h, struct MHD_Connection *mhd, void **socket_context)
{
    struct connection *c = calloc(1, sizeof(*c));
    *socket_context = c;
    if (!c)
        return;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    c->deadline_ns = pf_time_mono_ns() + h->config.dawdle_ns;
    c->next = h->connections;
    if (c->next)
        c->next->prev = c;
    h->connections = c;
    if (!h->config.identity)
        return;
    /* Ask for a certificate without naming authorities: clients have self-signed ones. */
    gnutls_session_t tls = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
    gnutls_certificate_server_set_request(tls, GNUTLS_CERT_REQUEST);
    gnutls_certificate_send_x509_rdn_sequence(tls, 1);
}

static void connection_closed(struct pf_gs_http *h, struct connection *c)
{
    if (!c)
        return;
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        h->connections = c->next;
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

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static bool peer_is_gone(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* A suspended connection goes on, to its end or to its answer. */
static void resume(struct pf_gs_exchange *x)
{
    x->held = false;
    if (x->connection)
        x->connection->held = NULL;
    MHD_resume_connection(x->mhd);
    x->http->resumed = true;
    pf_timer_arm(x->http->timer, 0);
}

/* Ends what takes too long, however diligently it trickles bytes, and held requests whose peer left: the
 * library looks at neither. */
static void sweep(struct pf_gs_http *h)
{
    uint64_t now = pf_time_mono_ns();
    for (struct connection *c = h->connections; c; c = c->next) {
        struct pf_gs_exchange *x = c->held;
        if (x && !h->config.identity && peer_is_gone(c->fd)) {
            x->ending = true;
            h->config.lost(h->config.user, x);
            resume(x);
        } else if (now >= c->deadline_ns) {
            shutdown(c->fd, SHUT_RDWR);
            c->deadline_ns = UINT64_MAX;
        }
    }
}

/* ---- requests -------------------------------------------------------------------------------------------
 */

/* The request line came. */
static void *on_uri(void *user, const char *uri, struct MHD_Connection *mhd)
{
    struct pf_gs_exchange *x = calloc(1, sizeof(*x));
    if (!x)
        return NULL;
    x->http = user;
    x->mhd = mhd;
    x->connection = connection_of(mhd);
    x->uri = strdup(uri);
    return x;
}

static void on_completed(
    void *user, struct MHD_Connection *mhd, void **request_context, enum MHD_RequestTerminationCode code)
{
    struct pf_gs_http *h = user;
    struct pf_gs_exchange *x = *request_context;
    (void)mhd;
    (void)code;
    if (!x)
        return;
    *request_context = NULL;
    if (x->held)
        h->config.lost(h->config.user, x);
    if (x->connection)
        x->connection->held = NULL;
    free(x->reply.body);
    free(x->uri);
    free(x);
}

static void read_ends(const struct pf_gs_exchange *x, struct pf_gs_request *r)
{
    struct sockaddr_storage a = {0};
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info)
        pf_address_unmap(info->client_addr, &r->peer);
    socklen_t len = sizeof(a);
    if (x->connection && getsockname(x->connection->fd, (struct sockaddr *)&a, &len) == 0)
        pf_address_unmap((struct sockaddr *)&a, &r->local);
    info =
        x->http->config.identity ? MHD_get_connection_info(x->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION) : NULL;
    unsigned n = 0;
    const gnutls_datum_t *chain = info ? gnutls_certificate_get_peers(info->tls_session, &n) : NULL;
    if (chain && n > 0) {
        r->has_certificate = true;
        pf_fingerprint_of(chain[0].data, chain[0].size, r->fingerprint);
    }
}

static void refuse(struct pf_gs_reply *ret, unsigned status)
{
    *ret = (struct pf_gs_reply){.status = status};
}

static void run_handler(struct pf_gs_exchange *x)
{
    struct pf_gs_http *h = x->http;
    struct pf_gs_request r = {.exchange = x, .secure = h->config.identity != NULL};
    char *query = x->uri;
    r.path = strsep(&query, "?");
    if (pf_gs_query_parse(query, &r.query) < 0) {
        refuse(&x->reply, MHD_HTTP_BAD_REQUEST);
        return;
    }
    read_ends(x, &r);
    h->config.handle(h->config.user, &r, &x->reply);
}

static enum MHD_Result respond(struct pf_gs_exchange *x)
{
    struct pf_gs_reply *r = &x->reply;
    if (!r->status)
        return MHD_NO;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        r->len, r->body, r->body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    r->body = NULL;
    if (r->type)
        MHD_add_response_header(response, "Content-Type", r->type);
    if (r->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET");
    MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result rc = MHD_queue_response(x->mhd, r->status, response);
    MHD_destroy_response(response);
    return rc;
}

static enum MHD_Result answer(struct pf_gs_exchange *x, const char *method)
{
    if (x->ending || (x->http->stopping && !x->ready))
        return MHD_NO;
    if (!x->ready) {
        x->ready = true;
        if (strcmp(method, "GET") == 0)
            run_handler(x);
        else
            refuse(&x->reply, MHD_HTTP_METHOD_NOT_ALLOWED);
    }
    if (!x->reply.held) {
        if (x->connection)
            x->connection->deadline_ns = pf_time_mono_ns() + x->http->config.dawdle_ns;
        return respond(x);
    }
    x->held = true;
    if (x->connection) {
        x->connection->held = x;
        x->connection->deadline_ns = UINT64_MAX;
    }
    MHD_suspend_connection(x->mhd);
    return MHD_YES;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *mhd, const char *path,
    const char *method, const char *version, const char *data, size_t *data_len, void **request_context)
{
    struct pf_gs_exchange *x = *request_context;
    (void)user;
    (void)mhd;
    (void)path;
    (void)version;
    (void)data;
    if (!x || !x->uri)
        return MHD_NO;
    if (!x->seen) {
        x->seen = true;
        return MHD_YES;
    }
    if (*data_len) {
        x->received += *data_len;
        *data_len = 0;
        return x->received <= BODY_MAX ? MHD_YES : MHD_NO;
    }
    return answer(x, method);
}

void pf_gs_http_answer(struct pf_gs_exchange *x, const struct pf_gs_reply *reply)
{
    x->reply = *reply;
    x->reply.held = false;
    if (x->held)
        resume(x);
}

__attribute__((format(printf, 2, 0))) static void on_library_log(void *user, const char *fmt, va_list args)
{
    struct pf_gs_http *h = user;
    char text[256];
    if (!pf_log_enabled(PF_LOG_DEBUG, SCOPE) || !pf_rate_limit_pass(&h->log_limit, pf_time_mono_ns(), NULL))
        return;
    vsnprintf(text, sizeof(text), fmt, args);
    text[strcspn(text, "\n")] = 0;
    pf_log_debug(SCOPE, "%s", text);
}

/* ---- the loop -------------------------------------------------------------------------------------------
 */

static void pump(struct pf_gs_http *h)
{
    sweep(h);
    h->resumed = false;
    MHD_run(h->daemon);
    MHD_UNSIGNED_LONG_LONG ms = SWEEP_MS;
    bool due = MHD_get_timeout(h->daemon, &ms) == MHD_YES;
    if (h->connections && (!due || ms > SWEEP_MS)) {
        ms = SWEEP_MS;
        due = true;
    }
    if (due || h->resumed)
        pf_timer_arm(h->timer, h->resumed ? 0 : ms * PF_NS_PER_MS);
    else
        pf_timer_disarm(h->timer);
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

static const char *plane(const struct pf_gs_http *h)
{
    return h->config.identity ? "HTTPS" : "HTTP";
}

static int listen_on(struct pf_gs_http *h, struct pf_error *err)
{
    struct sockaddr_storage address;
    int rc = pf_address_parse(h->config.bind_address, h->config.port, &address, err);
    if (rc < 0)
        return rc;
    pf_address_set_port(&address, h->config.port);
    int on = 1, fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return pf_error_set(err, -errno, "cannot open a socket for GameStream: %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    socklen_t len = pf_address_size((struct sockaddr *)&address);
    if (bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, 64) < 0)
        goto fail;
    len = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        goto fail;
    h->port = pf_address_port((struct sockaddr *)&address);
    return fd;
fail:
    rc = -errno;
    close(fd);
    if (rc == -EADDRINUSE)
        return pf_error_set(err, rc,
            "the GameStream %s port %u is in use by another program (Sunshine, or another host?); stop it, "
            "or "
            "start without --gamestream",
            plane(h), h->config.port);
    return pf_error_set(err, rc, "cannot listen on the GameStream %s port %u of %s: %s", plane(h),
        h->config.port, h->config.bind_address, strerror(-rc));
}

static struct MHD_Daemon *start_daemon(struct pf_gs_http *h, int fd)
{
    const struct pf_identity *identity = h->config.identity;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, identity ? (void *)pf_identity_key_pem(identity) : NULL},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, identity ? (void *)pf_identity_certificate_pem(identity) : NULL},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)PRIORITIES}, {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(flags | (identity ? MHD_USE_TLS : 0), 0, admit, h, on_request, h,
        MHD_OPTION_EXTERNAL_LOGGER, on_library_log, h, /* has to come first */
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_ARRAY, identity ? tls : none, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_URI_LOG_CALLBACK, on_uri,
        h, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        CONNECTIONS_PER_ADDRESS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_END);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

int pf_gs_http_start(struct pf_loop *loop, const struct pf_gs_http_config *config,
    struct pf_gs_http **ret_http, struct pf_error *err)
{
    struct pf_gs_http *h = calloc(1, sizeof(*h));
    if (!h)
        return pf_error_set(err, -ENOMEM, "cannot start GameStream: out of memory");
    h->config = *config;
    h->loop = loop;
    h->log_limit = (struct pf_rate_limit){.interval_ns = PF_NS_PER_S, .burst = 5};
    if (!h->config.dawdle_ns)
        h->config.dawdle_ns = DAWDLE_NS;
    int fd = listen_on(h, err), rc = fd;
    if (fd < 0)
        goto fail;
    h->daemon = start_daemon(h, fd);
    if (!h->daemon) {
        close(fd);
        rc = pf_error_set(err, -EIO, "cannot start GameStream: the HTTP library refused its settings");
        goto fail;
    }
    rc = pf_timer_create(loop, on_timer, h, &h->timer);
    int epoll_fd = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    if (rc == 0)
        rc = uv_poll_init(pf_loop_uv(loop), &h->poll, epoll_fd);
    if (rc < 0) {
        pf_error_set(err, rc, "cannot start GameStream: %s", strerror(-rc));
        goto fail;
    }
    h->poll.data = h;
    uv_poll_start(&h->poll, UV_READABLE, on_poll);
    *ret_http = h;
    return 0;
fail:
    if (h->daemon)
        MHD_stop_daemon(h->daemon);
    pf_timer_destroy(h->timer);
    free(h);
    return rc;
}

void pf_gs_http_stop(struct pf_gs_http *h)
{
    if (!h)
        return;
    h->stopping = true; /* who handles requests may be gone already */
    uv_poll_stop(&h->poll);
    /* The library insists that no connection is suspended when it stops. */
    for (struct connection *c = h->connections; c; c = c->next)
        if (c->held) {
            c->held->ending = true;
            resume(c->held);
        }
    MHD_run(h->daemon);
    MHD_stop_daemon(h->daemon);
    pf_timer_destroy(h->timer);
    uv_close((uv_handle_t *)&h->poll, on_closed);
}

uint16_t pf_gs_http_port(const struct pf_gs_http *h)
{
    return h->port;
}

#include "net/http.h"

#include "base/log.h"
#include "base/time.h"
#include "net/address.h"
#include "net/identity.h"
#include "net/loop.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SWEEP_MS   1000u
#define EAGER_RUNS 16u /* in a row, at once, while somebody's handshake is not over */
#define CALM_MS    5u
#define BACKLOG    64
#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct pf_http_connection {
    struct pf_http_connection *prev, *next;
    struct pf_http *http;
    struct MHD_Connection *mhd;
    struct sockaddr_storage peer;
    int fd;
    uint64_t deadline_ns;   /* the library watches silence only, so that a trickle would do */
    bool held, left, spoke; /* spoke: the handshake is over, and a request began */
    void *request;          /* while held */
};

struct pf_http {
    struct pf_http_config config;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    struct pf_timer *timer;
    uint16_t port;
    struct pf_http_connection *connections;
    bool resumed; /* some connection goes on: run again */
    unsigned eager_runs;
    bool stopping;
    struct pf_rate_limit log_limit;
};

/* ---- connections ---- */

static enum MHD_Result on_admission(void *user, const struct sockaddr *newcomer, socklen_t len)
{
    const struct pf_http *h = user;
    (void)len;
    return h->config.admit(h->config.user, newcomer) ? MHD_YES : MHD_NO;
}

/* Ask for a certificate without naming authorities: clients have self-signed ones. */
static void ask_for_certificate(struct MHD_Connection *mhd)
{
    gnutls_session_t tls = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
    gnutls_certificate_server_set_request(tls, GNUTLS_CERT_REQUEST);
    gnutls_certificate_send_x509_rdn_sequence(tls, 1);
}

static void connection_started(struct pf_http *h, struct MHD_Connection *mhd, void **socket_context)
{
    struct pf_http_connection *c = calloc(1, sizeof(*c));
    *socket_context = c;
    if (!c)
        return;
    c->http = h;
    c->mhd = mhd;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    socklen_t len = sizeof(c->peer);
    if (getpeername(c->fd, (struct sockaddr *)&c->peer, &len) < 0)
        c->peer.ss_family = AF_UNSPEC; /* it is gone already */
    c->deadline_ns = pf_time_mono_ns() + h->config.head_ns;
    c->next = h->connections;
    if (c->next)
        c->next->prev = c;
    h->connections = c;
    if (h->config.identity)
        ask_for_certificate(mhd);
}

static void connection_closed(struct pf_http *h, struct pf_http_connection *c)
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

/* NULL: memory was exhausted when it came; it is refused. */
static struct pf_http_connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

const struct pf_http_connection *pf_http_next(const struct pf_http *h, const struct pf_http_connection *c)
{
    return c ? c->next : h->connections;
}

const struct sockaddr *pf_http_address(const struct pf_http_connection *c)
{
    return (const struct sockaddr *)&c->peer;
}

struct MHD_Connection *pf_http_mhd(const struct pf_http_connection *c)
{
    return c->mhd;
}

void pf_http_read_peer(const struct pf_http_connection *c, struct pf_http_peer *ret)
{
    struct sockaddr_storage local = {0};
    socklen_t len = sizeof(local);
    *ret = (struct pf_http_peer){.has_certificate = false};
    pf_address_unmap(pf_http_address(c), &ret->peer);
    if (getsockname(c->fd, (struct sockaddr *)&local, &len) == 0)
        pf_address_unmap((struct sockaddr *)&local, &ret->local);
    if (!c->http->config.identity)
        return;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned n = 0;
    const gnutls_datum_t *chain = info ? gnutls_certificate_get_peers(info->tls_session, &n) : NULL;
    if (chain && n > 0) {
        ret->has_certificate = true;
        pf_fingerprint_of(chain[0].data, chain[0].size, ret->fingerprint);
    }
}

void pf_http_set_deadline(struct pf_http_connection *c, uint64_t deadline_ns)
{
    c->deadline_ns = deadline_ns;
}

/* ---- held requests ---- */

void pf_http_hold(struct pf_http_connection *c, void *request)
{
    c->held = true;
    c->request = request;
    c->deadline_ns = UINT64_MAX;
    MHD_suspend_connection(c->mhd);
}

bool pf_http_is_held(const struct pf_http_connection *c)
{
    return c->held;
}

/* The library takes notice at its next run only, and does not wake the loop for it. If it runs now, pump()
 * sees the flag; else the timer is what makes it run. */
void pf_http_resume(struct pf_http_connection *c)
{
    if (!c->held)
        return;
    c->held = false;
    c->request = NULL;
    MHD_resume_connection(c->mhd);
    c->http->resumed = true;
    pf_timer_arm(c->http->timer, 0);
}

bool pf_http_is_over(const struct pf_http_connection *c)
{
    return c->left || c->http->stopping;
}

static bool is_gone(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* Ends what takes too long, and held requests whose peer left: the library looks at neither. */
static void sweep(struct pf_http *h, uint64_t now)
{
    for (struct pf_http_connection *c = h->connections; c; c = c->next) {
        if (c->held && h->config.left && is_gone(c->fd)) {
            c->left = true;
            h->config.left(h->config.user, c->request);
            pf_http_resume(c);
        } else if (now >= c->deadline_ns) {
            shutdown(c->fd, SHUT_RDWR);
            c->deadline_ns = UINT64_MAX;
        }
    }
}

/* ---- requests ---- */

static void *on_line(void *user, const char *uri, struct MHD_Connection *mhd)
{
    const struct pf_http *h = user;
    struct pf_http_connection *c = connection_of(mhd);
    if (c)
        c->spoke = true;
    return c && h->config.line ? h->config.line(h->config.user, c, uri) : NULL;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *mhd, const char *path,
    const char *method, const char *version, const char *data, size_t *data_len, void **request)
{
    const struct pf_http *h = user;
    struct pf_http_connection *c = connection_of(mhd);
    const struct pf_http_piece piece = {.path = path, .method = method, .data = data, .len = *data_len};
    (void)version;
    *data_len = 0;
    return c && h->config.request(h->config.user, c, &piece, request) ? MHD_YES : MHD_NO;
}

static void on_completed(
    void *user, struct MHD_Connection *mhd, void **request, enum MHD_RequestTerminationCode code)
{
    const struct pf_http *h = user;
    (void)code;
    if (*request)
        h->config.completed(h->config.user, connection_of(mhd), *request);
    *request = NULL;
}

static size_t leave_escaped(void *user, struct MHD_Connection *mhd, char *text)
{
    (void)user;
    (void)mhd;
    return strlen(text);
}

__attribute__((format(printf, 2, 0))) static void on_library_log(void *user, const char *fmt, va_list args)
{
    struct pf_http *h = user;
    char text[256];
    if (!pf_log_enabled(PF_LOG_DEBUG, h->config.scope) ||
        !pf_rate_limit_pass(&h->log_limit, pf_time_mono_ns(), NULL))
        return;
    vsnprintf(text, sizeof(text), fmt, args);
    text[strcspn(text, "\n")] = 0;
    pf_log_debug(h->config.scope, "%s", text);
}

/* ---- the loop ---- */

static bool somebody_shakes_hands(const struct pf_http *h)
{
    const struct pf_http_connection *c = h->connections;
    while (c && c->spoke)
        c = c->next;
    return c != NULL;
}

/* The library wants to run again at once for as long as a handshake is not over, also while it waits for the
 * peer: then one silent stranger would keep the loop busy. What comes from a peer wakes the loop anyway; the
 * rest, long answers to others, goes on a little later. */
static unsigned calmed(struct pf_http *h, unsigned ms)
{
    if (ms > 0 || !somebody_shakes_hands(h))
        h->eager_runs = 0;
    else if (++h->eager_runs > EAGER_RUNS)
        return CALM_MS;
    return ms;
}

static void pump(struct pf_http *h)
{
    uint64_t now = pf_time_mono_ns();
    sweep(h, now);
    if (h->config.tick)
        h->config.tick(h->config.user, now);
    h->resumed = false;
    MHD_run(h->daemon);
    MHD_UNSIGNED_LONG_LONG ms = SWEEP_MS;
    bool due = MHD_get_timeout(h->daemon, &ms) == MHD_YES;
    if (h->connections && (!due || ms > SWEEP_MS)) {
        ms = SWEEP_MS;
        due = true;
    }
    if (due || h->resumed)
        pf_timer_arm(h->timer, h->resumed ? 0 : calmed(h, (unsigned)ms) * PF_NS_PER_MS);
    else
        pf_timer_disarm(h->timer);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    struct pf_http *h = handle->data;
    h->eager_runs = 0;
    pump(h);
}

static void on_timer(void *user)
{
    pump(user);
}

/* ---- life ---- */

static bool is_any6(const struct sockaddr *a)
{
    return a->sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)a)->sin6_addr);
}

/* The socket, or -errno. "::" takes IPv4 too, whatever the system's default is. */
static int open_socket(const struct sockaddr *address)
{
    const int on = 1, off = 0;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (is_any6(address))
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, address, pf_address_size(address)) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int rc = -errno;
    close(fd);
    return rc;
}

/* A kernel without IPv6 says one of these; then "::" is 0.0.0.0. */
static bool lacks_ipv6(int rc)
{
    return rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL;
}

static int listen_on(struct pf_http *h, struct pf_error *err)
{
    struct sockaddr_storage address = h->config.address, four = {.ss_family = AF_INET};
    const struct sockaddr *bound = (const struct sockaddr *)&address;
    socklen_t len = sizeof(address);
    pf_address_set_port(&four, pf_address_port(bound));
    int fd = open_socket(bound);
    if (lacks_ipv6(fd) && is_any6(bound))
        fd = open_socket((const struct sockaddr *)&four);
    if (fd >= 0 && getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        h->port = pf_address_port(bound);
        return fd;
    }
    int rc = fd < 0 ? fd : -errno;
    char shown[PF_ADDRESS_TEXT];
    if (fd >= 0)
        close(fd);
    pf_address_format((struct sockaddr *)&h->config.address, shown);
    return pf_error_set(err, rc, "cannot listen on %s for %s: %s", shown, h->config.name, strerror(-rc));
}

static struct MHD_Daemon *start_daemon(struct pf_http *h, int fd)
{
    const struct pf_http_config *c = &h->config;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, c->identity ? (void *)pf_identity_key_pem(c->identity) : NULL},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, c->identity ? (void *)pf_identity_certificate_pem(c->identity) : NULL},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)PRIORITIES}, {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(flags | (c->identity ? MHD_USE_TLS : 0), 0, on_admission, h, on_request, h,
        MHD_OPTION_EXTERNAL_LOGGER, on_library_log, h, /* has to come first */
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_ARRAY, c->identity ? tls : none,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
        MHD_OPTION_URI_LOG_CALLBACK, on_line, h, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
        MHD_OPTION_CONNECTION_LIMIT, c->connections_max, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        c->connections_per_address_max, MHD_OPTION_CONNECTION_TIMEOUT, c->idle_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, c->head_max, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_END);
}

static int join_loop(struct pf_http *h, struct pf_loop *loop)
{
    int rc = pf_timer_create(loop, on_timer, h, &h->timer);
    int epoll_fd = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    if (rc == 0)
        rc = uv_poll_init(pf_loop_uv(loop), &h->poll, epoll_fd);
    if (rc < 0)
        return rc;
    h->poll.data = h;
    uv_poll_start(&h->poll, UV_READABLE, on_poll);
    return 0;
}

int pf_http_start(struct pf_loop *loop, const struct pf_http_config *config, struct pf_http **ret_http,
    struct pf_error *err)
{
    struct pf_http *h = calloc(1, sizeof(*h));
    if (!h)
        return pf_error_set(err, -ENOMEM, "cannot start %s: out of memory", config->name);
    h->config = *config;
    h->log_limit = (struct pf_rate_limit){.interval_ns = PF_NS_PER_S, .burst = 5};
    int fd = listen_on(h, err), rc = fd;
    if (fd < 0)
        goto fail;
    h->daemon = start_daemon(h, fd);
    if (!h->daemon) {
        close(fd);
        rc = pf_error_set(err, -EIO, "cannot start %s: the HTTP library refused its settings", config->name);
        goto fail;
    }
    rc = join_loop(h, loop);
    if (rc == 0) {
        *ret_http = h;
        return 0;
    }
    pf_error_set(err, rc, "cannot start %s: %s", config->name, strerror(-rc));
    MHD_stop_daemon(h->daemon);
fail:
    pf_timer_destroy(h->timer);
    free(h);
    return rc;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void pf_http_stop(struct pf_http *h)
{
    if (!h)
        return;
    h->stopping = true;
    uv_poll_stop(&h->poll);
    /* The library insists that no connection is suspended when it stops. */
    for (struct pf_http_connection *c = h->connections; c; c = c->next)
        pf_http_resume(c);
    MHD_run(h->daemon);
    MHD_stop_daemon(h->daemon);
    pf_timer_destroy(h->timer);
    uv_close((uv_handle_t *)&h->poll, on_closed);
}

uint16_t pf_http_port(const struct pf_http *h)
{
    return h->port;
}

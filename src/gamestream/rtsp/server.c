#include "gamestream/rtsp/server.h"

#include "base/time.h"
#include "gamestream/rtsp/inbox.h"
#include "net/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define READ_NS  (15 * PF_NS_PER_S)
#define TOTAL_NS (30 * PF_NS_PER_S)
#define BACKLOG  16

struct connection {
    struct pf_gs_rtsp_server *server;
    struct connection *prev, *next;
    uv_tcp_t tcp;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct pf_timer *timer;
    struct sockaddr_storage from;
    uint64_t begun_ns;

    struct pf_gs_rtsp_inbox inbox;
    struct pf_gs_rtsp_seal *seal; /* of the request; looked up again before the reply */
    bool waits, replied, closing;
    uint8_t reply[PF_GS_RTSP_REPLY_MAX + PF_GS_RTSP_SEAL_OVERHEAD];
};

struct pf_gs_rtsp_server {
    struct pf_loop *loop;
    struct pf_gs_rtsp_limits limits;
    struct pf_gs_rtsp_events events;
    uv_tcp_t listener;
    struct connection *first, *last; /* oldest first */
    unsigned count;
    bool stopping, listener_gone;
};

/* ---- end of a connection --------------------------------------------------------------------------------
 */

static void free_if_stopped(struct pf_gs_rtsp_server *s)
{
    if (!s->stopping || s->first || !s->listener_gone)
        return;
    struct pf_gs_rtsp_events events = s->events;
    free(s);
    events.stopped(events.user);
}

static void gone(uv_handle_t *handle)
{
    struct connection *c = handle->data;
    struct pf_gs_rtsp_server *s = c->server;
    *(c->prev ? &c->prev->next : &s->first) = c->next;
    *(c->next ? &c->next->prev : &s->last) = c->prev;
    s->count--;
    pf_gs_rtsp_inbox_finish(&c->inbox);
    free(c);
    free_if_stopped(s);
}

static void close_connection(struct connection *c)
{
    if (c->closing)
        return;
    c->closing = true;
    pf_timer_destroy(c->timer);
    uv_close((uv_handle_t *)&c->tcp, gone);
}

static void timed_out(void *user)
{
    close_connection(user);
}

/* The next read may take so long, all of them no longer than the total. */
static void arm(struct connection *c)
{
    uint64_t now = pf_time_mono_ns(), end = c->begun_ns + c->server->limits.total_ns;
    uint64_t left = end > now ? end - now : 0, read = c->server->limits.read_ns;
    pf_timer_arm(c->timer, !c->waits && read < left ? read : left);
}

/* ---- the reply ------------------------------------------------------------------------------------------
 */

static void shut(uv_shutdown_t *shutdown, int status)
{
    struct connection *c = shutdown->data;
    if (status < 0)
        close_connection(c);
}

/* Half-closed: the client reads to the end, then closes itself; what it still sends is drained. */
static void written(uv_write_t *write, int status)
{
    struct connection *c = write->data;
    c->shutdown.data = c;
    if (status < 0 || c->closing || uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, shut) < 0)
        close_connection(c);
}

static void send_reply(struct connection *c, const char *text, size_t len)
{
    struct pf_gs_rtsp_events *e = &c->server->events;
    struct pf_gs_rtsp_seal *seal =
        c->seal ? e->seal(e->user, (const struct sockaddr *)&c->from) : NULL; /* it may be gone by now */
    int n = (int)len;
    if (seal != c->seal) { /* its launch is over */
        close_connection(c);
        return;
    }
    if (seal)
        n = pf_gs_rtsp_seal(seal, PF_GS_FROM_HOST, text, len, c->reply, sizeof(c->reply));
    else
        memcpy(c->reply, text, len);
    c->write.data = c;
    c->replied = true;
    const uv_buf_t buf = uv_buf_init((char *)c->reply, (unsigned)(n > 0 ? n : 0));
    if (n <= 0 || uv_write(&c->write, (uv_stream_t *)&c->tcp, &buf, 1, written) < 0)
        close_connection(c);
}

static void answer(struct connection *c)
{
    struct pf_gs_rtsp_request request;
    char buf[PF_GS_RTSP_REPLY_MAX];
    struct pf_gs_rtsp_reply reply = {.buf = buf, .cap = sizeof(buf)};
    c->waits = false;
    if (pf_gs_rtsp_request_parse(c->inbox.text, c->inbox.text_len, &request) < 0) {
        close_connection(c);
        return;
    }
    struct pf_gs_rtsp_events *e = &c->server->events;
    switch (e->request(e->user, &request, (const struct sockaddr *)&c->from, &reply)) {
    case PF_GS_RTSP_REPLIED:
        send_reply(c, buf, reply.len);
        break;
    case PF_GS_RTSP_LATER:
        c->waits = true;
        arm(c);
        break;
    case PF_GS_RTSP_CLOSE:
        close_connection(c);
        break;
    }
}

/* ---- the request ----------------------------------------------------------------------------------------
 */

static void look(struct connection *c, size_t n)
{
    struct pf_gs_rtsp_events *e = &c->server->events;
    c->seal = e->seal(e->user, (const struct sockaddr *)&c->from);
    int rc = pf_gs_rtsp_inbox_take(&c->inbox, n, c->seal);
    if (rc > 0)
        answer(c);
    else if (rc < 0)
        close_connection(c);
    else
        arm(c);
}

static void want_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct connection *c = handle->data;
    uint8_t *room = NULL;
    size_t len = pf_gs_rtsp_inbox_room(&c->inbox, &room);
    *buf = uv_buf_init((char *)room, (unsigned)len);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct connection *c = stream->data;
    if (n < 0) {
        if (n != UV_EOF || !c->inbox.text ||
            c->replied) /* a client that half-closed still waits for its answer */
            close_connection(c);
        return;
    }
    if (n > 0 && !c->inbox.text)
        look(c, (size_t)n);
}

/* ---- accepting ------------------------------------------------------------------------------------------
 */

/* Strangers must not keep the one out who is expected: the oldest of them gives way. */
static void make_room(struct pf_gs_rtsp_server *s)
{
    if (s->count < PF_GS_RTSP_CONNECTIONS)
        return;
    struct connection *c = s->first;
    while (c && (c->closing || s->events.expects(s->events.user, (const struct sockaddr *)&c->from)))
        c = c->next;
    if (c)
        close_connection(c);
}

static unsigned living(const struct pf_gs_rtsp_server *s)
{
    unsigned n = 0;
    for (const struct connection *c = s->first; c; c = c->next)
        n += !c->closing;
    return n;
}

static void begin(struct connection *c)
{
    struct pf_gs_rtsp_server *s = c->server;
    int len = sizeof(c->from);
    if (uv_accept((uv_stream_t *)&s->listener, (uv_stream_t *)&c->tcp) < 0 ||
        uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&c->from, &len) < 0 ||
        pf_timer_create(s->loop, timed_out, c, &c->timer) < 0) {
        close_connection(c);
        return;
    }
    make_room(s);
    if (living(s) > PF_GS_RTSP_CONNECTIONS) {
        close_connection(c);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    arm(c);
    if (uv_read_start((uv_stream_t *)&c->tcp, want_room, on_read) < 0)
        close_connection(c);
}

static void incoming(uv_stream_t *listener, int status)
{
    struct pf_gs_rtsp_server *s = listener->data;
    struct connection *c = status < 0 || s->stopping ? NULL : calloc(1, sizeof(*c));
    if (!c)
        return;
    c->server = s;
    c->begun_ns = pf_time_mono_ns();
    c->prev = s->last;
    *(s->last ? &s->last->next : &s->first) = c;
    s->last = c;
    s->count++;
    uv_tcp_init(pf_loop_uv(s->loop), &c->tcp);
    c->tcp.data = c;
    begin(c);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static int bind_listener(
    struct pf_gs_rtsp_server *s, const char *bind_address, uint16_t port, struct pf_error *err)
{
    struct sockaddr_storage local;
    int rc = pf_address_parse(bind_address ? bind_address : "::", 0, &local, err);
    if (rc < 0)
        return rc;
    pf_address_set_port(&local, port);
    rc = uv_tcp_bind(&s->listener, (const struct sockaddr *)&local, 0);
    if ((rc == UV_EAFNOSUPPORT || rc == UV_EADDRNOTAVAIL) && !bind_address) {
        const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
        rc = uv_tcp_bind(&s->listener, (const struct sockaddr *)&any, 0);
    }
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&s->listener, BACKLOG, incoming);
    return rc < 0 ? pf_error_set(err, rc, "cannot listen on the RTSP port %u: %s", port, uv_strerror(rc)) : 0;
}

static void listener_closed(uv_handle_t *handle)
{
    struct pf_gs_rtsp_server *s = handle->data;
    s->listener_gone = true;
    free_if_stopped(s);
}

static void free_unused(uv_handle_t *handle)
{
    free(handle->data);
}

int pf_gs_rtsp_server_start(struct pf_loop *loop, const char *bind_address, uint16_t port,
    const struct pf_gs_rtsp_limits *limits, const struct pf_gs_rtsp_events *events,
    struct pf_gs_rtsp_server **ret_server, struct pf_error *err)
{
    struct pf_gs_rtsp_server *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "there is no memory for the RTSP port");
    s->loop = loop;
    s->events = *events;
    if (limits)
        s->limits = *limits;
    s->limits.read_ns = s->limits.read_ns ? s->limits.read_ns : READ_NS;
    s->limits.total_ns = s->limits.total_ns ? s->limits.total_ns : TOTAL_NS;
    int rc = uv_tcp_init(pf_loop_uv(loop), &s->listener);
    if (rc < 0) {
        free(s);
        return pf_error_set(err, rc, "there is no socket for the RTSP port: %s", uv_strerror(rc));
    }
    s->listener.data = s;
    rc = bind_listener(s, bind_address, port, err);
    if (rc < 0)
        uv_close((uv_handle_t *)&s->listener, free_unused);
    else
        *ret_server = s;
    return rc;
}

void pf_gs_rtsp_server_stop(struct pf_gs_rtsp_server *s)
{
    s->stopping = true;
    uv_close((uv_handle_t *)&s->listener, listener_closed);
    for (struct connection *c = s->first; c; c = c->next)
        close_connection(c);
}

uint16_t pf_gs_rtsp_server_port(const struct pf_gs_rtsp_server *s)
{
    struct sockaddr_storage local;
    int len = sizeof(local);
    return uv_tcp_getsockname(&s->listener, (struct sockaddr *)&local, &len) == 0
               ? pf_address_port((const struct sockaddr *)&local)
               : 0;
}

void pf_gs_rtsp_server_wake(struct pf_gs_rtsp_server *s)
{
    for (struct connection *c = s->first; c; c = c->next)
        if (c->waits && !c->closing)
            answer(c);
}

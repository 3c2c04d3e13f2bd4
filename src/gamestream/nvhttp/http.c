#include "gamestream/nvhttp/http.h"

#include "base/time.h"
#include "gamestream/nvhttp/doorkeeper.h"
#include "net/address.h"
#include "net/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX             64u
#define CONNECTIONS_PER_ADDRESS_MAX 16u
#define HEAD_MAX                    (40u << 10) /* a certificate of 8 KiB is 16 KiB of hexadecimal */
#define BODY_MAX                    4096u
#define IDLE_S                      10u
#define DAWDLE_NS                   (10 * PF_NS_PER_S)

struct pf_gs_exchange {
    struct pf_gs_http *http;
    struct pf_http_connection *connection;
    char *uri;       /* split and decoded in place */
    bool seen;       /* the head was */
    bool ready;      /* the handler was asked */
    size_t received; /* bytes of body */
    struct pf_gs_reply reply;
};

struct pf_gs_http {
    struct pf_gs_http_config config;
    struct pf_http *transport;
    struct pf_gs_doorkeeper doorkeeper;
};

static bool on_admission(void *user, const struct sockaddr *newcomer)
{
    struct pf_gs_http *h = user;
    return pf_gs_doorkeeper_admit(&h->doorkeeper, pf_time_mono_ns(), newcomer);
}

/* ---- requests -------------------------------------------------------------------------------------------
 */

static void *on_line(void *user, struct pf_http_connection *connection, const char *uri)
{
    struct pf_gs_exchange *x = calloc(1, sizeof(*x));
    if (!x)
        return NULL;
    x->http = user;
    x->connection = connection;
    x->uri = strdup(uri);
    return x;
}

static void on_completed(void *user, struct pf_http_connection *connection, void *request)
{
    struct pf_gs_exchange *x = request;
    (void)user;
    (void)connection;
    free(x->reply.body);
    free(x->uri);
    free(x);
}

static void on_left(void *user, void *request)
{
    struct pf_gs_http *h = user;
    h->config.lost(h->config.user, request);
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
    struct pf_http_peer peer;
    pf_http_read_peer(x->connection, &peer);
    r.peer = peer.peer;
    r.local = peer.local;
    r.has_certificate = peer.has_certificate;
    memcpy(r.fingerprint, peer.fingerprint, sizeof(r.fingerprint));
    h->config.handle(h->config.user, &r, &x->reply);
}

static bool respond(struct pf_gs_exchange *x)
{
    struct pf_gs_reply *r = &x->reply;
    if (!r->status)
        return false;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        r->len, r->body, r->body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response)
        return false;
    r->body = NULL;
    if (r->type)
        MHD_add_response_header(response, "Content-Type", r->type);
    if (r->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET");
    MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result rc = MHD_queue_response(pf_http_mhd(x->connection), r->status, response);
    MHD_destroy_response(response);
    return rc == MHD_YES;
}

/* The handler may be gone when the server stops; what it has answered still goes out. */
static bool answer(struct pf_gs_exchange *x, const char *method)
{
    bool answered = x->ready && !x->reply.held;
    if (!answered && pf_http_is_over(x->connection))
        return false;
    if (!x->ready) {
        x->ready = true;
        if (strcmp(method, "GET") == 0)
            run_handler(x);
        else
            refuse(&x->reply, MHD_HTTP_METHOD_NOT_ALLOWED);
    }
    if (x->reply.held) {
        pf_http_hold(x->connection, x);
        return true;
    }
    pf_http_set_deadline(x->connection, pf_time_mono_ns() + x->http->config.dawdle_ns);
    return respond(x);
}

static bool on_request(
    void *user, struct pf_http_connection *connection, const struct pf_http_piece *piece, void **request)
{
    struct pf_gs_exchange *x = *request;
    (void)user;
    (void)connection;
    if (!x || !x->uri)
        return false;
    if (!x->seen) {
        x->seen = true;
        return true;
    }
    x->received += piece->len;
    return piece->len ? x->received <= BODY_MAX : answer(x, piece->method);
}

void pf_gs_http_answer(struct pf_gs_exchange *x, const struct pf_gs_reply *reply)
{
    x->reply = *reply;
    x->reply.held = false;
    pf_http_resume(x->connection);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static int start(struct pf_gs_http *h, struct pf_loop *loop, struct pf_error *err)
{
    struct pf_http_config config = {.scope = "gamestream",
        .name = "GameStream",
        .identity = h->config.identity,
        .connections_max = CONNECTIONS_MAX,
        .connections_per_address_max = CONNECTIONS_PER_ADDRESS_MAX,
        .head_max = HEAD_MAX,
        .idle_s = IDLE_S,
        .head_ns = h->config.dawdle_ns,
        .user = h,
        .admit = on_admission,
        .line = on_line,
        .request = on_request,
        .completed = on_completed,
        .left = h->config.identity ? NULL : on_left}; /* only requests in the clear are held */
    int rc = pf_address_parse(h->config.bind_address, h->config.port, &config.address, err);
    if (rc < 0)
        return rc;
    pf_address_set_port(&config.address, h->config.port);
    rc = pf_http_start(loop, &config, &h->transport, err);
    if (rc != -EADDRINUSE)
        return rc;
    return pf_error_set(err, rc,
        "the GameStream %s port %u is in use by another program (Sunshine, or another host?); stop it, or "
        "start without --gamestream",
        h->config.identity ? "HTTPS" : "HTTP", h->config.port);
}

int pf_gs_http_start(struct pf_loop *loop, const struct pf_gs_http_config *config,
    struct pf_gs_http **ret_http, struct pf_error *err)
{
    struct pf_gs_http *h = calloc(1, sizeof(*h));
    if (!h)
        return pf_error_set(err, -ENOMEM, "cannot start GameStream: out of memory");
    h->config = *config;
    if (!h->config.dawdle_ns)
        h->config.dawdle_ns = DAWDLE_NS;
    int rc = start(h, loop, err);
    if (rc < 0)
        free(h);
    else
        *ret_http = h;
    return rc;
}

void pf_gs_http_stop(struct pf_gs_http *h)
{
    if (!h)
        return;
    pf_http_stop(h->transport);
    free(h);
}

uint16_t pf_gs_http_port(const struct pf_gs_http *h)
{
    return pf_http_port(h->transport);
}

#include "mgmt/server.h"

#include "base/time.h"
#include "mgmt/events.h"
#include "mgmt/exchange.h"
#include "mgmt/room.h"
#include "net/address.h"
#include "net/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX (16u << 10)
#define IDLE_S   10u
#define HEAD_NS  (15 * PF_NS_PER_S)

struct pf_mgmt_server {
    struct pf_http *transport;
    char *token;
    const struct pf_mgmt_host *host;
    uint64_t head_ns; /* connect, or end of the last answer, to the next head */
};

static bool on_admission(void *user, const struct sockaddr *newcomer)
{
    const struct pf_mgmt_server *s = user;
    struct pf_mgmt_room room = {0};
    const struct pf_http_connection *c = NULL;
    while ((c = pf_http_next(s->transport, c)))
        pf_mgmt_room_count(&room, pf_http_address(c), newcomer);
    return pf_mgmt_room_is_there(&room, newcomer);
}

/* ---- requests ---- */

static struct pf_mgmt_exchange *exchange_started(
    struct pf_mgmt_server *s, struct pf_http_connection *connection, const struct pf_http_piece *head)
{
    struct pf_mgmt_exchange *x = pf_mgmt_exchange_create(connection, head->path, head->method);
    if (!x)
        return NULL;
    x->call.host = s->host;
    x->call.token = s->token;
    x->call.mgmt_port = pf_http_port(s->transport);
    return x;
}

static void on_completed(void *user, struct pf_http_connection *connection, void *request)
{
    const struct pf_mgmt_server *s = user;
    pf_mgmt_exchange_release(request);
    pf_http_set_deadline(connection, pf_time_mono_ns() + s->head_ns);
}

static bool on_request(
    void *user, struct pf_http_connection *connection, const struct pf_http_piece *piece, void **request)
{
    struct pf_mgmt_exchange *x = *request;
    if (x)
        return pf_mgmt_exchange_piece(x, piece);
    *request = x = exchange_started(user, connection, piece);
    return x && pf_mgmt_exchange_head(x);
}

static void on_tick(void *user, uint64_t now_ns)
{
    const struct pf_mgmt_server *s = user;
    pf_mgmt_events_tick(s->host->events, now_ns);
}

/* ---- life ---- */

static int start(
    struct pf_mgmt_server *s, struct pf_loop *loop, const struct pf_mgmt_config *c, struct pf_error *err)
{
    struct pf_http_config config = {.scope = "mgmt",
        .name = "the management API",
        .identity = c->identity,
        .connections_max = PF_MGMT_CONNECTIONS_MAX,
        .head_max = HEAD_MAX,
        .idle_s = IDLE_S,
        .head_ns = s->head_ns,
        .user = s,
        .admit = on_admission,
        .request = on_request,
        .completed = on_completed,
        .tick = on_tick};
    int rc = pf_address_parse(c->bind, c->port, &config.address, err);
    if (rc == 0)
        rc = pf_http_start(loop, &config, &s->transport, err);
    if (rc != -EADDRINUSE)
        return rc;
    char shown[PF_ADDRESS_TEXT];
    pf_address_format((struct sockaddr *)&config.address, shown);
    return pf_error_set(err, rc,
        "the management address %s is in use by another program (another host, or Sunshine?); stop it or "
        "choose another address with --mgmt-bind IP:PORT",
        shown);
}

static void free_server(struct pf_mgmt_server *s)
{
    free(s->token);
    free(s);
}

int pf_mgmt_server_start(struct pf_loop *loop, const struct pf_mgmt_config *config,
    struct pf_mgmt_server **ret_server, struct pf_error *err)
{
    struct pf_mgmt_server *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "cannot start the management API: out of memory");
    s->host = config->host;
    s->head_ns = config->head_ns ? config->head_ns : HEAD_NS;
    s->token = strdup(config->token);
    int rc = s->token ? start(s, loop, config, err)
                      : pf_error_set(err, -ENOMEM, "cannot start the management API: out of memory");
    if (rc < 0)
        free_server(s);
    else
        *ret_server = s;
    return rc;
}

void pf_mgmt_server_stop(struct pf_mgmt_server *s)
{
    if (!s)
        return;
    pf_http_stop(s->transport);
    free_server(s);
}

uint16_t pf_mgmt_server_port(const struct pf_mgmt_server *s)
{
    return pf_http_port(s->transport);
}

#include "console/server.h"

#include "base/log.h"
#include "base/time.h"
#include "console/visit.h"
#include "mgmt/events.h"
#include "mgmt/room.h"
#include "net/address.h"
#include "net/loop.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SCOPE    "console"
#define HEAD_MAX (16u << 10)
#define IDLE_S   10u
#define HEAD_NS  (15 * PF_NS_PER_S)
#define BODY_NS  (30 * PF_NS_PER_S)

static bool on_admission(void *user, const struct sockaddr *newcomer)
{
    const struct pf_console *c = user;
    struct pf_mgmt_room room = {0};
    const struct pf_http_connection *one = NULL;
    while ((one = pf_http_next(c->transport, one)))
        pf_mgmt_room_count(&room, pf_http_address(one), newcomer);
    return pf_mgmt_room_is_there(&room, newcomer);
}

/* ---- where a request goes ---- */

static bool is_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == 0);
}

static void send_to_login(struct pf_visit *v, const char *path)
{
    char next[960];
    pf_visit_encode(path, next, sizeof(next));
    snprintf(v->location, sizeof(v->location), "/login?next=%s", next);
    pf_visit_answer(v, 302, NULL);
}

static void show_page(struct pf_visit *v, const char *path)
{
    const struct pf_asset *asset = pf_asset_find(path);
    bool page = pf_asset_is_page(path);
    if (asset == pf_asset_shell())
        asset = NULL; /* it has the addresses of the pages */
    if (pf_asset_is_public(path) || pf_visit_is_logged_in(v)) {
        if (page)
            pf_visit_show(v, pf_asset_shell(), true);
        else if (asset)
            pf_visit_show(v, asset, strncmp(path, "/assets/", 8) != 0);
        else
            pf_visit_refuse(v, 404, "there is no such page");
    } else if (!pf_password_is_set(v->console->password)) {
        pf_visit_refuse(v, 503, PF_CONSOLE_UNSET);
        if (page)
            v->asset = pf_asset_shell(); /* says it better */
        v->shell = true;
    } else {
        send_to_login(v, path);
    }
}

static void refuse_method(struct pf_visit *v, const char *allowed)
{
    v->allow = allowed;
    pf_visit_refuse(v, 405, "the address is not for this method");
}

static void begin_login_call(struct pf_visit *v, const char *path, const char *method)
{
    const char *wanted = NULL, *type = pf_visit_header(v, "Content-Type");
    void (*act)(struct pf_visit *) = pf_login_call(path, &wanted);
    if (!act)
        pf_visit_refuse(v, 404, "there is no such call");
    else if (strcmp(method, wanted) != 0)
        refuse_method(v, wanted);
    else if (strcmp(wanted, "POST") == 0 && !pf_visit_is_own(v))
        pf_visit_refuse(v, 403, "the request comes from a page of another site");
    else if (strcmp(wanted, "POST") == 0 && (!type || strncasecmp(type, "application/json", 16) != 0))
        pf_visit_refuse(v, 415, "the request needs a body of the type application/json");
    else
        v->act = act;
}

static bool begin_api(struct pf_visit *v, const struct pf_http_piece *head)
{
    struct pf_mgmt_exchange *x = pf_mgmt_exchange_create(v->connection, head->path, head->method);
    if (!x)
        return false;
    x->call.host = v->console->host;
    x->call.mgmt_port = v->console->mgmt_port;
    x->call.request.has_login = true;
    x->call.request.authorization = NULL;
    v->api = x;
    return pf_mgmt_exchange_head(x);
}

/* False: cut the connection. */
static bool begin(struct pf_visit *v, const struct pf_http_piece *head)
{
    bool api = is_below(head->path, "/api");
    if (api && pf_visit_is_logged_in(v))
        return begin_api(v, head);
    if (api && !pf_password_is_set(v->console->password))
        pf_visit_refuse(v, 503, PF_CONSOLE_UNSET);
    else if (api)
        pf_visit_refuse(v, 401, "nobody is logged in");
    else if (is_below(head->path, "/_auth"))
        begin_login_call(v, head->path, head->method);
    else if (strcmp(head->method, "GET") != 0 && strcmp(head->method, "HEAD") != 0)
        refuse_method(v, "GET, HEAD");
    else
        show_page(v, head->path);
    return true;
}

/* ---- requests ---- */

void pf_visit_free(struct pf_visit *v)
{
    struct pf_console *c = v->console;
    if (v->next)
        v->next->prev = v->prev;
    if (v->prev)
        v->prev->next = v->next;
    else
        c->visits = v->next;
    json_decref(v->json);
    sodium_memzero(v, sizeof(*v));
    free(v);
    if (!c->transport && !c->hashing)
        pf_console_free(c);
}

static void on_completed(void *user, struct pf_http_connection *connection, void *request)
{
    struct pf_visit *v = request;
    (void)user;
    if (v->api)
        pf_mgmt_exchange_release(v->api);
    v->connection = NULL;
    if (!v->running)
        pf_visit_free(v);
    pf_http_set_deadline(connection, pf_time_mono_ns() + HEAD_NS);
}

static bool respond(struct pf_visit *v)
{
    if (!v->status && !v->running && !pf_http_is_over(v->connection)) {
        if (v->len > PF_VISIT_BODY_MAX)
            pf_visit_refuse(v, 413, "the body is too long");
        else
            v->act(v);
    }
    if (v->status)
        return pf_visit_respond(v);
    if (pf_http_is_over(v->connection))
        return false;
    pf_http_hold(v->connection, v);
    return true;
}

static void keep(struct pf_visit *v, const struct pf_http_piece *piece)
{
    if (v->len + piece->len <= PF_VISIT_BODY_MAX)
        memcpy(v->body + v->len, piece->data, piece->len);
    v->len += piece->len;
}

static bool on_request(
    void *user, struct pf_http_connection *connection, const struct pf_http_piece *piece, void **request)
{
    struct pf_visit *v = *request;
    if (!v) {
        *request = v = calloc(1, sizeof(*v));
        if (!v)
            return false;
        v->console = user;
        v->connection = connection;
        v->next = v->console->visits;
        if (v->next)
            v->next->prev = v;
        v->console->visits = v;
        pf_http_set_deadline(connection, pf_time_mono_ns() + BODY_NS);
        return begin(v, piece);
    }
    if (v->api)
        return pf_mgmt_exchange_piece(v->api, piece);
    if (piece->len) {
        keep(v, piece);
        return v->len <= 64 * PF_VISIT_BODY_MAX; /* so that it can read its refusal */
    }
    return respond(v);
}

/* Streams of events go on for days: they end with the login. */
static void on_tick(void *user, uint64_t now_ns)
{
    struct pf_console *c = user;
    pf_mgmt_events_tick(c->host->events, now_ns);
    for (struct pf_visit *v = c->visits; v; v = v->next)
        if (v->api && v->api->streams && !pf_visit_is_logged_in(v))
            pf_http_set_deadline(v->connection, 0);
}

/* ---- life ---- */

static int listen_on(struct pf_console *c, const struct pf_console_config *wish, struct pf_error *err)
{
    struct pf_http_config config = {.scope = SCOPE,
        .name = "the console",
        .identity = wish->identity,
        .connections_max = PF_MGMT_CONNECTIONS_MAX,
        .head_max = HEAD_MAX,
        .idle_s = IDLE_S,
        .head_ns = HEAD_NS,
        .user = c,
        .admit = on_admission,
        .request = on_request,
        .completed = on_completed,
        .tick = on_tick};
    int rc = pf_address_parse(wish->bind, wish->port, &config.address, err);
    return rc < 0 ? rc : pf_http_start(c->loop, &config, &c->transport, err);
}

void pf_console_free(struct pf_console *c)
{
    pf_logins_close(c->logins);
    pf_password_destroy(c->password);
    free(c->dir);
    sodium_memzero(c, sizeof(*c));
    free(c);
}

int pf_console_start(struct pf_loop *loop, const struct pf_console_config *config,
    struct pf_console **ret_console, struct pf_error *err)
{
    if (!pf_asset_shell())
        return pf_error_set(err, -ENOTSUP, "this build has no pages");
    struct pf_console *c = calloc(1, sizeof(*c));
    if (!c)
        return pf_error_set(err, -ENOMEM, "cannot start the console: out of memory");
    c->loop = loop;
    c->host = config->host;
    c->mgmt_port = config->mgmt_port;
    c->dir = strdup(config->dir);
    int rc = c->dir ? 0 : pf_error_set(err, -ENOMEM, "cannot start the console: out of memory");
    if (rc == 0)
        rc = pf_password_load(config->dir, &c->password, err);
    if (rc == 0)
        rc = pf_logins_open(config->dir, &c->logins, err);
    if (rc == 0)
        rc = listen_on(c, config, err);
    if (rc < 0) {
        pf_console_free(c);
        return rc;
    }
    *ret_console = c;
    return 0;
}

/* A password that is being hashed keeps the rest alive; it ends with the loop at the latest. */
void pf_console_stop(struct pf_console *c)
{
    if (!c)
        return;
    struct pf_http *transport = c->transport;
    pf_http_stop(transport);
    c->transport = NULL;
    if (!c->hashing)
        pf_console_free(c);
}

uint16_t pf_console_port(const struct pf_console *c)
{
    return pf_http_port(c->transport);
}

bool pf_console_is_set_up(const struct pf_console *c)
{
    return pf_password_is_set(c->password);
}

#include "mgmt/exchange.h"

#include "base/args.h"
#include "base/time.h"
#include "mgmt/events.h"
#include "mgmt/room.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is read, and thrown away, so that the peer can finish sending before it gets its refusal. */
#define DRAIN_MAX (8u << 20)

static void on_answered(struct pf_mgmt_call *call)
{
    struct pf_mgmt_exchange *x = (struct pf_mgmt_exchange *)call;
    x->answered = true;
    x->running = false;
    if (x->connection)
        pf_http_resume(x->connection);
    else
        pf_mgmt_exchange_release(x);
}

static void read_peer(const struct pf_http_connection *connection, struct pf_mgmt_request *r)
{
    struct pf_http_peer peer;
    pf_http_read_peer(connection, &peer);
    r->peer_is_loopback = pf_mgmt_is_loopback((const struct sockaddr *)&peer.peer);
    r->has_certificate = peer.has_certificate;
    memcpy(r->fingerprint, peer.fingerprint, sizeof(r->fingerprint));
}

static const char *header(const struct pf_http_connection *connection, const char *name)
{
    return MHD_lookup_connection_value(pf_http_mhd(connection), MHD_HEADER_KIND, name);
}

/* The query as it was sent: the library has taken it apart, but decoded nothing. */
static enum MHD_Result join_query(
    void *user, enum MHD_ValueKind kind, const char *key, size_t key_len, const char *value, size_t value_len)
{
    FILE *out = user;
    (void)kind;
    fwrite(key, 1, key_len, out);
    if (value) {
        fputc('=', out);
        fwrite(value, 1, value_len, out);
    }
    fputc('&', out);
    return MHD_YES;
}

static char *read_query(const struct pf_http_connection *connection)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    MHD_get_connection_values_n(pf_http_mhd(connection), MHD_GET_ARGUMENT_KIND, join_query, out);
    fclose(out);
    return text;
}

struct pf_mgmt_exchange *pf_mgmt_exchange_create(
    struct pf_http_connection *connection, const char *path, const char *method)
{
    struct pf_mgmt_exchange *x = calloc(1, sizeof(*x));
    if (!x)
        return NULL;
    x->connection = connection;
    x->call.answered = on_answered;
    x->query = read_query(connection);
    x->call.request = (struct pf_mgmt_request){
        .method = method,
        .path = path,
        .query = x->query,
        .authorization = header(connection, "Authorization"),
        .content_type = header(connection, "Content-Type"),
        .origin = header(connection, "Origin"),
        .host = header(connection, "Host"),
        .last_event_id = header(connection, "Last-Event-ID"),
        .fetch_site = header(connection, "Sec-Fetch-Site"),
    };
    read_peer(connection, &x->call.request);
    return x;
}

static bool answers_early(const struct pf_mgmt_exchange *x)
{
    const char *length = header(x->connection, "Content-Length");
    long n = 0;
    if (length && !pf_parse_long(length, 0, LONG_MAX, &n))
        return true;
    return n > (long)DRAIN_MAX || (x->answered && header(x->connection, "Expect"));
}

static bool keep(struct pf_mgmt_exchange *x, const char *data, size_t len)
{
    if (x->len + len > x->cap) {
        size_t cap = x->cap ? x->cap * 2 : 4096;
        while (cap < x->len + len)
            cap *= 2;
        char *more = realloc(x->body, cap);
        if (!more)
            return false;
        x->body = more;
        x->cap = cap;
    }
    memcpy(x->body + x->len, data, len);
    x->len += len;
    return true;
}

static bool receive(struct pf_mgmt_exchange *x, const char *data, size_t len)
{
    x->received += len;
    if (x->received > DRAIN_MAX)
        return false;
    if (!x->accepted || !pf_mgmt_call_wants_body(&x->call) || x->received > PF_MGMT_BODY_MAX)
        return true;
    return keep(x, data, len);
}

static void run_operation(struct pf_mgmt_exchange *x)
{
    if (pf_mgmt_call_wants_body(&x->call) && x->received > PF_MGMT_BODY_MAX) {
        pf_mgmt_call_body_too_long(&x->call);
        return;
    }
    x->running = true;
    pf_mgmt_call_finish(&x->call, x->body ? x->body : "", x->len);
}

static void serialise(struct pf_mgmt_response *r)
{
    if (!r->json)
        return;
    r->data = json_dumps(r->json, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
    r->len = r->data ? strlen(r->data) : 0;
    r->media = "application/json";
    json_decref(r->json);
    r->json = NULL;
}

/* ---- streams ---- */

/* There is something to send again, or the server stops. */
static void on_stream_ready(void *user)
{
    struct pf_mgmt_exchange *x = user;
    pf_http_resume(x->connection);
}

static ssize_t read_stream(void *user, uint64_t position, char *out, size_t max)
{
    struct pf_mgmt_exchange *x = user;
    (void)position;
    if (pf_http_is_over(x->connection))
        return MHD_CONTENT_READER_END_OF_STREAM;
    size_t n = pf_mgmt_stream_read(x->call.response.stream, out, max);
    if (n == 0)
        pf_http_hold(x->connection, x);
    return (ssize_t)n;
}

static struct MHD_Response *make_stream(struct pf_mgmt_exchange *x)
{
    x->streams = true;
    pf_mgmt_stream_on_ready(x->call.response.stream, on_stream_ready, x);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 2048, read_stream, x, NULL);
}

static struct MHD_Response *make_body(struct pf_mgmt_response *r)
{
    struct MHD_Response *response =
        r->data ? MHD_create_response_from_buffer(r->len, r->data, MHD_RESPMEM_MUST_FREE)
                : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response)
        r->data = NULL;
    return response;
}

static struct MHD_Response *make_response(struct pf_mgmt_exchange *x)
{
    struct pf_mgmt_response *r = &x->call.response;
    serialise(r);
    bool has_body = r->data || r->stream;
    struct MHD_Response *response = r->stream ? make_stream(x) : make_body(r);
    if (!response)
        return NULL;
    if (has_body)
        MHD_add_response_header(response, "Content-Type", r->media);
    if (r->status == 401)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    if (r->allow[0])
        MHD_add_response_header(response, "Allow", r->allow);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(
        response, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    return response;
}

static bool respond(struct pf_mgmt_exchange *x)
{
    if (!x->answered && pf_http_is_over(x->connection))
        return false;
    if (!x->answered && !x->running)
        run_operation(x);
    if (!x->answered) {
        pf_http_hold(x->connection, x);
        return true;
    }
    struct MHD_Response *response = make_response(x);
    if (!response)
        return false;
    enum MHD_Result rc = MHD_queue_response(pf_http_mhd(x->connection), x->call.response.status, response);
    MHD_destroy_response(response);
    return rc == MHD_YES;
}

bool pf_mgmt_exchange_head(struct pf_mgmt_exchange *x)
{
    pf_http_set_deadline(x->connection, pf_time_mono_ns() + PF_MGMT_BODY_NS);
    x->accepted = pf_mgmt_call_begin(&x->call);
    if (!answers_early(x))
        return true;
    if (!x->answered)
        pf_mgmt_call_body_too_long(&x->call);
    return respond(x);
}

bool pf_mgmt_exchange_piece(struct pf_mgmt_exchange *x, const struct pf_http_piece *piece)
{
    if (piece->len)
        return receive(x, piece->data, piece->len);
    bool good = respond(x);
    bool waits = pf_http_is_held(x->connection) || x->streams;
    pf_http_set_deadline(x->connection, waits ? UINT64_MAX : pf_time_mono_ns() + PF_MGMT_BODY_NS);
    return good;
}

void pf_mgmt_exchange_release(struct pf_mgmt_exchange *x)
{
    x->connection = NULL;
    if (x->running)
        return;
    pf_mgmt_call_clear(&x->call);
    json_decref(x->call.response.json);
    free(x->call.response.data);
    pf_mgmt_stream_close(x->call.response.stream);
    free(x->query);
    free(x->body);
    free(x);
}

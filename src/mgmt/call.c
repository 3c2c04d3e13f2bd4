#include "mgmt/call.h"

#include "base/args.h"
#include "mgmt/auth.h"
#include "mgmt/query.h"
#include "mgmt/route.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void pf_mgmt_answer(struct pf_mgmt_call *call, unsigned status, json_t *json)
{
    call->response.status = status;
    call->response.json = json;
    call->answered(call);
}

void pf_mgmt_answer_data(
    struct pf_mgmt_call *call, unsigned status, const char *media, void *data, size_t len)
{
    call->response.data = data;
    call->response.len = len;
    call->response.media = media;
    pf_mgmt_answer(call, status, NULL);
}

void pf_mgmt_answer_error(struct pf_mgmt_call *call, unsigned status, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    pf_mgmt_answer(call, status, json_pack("{s:s}", "error", text));
}

/* HEAD is GET without a body, which the transport leaves out. */
static const char *method_of(const struct pf_mgmt_request *request)
{
    return strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
}

struct match {
    const struct pf_mgmt_route *any;   /* some operation on this path */
    const struct pf_mgmt_route *exact; /* the one with this method */
};

static struct match find_route(struct pf_mgmt_call *call)
{
    struct match m = {NULL, NULL};
    const char *method = method_of(&call->request);
    for (size_t i = 0; i < pf_mgmt_route_count; i++) {
        const struct pf_mgmt_route *r = &pf_mgmt_routes[i];
        if (!pf_mgmt_route_matches(r, call->request.path, &call->params))
            continue;
        m.any = r;
        if (strcmp(r->method, method) == 0)
            m.exact = r;
    }
    return m;
}

static void answer_wrong_method(struct pf_mgmt_call *call)
{
    struct pf_mgmt_params params;
    char *allow = call->response.allow;
    for (size_t i = 0; i < pf_mgmt_route_count; i++) {
        const struct pf_mgmt_route *r = &pf_mgmt_routes[i];
        if (!pf_mgmt_route_matches(r, call->request.path, &params))
            continue;
        size_t used = strlen(allow);
        snprintf(allow + used, sizeof(call->response.allow) - used, "%s%s%s", used ? "," : "", r->method,
            strcmp(r->method, "GET") == 0 ? ",HEAD" : "");
    }
    pf_mgmt_answer(call, 405, NULL);
}

/* application/json or application/…+json, parameters allowed. */
static bool is_json_media(const char *type)
{
    if (!type)
        return false;
    size_t n = strcspn(type, ";");
    while (n && (type[n - 1] == ' ' || type[n - 1] == '\t'))
        n--;
    static const char plain[] = "application/json", prefix[] = "application/", suffix[] = "+json";
    if (n == sizeof(plain) - 1 && strncasecmp(type, plain, n) == 0)
        return true;
    return n > sizeof(prefix) - 1 + sizeof(suffix) - 1 &&
           strncasecmp(type, prefix, sizeof(prefix) - 1) == 0 &&
           strncasecmp(type + n - (sizeof(suffix) - 1), suffix, sizeof(suffix) - 1) == 0;
}

static bool parse_param(struct pf_mgmt_call *call)
{
    long number;
    if (call->route->param != PF_MGMT_PARAM_U32)
        return true;
    if (!pf_parse_long(call->params.first, 0, UINT32_MAX, &number)) {
        pf_mgmt_answer_error(call, 400, "the id in the path must be a whole number");
        return false;
    }
    call->number = (uint32_t)number;
    return true;
}

bool pf_mgmt_call_begin(struct pf_mgmt_call *call)
{
    struct match m = find_route(call);
    if (!m.any) {
        pf_mgmt_answer(call, 404, NULL);
        return false;
    }
    switch (pf_mgmt_authorise(call->host, call->token, &call->request, m.any, m.exact)) {
    case PF_MGMT_AUTH_PASS:
        break;
    case PF_MGMT_AUTH_NO_CREDENTIAL:
        pf_mgmt_answer_error(
            call, 401, "missing or wrong bearer token; the API is administered from this machine only");
        return false;
    case PF_MGMT_AUTH_FOREIGN:
        pf_mgmt_answer_error(call, 403, "the request comes from a page of another site");
        return false;
    }
    if (!m.exact) {
        answer_wrong_method(call);
        return false;
    }
    call->route = m.exact;
    pf_mgmt_route_matches(m.exact, call->request.path, &call->params);
    if (!parse_param(call) || !pf_mgmt_query_parse(call))
        return false;
    if (m.exact->request && !is_json_media(call->request.content_type)) {
        pf_mgmt_answer_error(call, 415, "the request needs a body of the type application/json");
        return false;
    }
    return true;
}

bool pf_mgmt_call_wants_body(const struct pf_mgmt_call *call)
{
    return call->route->request != NULL;
}

void pf_mgmt_call_body_too_long(struct pf_mgmt_call *call)
{
    pf_mgmt_answer_error(call, 413, "the body is larger than %u bytes", PF_MGMT_BODY_MAX);
}

void pf_mgmt_call_finish(struct pf_mgmt_call *call, const char *body, size_t len)
{
    if (call->route->request) {
        struct pf_error err = {""};
        enum pf_schema_verdict v = pf_schema_parse(call->route->request, body, len, &call->body, &err);
        if (v != PF_SCHEMA_OK) {
            pf_mgmt_answer_error(call, (unsigned)v, "%s", err.text);
            return;
        }
    }
    call->route->handle(call);
}

void pf_mgmt_call_clear(struct pf_mgmt_call *call)
{
    json_decref(call->body);
    call->body = NULL;
}

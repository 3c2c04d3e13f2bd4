/* The operations without a transport: the table against the contract, the contract's live checks, the rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <strings.h>

#include <cmocka.h>

#include "fixture.h"
#include "mgmt/call.h"
#include "mgmt/route.h"

static json_t *contract;

struct exchange {
    struct pf_mgmt_call call;
    bool answered;
};

static void on_answered(struct pf_mgmt_call *call)
{
    struct exchange *x = (struct exchange *)call;
    assert_false(x->answered);
    x->answered = true;
}

/* Runs the request through head, body and operation. Clear the result with done(). */
static struct exchange run(struct fixture *f, struct pf_mgmt_request request, const char *body)
{
    struct exchange x = {.call = {.host = &f->host,
                             .token = TOKEN,
                             .mgmt_port = 47990,
                             .request = request,
                             .answered = on_answered}};
    if (!x.call.request.host)
        x.call.request.host = "127.0.0.1:47990";
    if (pf_mgmt_call_begin(&x.call))
        pf_mgmt_call_finish(&x.call, body ? body : "", body ? strlen(body) : 0);
    assert_true(x.answered);
    pf_mgmt_call_clear(&x.call);
    return x;
}

static void done(struct exchange *x)
{
    json_decref(x->call.response.json);
    free(x->call.response.data);
}

static unsigned status_of(struct fixture *f, struct pf_mgmt_request request, const char *body)
{
    struct exchange x = run(f, request, body);
    done(&x);
    return x.call.response.status;
}

#define ADMIN .authorization = "Bearer " TOKEN, .peer_is_loopback = true
#define JSON  .content_type = "application/json"

/* ---- the route table is a part of the contract's ---- */

static json_t *operation(const char *id)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(contract, "operations"), i,
        o) if (strcmp(json_string_value(json_object_get(o, "id")), id) == 0) return o;
    return NULL;
}

static const char *text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static bool has_lane(const json_t *o, const char *lane)
{
    size_t i;
    json_t *l;
    json_array_foreach(
        json_object_get(o, "lanes"), i, l) if (strcmp(json_string_value(l), lane) == 0) return true;
    return false;
}

static const char *type_name(const struct pf_schema *s)
{
    return s->name                  ? s->name
           : s == &pf_schema_string ? "string"
           : s == &pf_schema_bool   ? "bool"
           : s == &pf_schema_u32    ? "u32"
           : s == &pf_schema_u64    ? "u64"
                                    : "?";
}

static void check_request_schema(const struct pf_mgmt_route *r, const json_t *o)
{
    const char *type = text(json_object_get(o, "request"), "type");
    assert_int_equal(type != NULL, r->request != NULL);
    if (!type)
        return;
    assert_string_equal(r->request->name, type);
    const json_t *fields =
        json_object_get(json_object_get(json_object_get(contract, "types"), type), "fields");
    size_t known = 0;
    for (size_t i = 0; i < r->request->count; i++) {
        const struct pf_schema_field *f = &r->request->fields[i];
        const json_t *want = json_object_get(fields, f->name);
        if (!want) { /* ours alone, so that clients of the contract need not know it */
            assert_false(f->required);
            continue;
        }
        known++;
        assert_string_equal(text(want, "t"), type_name(f->type));
        assert_int_equal(f->nullable, json_is_true(json_object_get(want, "null")));
        assert_int_equal(f->required, strcmp(text(want, "in"), "required") == 0);
    }
    assert_int_equal(json_object_size(fields), known);
}

static void check_params(const struct pf_mgmt_route *r, const json_t *o)
{
    size_t i, queries = 0;
    json_t *param;
    bool has_path = false;
    json_array_foreach(json_object_get(o, "params"), i, param)
    {
        if (strcmp(text(param, "where"), "query") == 0) {
            assert_string_equal(text(param, "name"), r->query[queries].name);
            assert_string_equal(text(param, "t"), type_name(r->query[queries++].type));
        } else if (!has_path) {
            has_path = true;
            assert_string_equal(text(param, "t"), r->param == PF_MGMT_PARAM_U32 ? "u32" : "string");
        }
    }
    assert_null(r->query[queries].name);
    assert_int_equal(r->param != PF_MGMT_PARAM_NONE, has_path);
}

static void routes_are_those_of_the_contract(void **state)
{
    (void)state;
    for (size_t i = 0; i < pf_mgmt_route_count; i++) {
        const struct pf_mgmt_route *r = &pf_mgmt_routes[i];
        const json_t *o = operation(r->operation_id);
        assert_int_equal(o == NULL, r->added || r->base != NULL);
        if (!o)
            continue;
        assert_string_equal(r->method, text(o, "method"));
        assert_string_equal(r->tag, text(o, "tag"));
        char path[200];
        snprintf(path, sizeof(path), "%s%s", PF_MGMT_BASE_PATH, r->path);
        assert_string_equal(path, text(o, "path"));
        assert_int_equal(r->lane == PF_MGMT_LANE_OPEN, has_lane(o, "open"));
        assert_int_equal(r->lane == PF_MGMT_LANE_LOOPBACK, has_lane(o, "loopback"));
        assert_int_equal(r->lane == PF_MGMT_LANE_CERTIFICATE, has_lane(o, "cert"));
        assert_int_equal(r->lane >= PF_MGMT_LANE_CERTIFICATE, has_lane(o, "bearer"));
        check_params(r, o);
        check_request_schema(r, o);
    }
}

/* ---- answers have the types of the contract ---- */

static void check_type(const char *type, const json_t *value);

static void check_object(const json_t *fields, const json_t *value)
{
    const char *name;
    json_t *field;
    assert_true(json_is_object(value));
    json_object_foreach((json_t *)fields, name, field)
    {
        const json_t *member = json_object_get(value, name);
        const char *out = text(field, "out");
        if (!member && out && strcmp(out, "omit_when_unset") == 0)
            continue;
        if (!member)
            fail_msg("the member %s is missing", name);
        if (json_is_null(member)) {
            assert_true(json_is_true(json_object_get(field, "null")));
            continue;
        }
        check_type(text(field, "t"), member);
        const char *fixed = text(field, "const");
        if (fixed)
            assert_string_equal(json_string_value(member), fixed);
    }
}

static void check_type(const char *type, const json_t *value)
{
    if (strncmp(type, "array<", 6) == 0) {
        char inner[64];
        snprintf(inner, sizeof(inner), "%.*s", (int)strlen(type) - 7, type + 6);
        assert_true(json_is_array(value));
        for (size_t i = 0; i < json_array_size(value); i++)
            check_type(inner, json_array_get(value, i));
        return;
    }
    const json_t *named = json_object_get(json_object_get(contract, "types"), type);
    if (named && strcmp(text(named, "kind"), "object") == 0)
        check_object(json_object_get(named, "fields"), value);
    else if (named && strcmp(text(named, "kind"), "tagged_union") == 0)
        assert_true(json_is_string(json_object_get(value, "mode")));
    else if (named || strcmp(type, "string") == 0)
        assert_true(json_is_string(value));
    else if (strcmp(type, "bool") == 0)
        assert_true(json_is_boolean(value));
    else if (strcmp(type, "f32") == 0)
        assert_true(json_is_number(value));
    else if (strncmp(type, "map<", 4) == 0)
        assert_true(json_is_object(value));
    else
        assert_true(json_is_integer(value));
}

static void check_subset(const json_t *want, const json_t *have)
{
    const char *name;
    json_t *member;
    if (!json_is_object(want)) {
        assert_true(json_equal((json_t *)want, (json_t *)have));
        return;
    }
    const json_t *range = json_object_get(want, "range"), *max = json_object_get(want, "max_items");
    if (max) {
        assert_true(json_array_size(have) <= (size_t)json_integer_value(max));
        return;
    }
    if (range) {
        assert_true(json_integer_value(have) >= json_integer_value(json_array_get(range, 0)));
        assert_true(json_integer_value(have) <= json_integer_value(json_array_get(range, 1)));
        return;
    }
    json_object_foreach((json_t *)want, name, member) check_subset(member, json_object_get(have, name));
}

static bool is_implemented(const char *target)
{
    char path[300];
    snprintf(path, sizeof(path), "%.*s", (int)strcspn(target, "?"), target);
    struct pf_mgmt_params params;
    for (size_t i = 0; i < pf_mgmt_route_count; i++)
        if (pf_mgmt_route_matches(&pf_mgmt_routes[i], path, &params))
            return true;
    return false;
}

/* Bodies that are too long never get here: test_server.c sends one. */
static bool is_for_the_transport(const json_t *check)
{
    return json_integer_value(json_object_get(json_object_get(check, "expect"), "status")) == 413;
}

static struct pf_mgmt_request request_of(const json_t *check)
{
    const char *auth = text(check, "auth"), *peer = text(check, "peer");
    struct pf_mgmt_request r = {.method = text(check, "method"),
        .content_type = text(check, "content_type"),
        .peer_is_loopback = strncmp(peer, "loopback", 8) == 0};
    if (strcmp(auth, "bearer") == 0 || strcmp(auth, "paired_cert+bearer") == 0)
        r.authorization = "Bearer " TOKEN;
    if (strcmp(auth, "bad_bearer") == 0)
        r.authorization = "Bearer 0000";
    if (strcmp(auth, "bearer_lowercase_scheme") == 0)
        r.authorization = "bearer " TOKEN;
    r.has_certificate = strstr(auth, "cert") != NULL;
    memcpy(r.fingerprint, strncmp(auth, "paired", 6) == 0 ? PAIRED : STRANGER, 32);
    return r;
}

/* A paired Moonlight client; its fingerprint in upper case. */
static const char *pair_moonlight(struct fixture *f, const char *der, char ret_hex[65])
{
    uint8_t fingerprint[32];
    if (pf_gamestream_store_add(f->gamestream_store, (const uint8_t *)der, strlen(der), NULL) < 0)
        abort();
    pf_fingerprint_of(der, strlen(der), fingerprint);
    pf_hex_encode(fingerprint, 32, ret_hex);
    for (char *p = ret_hex; *p; p++)
        if (*p >= 'a')
            *p = (char)(*p - 'a' + 'A');
    return ret_hex;
}

/* Puts the host into the state that the check asks for and completes its path. */
static void arrange(struct fixture *f, const json_t *check, char *path, size_t size)
{
    const char *given = text(check, "given"), *pattern = text(check, "path");
    uint32_t id = 0;
    char hex[65];
    if (given && strcmp(given, "no native plane") == 0) {
        f->host.pairing = NULL;
        f->host.knocks = NULL;
        f->host.store = NULL;
    } else if (given && strcmp(given, "a device waits") == 0) {
        id = fixture_knock(f);
    } else if (given && strcmp(given, "just denied") == 0) {
        id = fixture_knock(f);
        pf_knocks_deny(&f->knocks, id);
    } else if (given && strcmp(given, "a GameStream pairing waits") == 0) {
        f->waiting = 1;
    } else if (given && strcmp(given, "a GameStream video stream runs") == 0) {
        f->streaming = true;
    } else if (given && strcmp(given, "armed") == 0) {
        pf_recorder_start(&f->recorder);
    }
    const char *brace = strchr(pattern, '{');
    if (brace && strncmp(brace, "{id}", 4) == 0)
        snprintf(path, size, "%.*s%u%s", (int)(brace - pattern), pattern, id, brace + 4);
    else if (brace)
        snprintf(path, size, "%.*s%s", (int)(brace - pattern), pattern,
            strstr(pattern, "/native/") ? PAIRED_HEX : pair_moonlight(f, "a certificate", hex));
    else
        snprintf(path, size, "%s", pattern);
}

static void run_check(const json_t *check)
{
    struct fixture f;
    char path[300];
    const json_t *expect = json_object_get(check, "expect");
    fixture_init(&f);
    arrange(&f, check, path, sizeof(path));
    struct pf_mgmt_request r = request_of(check);
    r.path = path;
    char *question = strchr(path, '?');
    if (question) {
        *question = 0;
        r.query = question + 1;
    }
    struct exchange x = run(&f, r, text(check, "body"));
    unsigned want = (unsigned)json_integer_value(json_object_get(expect, "status"));
    if (x.call.response.status != want)
        fail_msg("%s: status %u instead of %u", text(check, "name"), x.call.response.status, want);
    if (text(expect, "type"))
        check_type(text(expect, "type"), x.call.response.json);
    if (json_object_get(expect, "json"))
        check_subset(json_object_get(expect, "json"), x.call.response.json);
    if (want == 401)
        assert_non_null(strstr(text(x.call.response.json, "error"), "bearer"));
    done(&x);
    fixture_finish(&f);
}

static void live_checks_of_the_contract(void **state)
{
    (void)state;
    size_t i, n = 0;
    json_t *check;
    json_array_foreach(json_object_get(contract, "live_checks"), i,
        check) if (is_implemented(text(check, "path")) && !is_for_the_transport(check))
    {
        run_check(check);
        n++;
    }
    assert_true(n >= 92);
}

/* A path of the route that leads to something. */
static void example_path(struct fixture *f, const struct pf_mgmt_route *r, char *path, size_t size)
{
    const char *brace = strchr(r->path, '{');
    if (!brace) {
        snprintf(path, size, "%s%s", PF_MGMT_BASE_PATH, r->path);
    } else if (strcmp(r->tag, "native") == 0) {
        snprintf(path, size, "%s/native/pending/0/approve", PF_MGMT_BASE_PATH);
    } else if (strcmp(r->tag, "stats") == 0) {
        json_t *meta = NULL;
        assert_int_equal(pf_recorder_stop(&f->recorder, &meta, NULL), 1);
        snprintf(path, size, "%s/stats/recordings/%s", PF_MGMT_BASE_PATH, text(meta, "id"));
        json_decref(meta);
    } else {
        json_t *entry = NULL, *input = json_pack("{s:s}", "title", "Game");
        assert_int_equal(pf_library_add(f->library, input, &entry, NULL), 0);
        snprintf(path, size, "%s/library/custom/%s", PF_MGMT_BASE_PATH, text(entry, "id"));
        json_decref(input);
        json_decref(entry);
    }
}

static const char *example_body(const struct pf_mgmt_route *r)
{
    return strcmp(r->tag, "gpu") == 0 ? "{\"mode\":\"auto\"}"
           : strcmp(r->tag, "library") == 0
               ? "{\"title\":\"Game\",\"launch\":{\"kind\":\"command\",\"value\":\"x\"}}"
               : "{}";
}

/* Everything that answers 200 has the documented type, idle and streaming. */
static void answers_have_their_types(void **state)
{
    (void)state;
    for (int streaming = 0; streaming < 2; streaming++)
        for (size_t i = 0; i < pf_mgmt_route_count; i++) {
            const struct pf_mgmt_route *r = &pf_mgmt_routes[i];
            const json_t *responses = json_object_get(operation(r->operation_id), "responses");
            const char *type = text(json_object_get(responses, "200"), "type");
            if (!type || !r->results[0].type)
                continue;
            struct fixture f;
            char path[200];
            fixture_init(&f);
            f.streaming = streaming;
            fixture_knock(&f);
            pf_recorder_start(&f.recorder);
            example_path(&f, r, path, sizeof(path));
            struct exchange x = run(&f,
                (struct pf_mgmt_request){.method = r->method, .path = path, ADMIN, JSON}, example_body(r));
            if (x.call.response.status != 200)
                fail_msg("%s %s: %u", r->method, path, x.call.response.status);
            struct pf_error err = {""};
            if (!pf_schema_fits(r->results[0].type, x.call.response.json, &err))
                fail_msg("%s: %s", r->operation_id, err.text);
            check_type(type, x.call.response.json);
            done(&x);
            fixture_finish(&f);
        }
}

/* ---- rules ---- */

static void paths_are_exact(void **state)
{
    (void)state;
    static const char *const unknown[] = {"/", "", "/api/v1", "/api/v1/", "/api/v1/nope", "/api/v1/status/",
        "/api/v1//status", "/api/v1/Status", "/api/v1/%73tatus", "/api/v2/status", "/api/v1/native/clients/",
        "/api/v1/native/clients/a/b", "/api/v1/native/pending//approve", "/api/v1/native/pending/1/approve/",
        "/api/v1/openapi.json/", "/api/v1/gpus/", "/api/v1/library/art/steam:1",
        "/api/v1/native/pending/1/other", "/api/v1/library/art/steam:1/logo/x", "/api/v1/library/art//logo",
        "/api/docs/"};
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        struct exchange x = run(&f, (struct pf_mgmt_request){.method = "GET", .path = unknown[i]}, NULL);
        assert_int_equal(x.call.response.status, 404); /* whoever asks */
        assert_null(x.call.response.json);
    }
    fixture_finish(&f);
}

static void wrong_methods_name_the_right_ones(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct exchange x =
        run(&f, (struct pf_mgmt_request){.method = "PUT", .path = "/api/v1/native/pair", ADMIN}, NULL);
    assert_int_equal(x.call.response.status, 405);
    assert_string_equal(x.call.response.allow, "GET,HEAD,DELETE");
    assert_null(x.call.response.json);
    assert_int_equal(
        status_of(
            &f, (struct pf_mgmt_request){.method = "GET", .path = "/api/v1/native/pair/arm", ADMIN}, NULL),
        405);
    fixture_finish(&f);
}

static void head_is_get_but_not_for_certificates(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct pf_mgmt_request r = {.method = "HEAD", .path = "/api/v1/status", ADMIN};
    assert_int_equal(status_of(&f, r, NULL), 200);
    struct pf_mgmt_request c = {.method = "HEAD", .path = "/api/v1/status", .has_certificate = true};
    memcpy(c.fingerprint, PAIRED, 32);
    assert_int_equal(status_of(&f, c, NULL), 401);
    c.method = "GET";
    assert_int_equal(status_of(&f, c, NULL), 200);
    pf_native_store_remove(f.store, PAIRED, NULL);
    assert_int_equal(status_of(&f, c, NULL), 401);
    fixture_finish(&f);
}

static void requests_of_other_sites_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    static const struct {
        const char *method, *path, *host, *origin;
        unsigned status;
    } table[] = {
        {"DELETE", "/native/pair", "localhost:47990", NULL, 204},
        {"DELETE", "/native/pair", "[::1]:47990", NULL, 204},
        {"DELETE", "/native/pair", "GAMEBOX.local:47990", "https://gamebox.local:47990", 204},
        {"DELETE", "/native/pair", "localhost:47990", "https://LOCALHOST:47990", 204},
        {"DELETE", "/native/pair", "localhost:47990", "https://localhost:47991", 403},
        {"DELETE", "/native/pair", "localhost:47990", "http://localhost:47990", 403},
        {"DELETE", "/native/pair", "localhost:47990", "https://evil.example", 403},
        {"DELETE", "/native/pair", "localhost:47990", "null", 403},
        {"DELETE", "/native/pair", "evil.example:47990", NULL, 403},
        {"DELETE", "/native/pair", "gamebox.evil.example", NULL, 403},
        {"GET", "/native/pair", "localhost:47990", "https://evil.example", 200},
        {"GET", "/local/summary", "evil.example", NULL, 403},
        {"GET", "/health", "evil.example", "https://evil.example", 200},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char path[100];
        snprintf(path, sizeof(path), "%s%s", PF_MGMT_BASE_PATH, table[i].path);
        struct pf_mgmt_request r = {
            .method = table[i].method, .path = path, .host = table[i].host, .origin = table[i].origin, ADMIN};
        assert_int_equal(status_of(&f, r, NULL), table[i].status);
    }
    fixture_finish(&f);
}

static void bodies_are_checked(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    static const struct {
        const char *type, *body;
        unsigned status;
    } table[] = {
        {"application/json", "{}", 200},
        {"Application/JSON; charset=utf-8", "{}", 200},
        {"application/vnd.pf+json", "{}", 200},
        {"application/json", " {\"ttl_secs\": 60, \"other\": [1]} ", 200},
        {"application/json", "{\"ttl_secs\":0}", 200},
        {"application/json", "{\"ttl_secs\":4294967295}", 200},
        {NULL, "{}", 415},
        {"text/plain", "{}", 415},
        {"application/+json", "{}", 415},
        {"application/jsonx", "{}", 415},
        {"text/plain", "{not json", 415},
        {"application/json", "", 400},
        {"application/json", "{not json", 400},
        {"application/json", "{} x", 400},
        {"application/json", "{}{}", 400},
        {"application/json", "\xff", 400},
        {"application/json", "[]", 422},
        {"application/json", "7", 422},
        {"application/json", "null", 422},
        {"application/json", "{\"ttl_secs\":\"60\"}", 422},
        {"application/json", "{\"ttl_secs\":60.0}", 200},
        {"application/json", "{\"ttl_secs\":60.5}", 422},
        {"application/json", "{\"ttl_secs\":60,\"x\":[210526757416725783773184]}", 200},
        {"application/json", "{\"ttl_secs\":60,\"x\":1e999}", 422},
        {"application/json", "{\"ttl_secs\":true}", 422},
        {"application/json", "{\"ttl_secs\":99999999999999999999}", 422},
        {"application/json", "{\"ttl_secs\":1,\"ttl_secs\":2}", 422},
        {"application/json", "{\"fingerprint\":7}", 422},
        {"application/json", "{\"fingerprint\":\"\\u0000\"}", 422},
        {"application/json", "{\"fingerprint\":\"xyz\"}", 400},
        {"application/json", "{\"fingerprint\":\"  \"}", 200},
        {"application/json", "{\"fingerprint\":\" " PAIRED_HEX " \"}", 200},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct pf_mgmt_request r = {
            .method = "POST", .path = "/api/v1/native/pair/arm", .content_type = table[i].type, ADMIN};
        unsigned have = status_of(&f, r, table[i].body);
        if (have != table[i].status)
            fail_msg("%s: %u instead of %u", table[i].body, have, table[i].status);
    }
    fixture_finish(&f);
}

static void the_pairing_window_shows_its_end(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct pf_mgmt_request get = {.method = "GET", .path = "/api/v1/native/pair", ADMIN};
    struct pf_mgmt_request arm = {.method = "POST", .path = "/api/v1/native/pair/arm", ADMIN, JSON};
    struct exchange x = run(&f, arm, "{\"ttl_secs\":30}");
    assert_int_equal(strlen(text(x.call.response.json, "pin")), 4);
    assert_string_equal(text(x.call.response.json, "last_result"), "open");
    done(&x);

    char pin[PF_PAIRING_PIN_MAX + 1];
    uint64_t now = pf_time_boot_ns();
    assert_int_equal(pf_pairing_begin(&f.pairing, now, STRANGER, pin), PF_PAIRING_ACCEPT);
    uint32_t ticket = pf_pairing_consume(&f.pairing, now);
    pf_pairing_conclude(&f.pairing, ticket, PF_PAIRING_OK, "Tablet", STRANGER);
    x = run(&f, get, NULL);
    assert_string_equal(text(x.call.response.json, "last_result"), "paired");
    assert_string_equal(text(json_object_get(x.call.response.json, "last_device"), "name"), "Tablet");
    assert_true(json_is_null(json_object_get(x.call.response.json, "pin")));
    done(&x);
    fixture_finish(&f);
}

static void approval_stores_before_it_admits(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    uint32_t id = fixture_knock(&f);
    char path[100];
    snprintf(path, sizeof(path), "/api/v1/native/pending/%u/approve", id);
    struct pf_mgmt_request r = {.method = "POST", .path = path, ADMIN, JSON};
    struct exchange x = run(&f, r, "{\"name\":\" My\\nPhone\\u202e \"}");
    assert_int_equal(x.call.response.status, 200);
    assert_string_equal(text(x.call.response.json, "name"), "My Phone");
    assert_int_equal(f.outcome, PF_KNOCK_ADMITTED);
    assert_string_equal(pf_native_store_find(f.store, WAITING)->name, "My Phone");
    done(&x);

    /* The disk refuses: the device goes on waiting. */
    f.outcome = -1;
    id = fixture_knock(&f);
    char *file = pf_path_join(f.dir.path, "punktfunk1-paired.json");
    unlink(file);
    mkdir(file, 0700);
    free(file);
    snprintf(path, sizeof(path), "/api/v1/native/pending/%u/approve", id);
    assert_int_equal(status_of(&f, r, "{}"), 500);
    assert_int_equal(f.outcome, -1);
    assert_non_null(pf_knocks_find(&f.knocks, id));
    struct pf_mgmt_request unpair = {.method = "DELETE", .path = "/api/v1/native/clients/" PAIRED_HEX, ADMIN};
    assert_int_equal(status_of(&f, unpair, NULL), 500);
    assert_non_null(pf_native_store_find(f.store, PAIRED));
    fixture_finish(&f);
}

static void sessions_can_be_stopped(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct pf_mgmt_request r = {.method = "DELETE", .path = "/api/v1/session", ADMIN};
    assert_int_equal(status_of(&f, r, NULL), 204);
    assert_int_equal(f.stops, 1);
    f.streaming = true;
    struct pf_mgmt_request release = {.method = "POST", .path = "/api/v1/display/release", ADMIN, JSON};
    struct exchange x = run(&f, release, "{\"slot\":null}");
    assert_int_equal(json_integer_value(json_object_get(x.call.response.json, "released")), 1);
    done(&x);
    x = run(&f, (struct pf_mgmt_request){.method = "GET", .path = "/api/v1/display/state", ADMIN}, NULL);
    const json_t *first = json_array_get(json_object_get(x.call.response.json, "displays"), 0);
    assert_string_equal(text(first, "mode"), "1280x720@60");
    assert_true(json_is_null(json_object_get(first, "expires_in_ms")));
    done(&x);
    fixture_finish(&f);
}

static void displays_say_where_they_are(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    f.streaming = true;
    struct exchange x =
        run(&f, (struct pf_mgmt_request){.method = "GET", .path = "/api/v1/display/state", ADMIN}, NULL);
    const json_t *list = json_object_get(x.call.response.json, "displays");
    const json_t *first = json_array_get(list, 0), *second = json_array_get(list, 1);
    json_t *want = json_pack("{s:i, s:i, s:i, s:i, s:i, s:s, s:s, s:i}", "group", 1, "display_index", 0, "x",
        -1920, "y", 40, "identity_slot", 3, "topology", "exclusive", "output", "HEADLESS-2", "age_ms", 61000);
    check_subset(want, first);
    json_decref(want);
    assert_int_equal(json_integer_value(json_object_get(second, "display_index")), 1);
    assert_true(json_is_null(json_object_get(second, "identity_slot")));
    assert_true(json_is_null(json_object_get(second, "output")));
    done(&x);
    fixture_finish(&f);
}

static json_t *put_settings(struct fixture *f, const char *body, unsigned status)
{
    struct exchange x = run(
        f, (struct pf_mgmt_request){.method = "PUT", .path = "/api/v1/display/settings", ADMIN, JSON}, body);
    assert_int_equal(x.call.response.status, status);
    json_t *settings = json_deep_copy(json_object_get(x.call.response.json, "settings"));
    done(&x);
    return settings;
}

/* What a console does not know travels through it, or stays in the file. */
static void settings_that_a_console_does_not_know_stay(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    json_t *all = put_settings(
        &f, "{\"game_session\":\"dedicated\",\"capture_monitor\":\" DP-1 \",\"tomorrow\":{\"n\":1}}", 200);
    assert_string_equal(text(all, "game_session"), "dedicated");
    assert_string_equal(text(all, "capture_monitor"), "DP-1");
    json_object_set_new(all, "topology", json_string("extend"));
    char *draft = json_dumps(all, 0);
    json_t *again = put_settings(&f, draft, 200);
    assert_true(json_equal(all, again));
    free(draft);
    json_decref(all);
    json_decref(again);
    char path[300];
    snprintf(path, sizeof(path), "%s/display-settings.json", f.dir.path);
    json_t *file = json_load_file(path, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(file, "tomorrow"), "n")), 1);
    json_decref(file);
    json_decref(put_settings(&f, "{\"game_session\":\"maybe\"}", 422));
    fixture_finish(&f);
}

static void moonlight_devices_get_their_pin(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct pf_mgmt_request get = {.method = "GET", .path = "/api/v1/pair", ADMIN};
    struct pf_mgmt_request pin = {.method = "POST", .path = "/api/v1/pair/pin", ADMIN, JSON};
    struct exchange x = run(&f, get, NULL);
    assert_true(json_is_false(json_object_get(x.call.response.json, "pin_pending")));
    assert_string_equal(text(x.call.response.json, "last_result"), "none");
    done(&x);
    f.waiting = 2;
    x = run(&f, get, NULL);
    assert_true(json_is_true(json_object_get(x.call.response.json, "pin_pending")));
    const json_t *list = json_object_get(x.call.response.json, "attempts");
    assert_int_equal(json_array_size(list), 2);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 1), "id")), 2);
    assert_string_equal(text(json_array_get(list, 1), "address"), "192.168.1.9");
    done(&x);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4711\"}"), 409); /* which of them? */
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4711\",\"id\":3}"), 409);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4711\",\"id\":0}"), 400);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"47110\",\"id\":2}"), 400);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"471\",\"id\":2}"), 400);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4 11\",\"id\":2}"), 400);
    assert_int_equal(f.waiting, 2);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4711\",\"id\":2}"), 204);
    assert_int_equal(f.pin_id, 2);
    x = run(&f, get, NULL);
    assert_string_equal(text(x.call.response.json, "last_result"), "paired");
    assert_int_equal(json_integer_value(json_object_get(x.call.response.json, "last_id")), 2);
    done(&x);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"0815\",\"id\":null}"), 204); /* the only one */
    f.host.pair_attempts = NULL; /* a host without that plane */
    f.host.submit_pin = NULL;
    f.host.pin_result = NULL;
    assert_int_equal(status_of(&f, get, NULL), 200);
    assert_int_equal(status_of(&f, pin, "{\"pin\":\"4711\"}"), 409);
    fixture_finish(&f);
}

static void note_removal(void *user, const uint8_t fingerprint[32])
{
    memcpy(user, fingerprint, 32);
}

static void moonlight_devices_are_listed_and_unpaired(void **state)
{
    (void)state;
    struct fixture f;
    char first[65], second[65], path[120];
    uint8_t removed[32] = {0}, wanted[32];
    fixture_init(&f);
    pf_gamestream_store_on_removal(f.gamestream_store, note_removal, removed);
    pair_moonlight(&f, "one", first);
    pair_moonlight(&f, "two", second);
    struct exchange x =
        run(&f, (struct pf_mgmt_request){.method = "GET", .path = "/api/v1/clients", ADMIN}, NULL);
    assert_int_equal(json_array_size(x.call.response.json), 2);
    const json_t *c = json_array_get(x.call.response.json, 1);
    assert_int_equal(strcasecmp(text(c, "fingerprint"), second), 0);
    assert_true(json_is_null(json_object_get(c, "subject"))); /* that is no certificate */
    assert_true(json_is_null(json_object_get(c, "not_after_unix")));
    done(&x);
    snprintf(path, sizeof(path), "/api/v1/clients/%s", first);
    struct pf_mgmt_request unpair = {.method = "DELETE", .path = path, ADMIN};
    assert_int_equal(status_of(&f, unpair, NULL), 204);
    assert_true(pf_hex_decode(first, wanted, 32));
    assert_memory_equal(removed, wanted, 32);
    assert_int_equal(status_of(&f, unpair, NULL), 404);
    struct pf_gamestream_store *again; /* it is gone from the disk, too */
    assert_int_equal(pf_gamestream_store_open(f.dir.path, &again, NULL), 0);
    assert_int_equal(pf_gamestream_store_count(again), 1);
    pf_gamestream_store_destroy(again);

    char *file = pf_path_join(f.dir.path, "paired.json"); /* the disk refuses: it stays paired */
    unlink(file);
    mkdir(file, 0700);
    free(file);
    snprintf(path, sizeof(path), "/api/v1/clients/%s", second);
    assert_int_equal(status_of(&f, unpair, NULL), 500);
    assert_int_equal(pf_gamestream_store_count(f.gamestream_store), 1);
    f.host.gamestream_store = NULL;
    assert_int_equal(status_of(&f, unpair, NULL), 404);
    fixture_finish(&f);
}

static int load_contract(void **state)
{
    (void)state;
    /* The largest u64 is more than the JSON library holds; no test needs it. */
    static const char largest[] = "18446744073709551615", instead[] = " 9223372036854775807";
    char *json = NULL, *at;
    size_t len = 0;
    if (pf_file_read(VECTORS_DIR "/mgmt-api.json", 1 << 20, &json, &len) < 0)
        return -1;
    while ((at = strstr(json, largest)))
        memcpy(at, instead, sizeof(largest) - 1);
    json_error_t err;
    contract = json_loads(json, 0, &err);
    free(json);
    if (!contract)
        print_error("%s, line %d\n", err.text, err.line);
    return contract ? 0 : -1;
}

static int unload_contract(void **state)
{
    (void)state;
    json_decref(contract);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_are_those_of_the_contract),
        cmocka_unit_test(live_checks_of_the_contract),
        cmocka_unit_test(answers_have_their_types),
        cmocka_unit_test(paths_are_exact),
        cmocka_unit_test(wrong_methods_name_the_right_ones),
        cmocka_unit_test(head_is_get_but_not_for_certificates),
        cmocka_unit_test(requests_of_other_sites_are_refused),
        cmocka_unit_test(bodies_are_checked),
        cmocka_unit_test(the_pairing_window_shows_its_end),
        cmocka_unit_test(approval_stores_before_it_admits),
        cmocka_unit_test(moonlight_devices_get_their_pin),
        cmocka_unit_test(moonlight_devices_are_listed_and_unpaired),
        cmocka_unit_test(sessions_can_be_stopped),
        cmocka_unit_test(displays_say_where_they_are),
        cmocka_unit_test(settings_that_a_console_does_not_know_stay),
    };
    return cmocka_run_group_tests(tests, load_contract, unload_contract);
}

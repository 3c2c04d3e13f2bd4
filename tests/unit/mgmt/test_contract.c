/* The operations against the contract: their table, its live checks, the types of the answers. */
#include "exchange.h"
#include "mgmt/route.h"

#include <stdio.h>

static json_t *contract;

/* ---- the route table is a part of the contract's ---- */

static json_t *operation(const char *id)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(contract, "operations"), i,
        o) if (strcmp(json_string_value(json_object_get(o, "id")), id) == 0) return o;
    return NULL;
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
    };
    return cmocka_run_group_tests(tests, load_contract, unload_contract);
}

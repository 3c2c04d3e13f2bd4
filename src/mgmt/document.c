#include "mgmt/document.h"

#include "mgmt/route.h"
#include "mgmt/types.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const tags[][2] = {
    {"host", "This host and what it does"},
    {"gpu", "Graphics cards"},
    {"display", "Virtual displays"},
    {"clients", "Paired GameStream clients"},
    {"pairing", "Pairing of GameStream clients"},
    {"native", "punktfunk devices and their pairing"},
    {"session", "Sessions"},
    {"library", "Games"},
    {"stats", "Recordings of how streams do"},
    {"logs", "The log"},
};

const char *pf_mgmt_status_text(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } texts[] = {
        {200, "What was asked for"},
        {201, "It was created"},
        {202, "It will be done"},
        {204, "It was done, or there was nothing to do"},
        {400, "The request cannot be understood, or a value makes no sense here"},
        {401, "Missing or wrong bearer token"},
        {403, "The request comes from a page of another site"},
        {404, "There is no such thing"},
        {409, "Not possible at this moment"},
        {413, "The body is too long"},
        {415, "The body is not announced as JSON"},
        {422, "The body does not have the form of the request"},
        {500, "Something on this machine failed; nothing was changed"},
        {503, "This host cannot do that now"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].status == status)
            return texts[i].text;
    return "";
}

/* ---- types ---- */

static json_t *schema_json(const struct pf_schema *s, json_t *components);

static json_t *with_description(json_t *json, const char *description)
{
    if (description)
        json_object_set_new(json, "description", json_string(description));
    return json;
}

/* The type where it is used: a reference if it has a name, which is then described in `components`. */
static json_t *use_json(const struct pf_schema *s, json_t *components)
{
    if (!s->name)
        return schema_json(s, components);
    if (!json_object_get(components, s->name)) {
        json_object_set_new(components, s->name, json_object()); /* keeps its place, and ends recursion */
        json_object_set_new(components, s->name, schema_json(s, components));
    }
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/schemas/%s", s->name));
}

static json_t *nullable_json(json_t *type)
{
    json_t *word = json_object_get(type, "type");
    if (!word)
        return json_pack("{s:[{s:s}, o]}", "oneOf", "type", "null", type);
    json_object_set_new(type, "type", json_pack("[O, s]", word, "null"));
    return type;
}

static json_t *field_json(const struct pf_schema_field *f, json_t *components)
{
    json_t *type = use_json(f->type, components);
    if (f->pattern)
        json_object_set_new(type, "pattern", json_string(f->pattern));
    if (f->nullable)
        type = nullable_json(type);
    return with_description(type, f->description);
}

static json_t *object_json(const struct pf_schema *s, json_t *components)
{
    json_t *required = json_array(), *properties = json_object();
    for (size_t i = 0; i < s->count; i++) {
        const struct pf_schema_field *f = &s->fields[i];
        json_object_set_new(properties, f->name, field_json(f, components));
        if (f->required)
            json_array_append_new(required, json_string(f->name));
    }
    json_t *json = json_pack("{s:s}", "type", "object");
    if (json_array_size(required))
        json_object_set(json, "required", required);
    json_decref(required);
    json_object_set_new(json, "properties", properties);
    return json;
}

/* Each variant is an object whose "mode" has one value. */
static json_t *union_json(const struct pf_schema *s, json_t *components)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->count; i++) {
        json_t *object = object_json(&s->variants[i], components);
        json_t *required = json_object_get(object, "required");
        if (!required)
            json_object_set_new(object, "required", required = json_array());
        json_array_insert_new(required, 0, json_string("mode"));
        json_object_set_new(json_object_get(object, "properties"), "mode",
            json_pack("{s:s, s:[s]}", "type", "string", "enum", s->variants[i].name));
        json_array_append_new(list, object);
    }
    return json_pack("{s:o}", "oneOf", list);
}

static json_t *words_json(const char *const *words)
{
    json_t *list = json_array();
    for (; *words; words++)
        json_array_append_new(list, json_string(*words));
    return json_pack("{s:s, s:o}", "type", "string", "enum", list);
}

static json_t *number_json(const struct pf_schema *s)
{
    static const char *const formats[] = {
        [PF_KIND_U8] = "int32",
        [PF_KIND_U16] = "int32",
        [PF_KIND_U32] = "int32",
        [PF_KIND_I32] = "int32",
        [PF_KIND_U64] = "int64",
        [PF_KIND_I64] = "int64",
        [PF_KIND_USIZE] = NULL,
    };
    json_int_t min = 0, max = 0;
    if (!pf_schema_range(s->kind, &min, &max))
        return json_pack("{s:s, s:s}", "type", "number", "format", "float");
    json_t *json = json_pack("{s:s}", "type", "integer");
    if (formats[s->kind])
        json_object_set_new(json, "format", json_string(formats[s->kind]));
    json_object_set_new(json, "minimum", json_integer(min));
    json_object_set_new(json, "maximum", json_integer(max));
    return json;
}

static json_t *plain_json(const struct pf_schema *s, json_t *components)
{
    switch (s->kind) {
    case PF_KIND_STRING:
        return json_pack("{s:s}", "type", "string");
    case PF_KIND_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case PF_KIND_ENUM:
        return words_json(s->words);
    case PF_KIND_OBJECT:
        return object_json(s, components);
    case PF_KIND_UNION:
        return union_json(s, components);
    case PF_KIND_ARRAY:
        return json_pack("{s:s, s:o}", "type", "array", "items", use_json(s->of, components));
    case PF_KIND_MAP:
        return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", use_json(s->of, components));
    default:
        return number_json(s);
    }
}

static json_t *schema_json(const struct pf_schema *s, json_t *components)
{
    return with_description(plain_json(s, components), s->description);
}

/* ---- operations ---- */

static void add_parameter(json_t *list, const char *where, const char *name, size_t name_len, json_t *schema,
    const char *description)
{
    bool path = strcmp(where, "path") == 0;
    json_t *p = json_pack(
        "{s:s%, s:s, s:b, s:o}", "name", name, name_len, "in", where, "required", path, "schema", schema);
    json_array_append_new(list, with_description(p, description));
}

static json_t *parameters_json(const struct pf_mgmt_route *r)
{
    json_t *list = json_array();
    bool number = r->param == PF_MGMT_PARAM_U32;
    const char *pattern = r->param_pattern;
    for (const char *brace = strchr(r->path, '{'); brace; brace = strchr(brace + 1, '{')) {
        json_t *type = schema_json(number ? &pf_schema_u32 : &pf_schema_string, NULL);
        if (pattern)
            json_object_set_new(type, "pattern", json_string(pattern));
        add_parameter(list, "path", brace + 1, strcspn(brace + 1, "}"), type, NULL);
        number = false;
        pattern = NULL;
    }
    for (const struct pf_mgmt_query *q = r->query; q->name; q++)
        add_parameter(list, "query", q->name, strlen(q->name), schema_json(q->type, NULL), q->description);
    return list;
}

static json_t *content_json(const char *media, json_t *schema)
{
    json_t *json = json_object();
    json_object_set_new(json, media, schema ? json_pack("{s:o}", "schema", schema) : json_object());
    return json;
}

static void add_result(json_t *responses, const struct pf_mgmt_result *result, json_t *components)
{
    char status[8];
    snprintf(status, sizeof(status), "%u", result->status);
    json_t *have = json_object_get(responses, status);
    if (!have) {
        have = json_pack("{s:s}", "description", pf_mgmt_status_text(result->status));
        json_object_set_new(responses, status, have);
    }
    const char *media = result->media ? result->media : "application/json";
    if (!result->type && !result->media)
        return;
    json_t *content = content_json(media, result->type ? use_json(result->type, components) : NULL);
    json_t *more = json_object_get(have, "content");
    if (more) {
        json_object_update(more, content);
        json_decref(content);
    } else {
        json_object_set_new(have, "content", content);
    }
}

static json_t *responses_json(const struct pf_mgmt_route *r, json_t *components)
{
    json_t *responses = json_object();
    for (size_t i = 0; i < sizeof(r->results) / sizeof(r->results[0]) && r->results[i].status; i++)
        add_result(responses, &r->results[i], components);

    unsigned errors[16], n = 0;
    for (; r->errors[n]; n++)
        errors[n] = r->errors[n];
    if (r->lane != PF_MGMT_LANE_OPEN) {
        errors[n++] = 401;
        errors[n++] = 403;
    }
    if (r->request || r->param == PF_MGMT_PARAM_U32 || r->query[0].name)
        errors[n++] = 400;
    if (r->request) {
        errors[n++] = 413;
        errors[n++] = 415;
        errors[n++] = 422;
    }
    for (unsigned status = 400; status < 600; status++)
        for (unsigned i = 0; i < n; i++)
            if (errors[i] == status) {
                add_result(responses, &(struct pf_mgmt_result){status, &pf_type_api_error, NULL}, components);
                break;
            }
    return responses;
}

static const char *lane_text(enum pf_mgmt_lane lane)
{
    static const char *const texts[] = {
        [PF_MGMT_LANE_OPEN] = "Anybody may ask.",
        [PF_MGMT_LANE_LOOPBACK] = "Programs of this machine may ask, without a credential; nobody else.",
        [PF_MGMT_LANE_CERTIFICATE] =
            "With the token from this machine, or from anywhere with the certificate of a paired device.",
        [PF_MGMT_LANE_BEARER] = "With the token, from this machine.",
    };
    return texts[lane];
}

static json_t *operation_json(const struct pf_mgmt_route *r, json_t *components)
{
    json_t *o = json_pack("{s:[s], s:s, s:s, s:s}", "tags", r->tag, "summary", r->summary, "description",
        lane_text(r->lane), "operationId", r->operation_id);
    json_t *parameters = parameters_json(r);
    if (json_array_size(parameters))
        json_object_set(o, "parameters", parameters);
    json_decref(parameters);
    if (r->request)
        json_object_set_new(o, "requestBody",
            json_pack("{s:o, s:b}", "content",
                content_json("application/json", use_json(r->request, components)), "required", true));
    json_object_set_new(o, "responses", responses_json(r, components));
    if (r->lane <= PF_MGMT_LANE_LOOPBACK)
        json_object_set_new(o, "security", json_pack("[{}]"));
    return o;
}

/* ---- the whole ---- */

static json_t *paths_json(json_t *components)
{
    json_t *paths = json_object();
    for (size_t i = 0; i < pf_mgmt_route_count; i++) {
        const struct pf_mgmt_route *r = &pf_mgmt_routes[i];
        char path[128], method[16] = "";
        if (r->base)
            continue;
        snprintf(path, sizeof(path), "%s%s", PF_MGMT_BASE_PATH, r->path);
        for (size_t k = 0; r->method[k] && k < sizeof(method) - 1; k++)
            method[k] = (char)tolower((unsigned char)r->method[k]);
        if (!json_object_get(paths, path))
            json_object_set_new(paths, path, json_object());
        json_object_set_new(json_object_get(paths, path), method, operation_json(r, components));
    }
    return paths;
}

static json_t *tags_json(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "name", tags[i][0], "description", tags[i][1]));
    return list;
}

json_t *pf_mgmt_document(const char *version)
{
    json_t *components = json_object();
    json_t *paths = paths_json(components);
    json_t *info = json_pack("{s:s, s:s, s:{s:s}, s:{s:s, s:s}, s:s}", "title", "punktfunk management API",
        "description", "Administers the host that runs on this machine.", "contact", "name", "unom",
        "license", "name", "MIT OR Apache-2.0", "identifier", "MIT OR Apache-2.0", "version", version);
    return json_pack("{s:s, s:o, s:o, s:{s:o, s:{s:{s:s, s:s}}}, s:[{s:[]}], s:o}", "openapi", "3.1.0",
        "info", info, "paths", paths, "components", "schemas", components, "securitySchemes", "bearerAuth",
        "type", "http", "scheme", "bearer", "security", "bearerAuth", "tags", tags_json());
}

/* ---- the operations that show them ---- */

void pf_mgmt_get_document(struct pf_mgmt_call *call)
{
    pf_mgmt_answer(call, 200, pf_mgmt_document(call->host->version));
}

void pf_mgmt_get_docs_page(struct pf_mgmt_call *call)
{
    char *page = pf_mgmt_docs_page(call->host->version);
    if (page)
        pf_mgmt_answer_data(call, 200, "text/html; charset=utf-8", page, strlen(page));
    else
        pf_mgmt_answer_error(call, 500, "out of memory");
}

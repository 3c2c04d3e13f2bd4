#include "mgmt/schema.h"

#include <stdint.h>

static const struct {
    const char *what;
    json_int_t max;
} types[] = {
    [PF_SCHEMA_STRING] = {"a string", 0},
    [PF_SCHEMA_BOOL] = {"true or false", 0},
    [PF_SCHEMA_U32] = {"a whole number from 0 to 4294967295", UINT32_MAX},
    [PF_SCHEMA_U64] = {"a whole number, not negative", INT64_MAX},
};

static bool fits(enum pf_schema_type type, const json_t *value)
{
    switch (type) {
    case PF_SCHEMA_STRING:
        return json_is_string(value);
    case PF_SCHEMA_BOOL:
        return json_is_boolean(value);
    case PF_SCHEMA_U32:
    case PF_SCHEMA_U64:
        return json_is_integer(value) && json_integer_value(value) >= 0 &&
               json_integer_value(value) <= types[type].max;
    }
    return false;
}

static enum pf_schema_verdict check_field(
    const struct pf_schema_field *f, const json_t *value, struct pf_error *err)
{
    bool absent = !value || (f->nullable && json_is_null(value));
    if (absent && !f->required)
        return PF_SCHEMA_OK;
    if (!absent && fits(f->type, value))
        return PF_SCHEMA_OK;
    if (!value)
        pf_error_set(err, 0, "the member \"%s\" is missing", f->name);
    else
        pf_error_set(err, 0, "the member \"%s\" must be %s", f->name, types[f->type].what);
    return PF_SCHEMA_NO_FIT;
}

/* Some texts are JSON, but not of a kind that any request takes. */
static enum pf_schema_verdict parse_verdict(const json_error_t *parse)
{
    switch (json_error_code(parse)) {
    case json_error_duplicate_key:
    case json_error_numeric_overflow:
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return PF_SCHEMA_NO_FIT;
    default:
        return PF_SCHEMA_NOT_JSON;
    }
}

enum pf_schema_verdict pf_schema_parse(
    const struct pf_schema *schema, const char *body, size_t len, json_t **ret_json, struct pf_error *err)
{
    json_error_t parse;
    json_t *json = json_loadb(body, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &parse);
    if (!json) {
        pf_error_set(err, 0, "the body is not usable JSON: %s (line %d)", parse.text, parse.line);
        return parse_verdict(&parse);
    }
    enum pf_schema_verdict v = PF_SCHEMA_OK;
    if (!json_is_object(json)) {
        pf_error_set(err, 0, "the body must be a JSON object");
        v = PF_SCHEMA_NO_FIT;
    }
    for (size_t i = 0; v == PF_SCHEMA_OK && i < schema->count; i++)
        v = check_field(&schema->fields[i], json_object_get(json, schema->fields[i].name), err);
    if (v == PF_SCHEMA_OK)
        *ret_json = json;
    else
        json_decref(json);
    return v;
}

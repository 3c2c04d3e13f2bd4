#include "mgmt/schema.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

const struct pf_schema pf_schema_string = {.kind = PF_KIND_STRING};
const struct pf_schema pf_schema_bool = {.kind = PF_KIND_BOOL};
const struct pf_schema pf_schema_u8 = {.kind = PF_KIND_U8};
const struct pf_schema pf_schema_u16 = {.kind = PF_KIND_U16};
const struct pf_schema pf_schema_u32 = {.kind = PF_KIND_U32};
const struct pf_schema pf_schema_u64 = {.kind = PF_KIND_U64};
const struct pf_schema pf_schema_usize = {.kind = PF_KIND_USIZE};
const struct pf_schema pf_schema_i32 = {.kind = PF_KIND_I32};
const struct pf_schema pf_schema_i64 = {.kind = PF_KIND_I64};
const struct pf_schema pf_schema_f32 = {.kind = PF_KIND_F32};

bool pf_schema_range(enum pf_schema_kind kind, json_int_t *ret_min, json_int_t *ret_max)
{
    static const struct {
        bool whole;
        json_int_t min, max;
    } ranges[] = {
        [PF_KIND_U8] = {true, 0, UINT8_MAX},
        [PF_KIND_U16] = {true, 0, UINT16_MAX},
        [PF_KIND_U32] = {true, 0, UINT32_MAX},
        [PF_KIND_U64] = {true, 0, INT64_MAX},
        [PF_KIND_USIZE] = {true, 0, INT64_MAX},
        [PF_KIND_I32] = {true, INT32_MIN, INT32_MAX},
        [PF_KIND_I64] = {true, INT64_MIN, INT64_MAX},
    };
    if (kind >= sizeof(ranges) / sizeof(ranges[0]) || !ranges[kind].whole)
        return false;
    *ret_min = ranges[kind].min;
    *ret_max = ranges[kind].max;
    return true;
}

/* ---- the check; `where` is the way to the value: "layout.positions.3.x" ---- */

#define WHERE_SIZE 160

static bool check(const struct pf_schema *s, const json_t *value, const char *where, struct pf_error *err);

static bool refuse(const char *where, struct pf_error *err, const char *what)
{
    if (*where)
        pf_error_set(err, -EINVAL, "the member \"%s\" must be %s", where, what);
    else
        pf_error_set(err, -EINVAL, "the body must be %s", what);
    return false;
}

static void extend(char out[WHERE_SIZE], const char *where, const char *name)
{
    snprintf(out, WHERE_SIZE, "%s%s%s", where, *where ? "." : "", name);
}

static bool check_number(
    const struct pf_schema *s, const json_t *value, const char *where, struct pf_error *err)
{
    json_int_t min = 0, max = 0;
    char what[80];
    if (!pf_schema_range(s->kind, &min, &max))
        return json_is_number(value) || refuse(where, err, "a number");
    if (json_is_integer(value) && json_integer_value(value) >= min && json_integer_value(value) <= max)
        return true;
    snprintf(what, sizeof(what), "a whole number from %lld to %lld", (long long)min, (long long)max);
    return refuse(where, err, what);
}

static bool check_word(
    const struct pf_schema *s, const json_t *value, const char *where, struct pf_error *err)
{
    char what[200] = "one of";
    const char *text = json_string_value(value);
    for (const char *const *w = s->words; *w; w++) {
        if (text && strcmp(text, *w) == 0)
            return true;
        size_t used = strlen(what);
        snprintf(what + used, sizeof(what) - used, "%s %s", w == s->words ? "" : ",", *w);
    }
    return refuse(where, err, what);
}

static bool check_field(
    const struct pf_schema_field *f, const json_t *value, const char *where, struct pf_error *err)
{
    char inner[WHERE_SIZE];
    bool absent = !value || (f->nullable && json_is_null(value));
    if (absent && !f->required)
        return true;
    extend(inner, where, f->name);
    if (!value) {
        pf_error_set(err, -EINVAL, "the member \"%s\" is missing", inner);
        return false;
    }
    return absent || check(f->type, value, inner, err);
}

static bool check_object(
    const struct pf_schema *s, const json_t *value, const char *where, struct pf_error *err)
{
    if (!json_is_object(value))
        return refuse(where, err, "a JSON object");
    for (size_t i = 0; i < s->count; i++)
        if (!check_field(&s->fields[i], json_object_get(value, s->fields[i].name), where, err))
            return false;
    return true;
}

static bool check_union(
    const struct pf_schema *s, const json_t *value, const char *where, struct pf_error *err)
{
    const char *mode = json_string_value(json_object_get(value, "mode"));
    for (size_t i = 0; mode && i < s->count; i++)
        if (strcmp(mode, s->variants[i].name) == 0)
            return check_object(&s->variants[i], value, where, err);
    return refuse(where, err, "an object with a \"mode\" that is known");
}

static bool check_elements(
    const struct pf_schema *s, const json_t *value, const char *where, struct pf_error *err)
{
    char inner[WHERE_SIZE], number[24];
    const char *name;
    json_t *element;
    if (s->kind == PF_KIND_ARRAY ? !json_is_array(value) : !json_is_object(value))
        return refuse(where, err, s->kind == PF_KIND_ARRAY ? "a list" : "a JSON object");
    for (size_t i = 0; i < json_array_size(value); i++) {
        snprintf(number, sizeof(number), "%zu", i);
        extend(inner, where, number);
        if (!check(s->of, json_array_get(value, i), inner, err))
            return false;
    }
    json_object_foreach((json_t *)value, name, element)
    {
        extend(inner, where, name);
        if (!check(s->of, element, inner, err))
            return false;
    }
    return true;
}

static bool check(const struct pf_schema *s, const json_t *value, const char *where, struct pf_error *err)
{
    switch (s->kind) {
    case PF_KIND_STRING:
        return json_is_string(value) || refuse(where, err, "a string");
    case PF_KIND_BOOL:
        return json_is_boolean(value) || refuse(where, err, "true or false");
    case PF_KIND_ENUM:
        return check_word(s, value, where, err);
    case PF_KIND_OBJECT:
        return check_object(s, value, where, err);
    case PF_KIND_UNION:
        return check_union(s, value, where, err);
    case PF_KIND_ARRAY:
    case PF_KIND_MAP:
        return check_elements(s, value, where, err);
    default:
        return check_number(s, value, where, err);
    }
}

bool pf_schema_fits(const struct pf_schema *schema, const json_t *value, struct pf_error *err)
{
    return check(schema, value, "", err);
}

/* ---- bodies ---- */

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

/* The largest number up to which every whole number is a double. */
#define WHOLE_MAX 9007199254740992.0

/* JSON has one kind of number: 60.0 is the whole number 60. A new reference, or the value itself. */
static json_t *whole(json_t *value)
{
    double d = json_real_value(value);
    if (json_is_real(value) && d >= -WHOLE_MAX && d <= WHOLE_MAX && (double)(json_int_t)d == d)
        return json_integer((json_int_t)d);
    return json_incref(value);
}

static void make_whole(json_t *value)
{
    const char *name;
    json_t *member;
    void *next;
    json_object_foreach_safe(value, next, name, member)
    {
        make_whole(member);
        json_object_set_new(value, name, whole(member));
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        make_whole(json_array_get(value, i));
        json_array_set_new(value, i, whole(json_array_get(value, i)));
    }
}

/* Numbers that no member takes may stand in members that nobody reads. */
static json_t *parse_text(const char *body, size_t len, json_error_t *ret_error)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
    json_t *json = json_loadb(body, len, flags, ret_error);
    if (!json && json_error_code(ret_error) == json_error_numeric_overflow)
        json = json_loadb(body, len, flags | JSON_DECODE_INT_AS_REAL, ret_error);
    if (json)
        make_whole(json);
    return json;
}

enum pf_schema_verdict pf_schema_parse(
    const struct pf_schema *schema, const char *body, size_t len, json_t **ret_json, struct pf_error *err)
{
    json_error_t parse;
    json_t *json = parse_text(body, len, &parse);
    if (!json) {
        pf_error_set(err, 0, "the body is not usable JSON: %s (line %d)", parse.text, parse.line);
        return parse_verdict(&parse);
    }
    if (!pf_schema_fits(schema, json, err)) {
        json_decref(json);
        return PF_SCHEMA_NO_FIT;
    }
    *ret_json = json;
    return PF_SCHEMA_OK;
}

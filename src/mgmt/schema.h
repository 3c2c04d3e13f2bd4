/* Forms of the JSON that the API takes and gives: one description to check bodies by and to document them
 * from.
 */
#ifndef PF_MGMT_SCHEMA_H
#define PF_MGMT_SCHEMA_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum pf_schema_kind {
    PF_KIND_STRING,
    PF_KIND_BOOL,
    PF_KIND_U8,
    PF_KIND_U16,
    PF_KIND_U32,
    PF_KIND_U64, /* at most what the JSON library holds: 2^63 − 1 */
    PF_KIND_USIZE,
    PF_KIND_I32,
    PF_KIND_I64,
    PF_KIND_F32,
    PF_KIND_ENUM,
    PF_KIND_OBJECT,
    PF_KIND_ARRAY,
    PF_KIND_MAP,   /* an object with any names */
    PF_KIND_UNION, /* an object whose member "mode" says which others it has */
};

struct pf_schema_field {
    const char *name;
    const struct pf_schema *type;
    bool required;
    bool nullable; /* an explicit null counts as absent */
    const char *description;
    const char *pattern; /* of strings, for the document: what the operation takes; not checked here */
};

struct pf_schema {
    const char *name; /* of the type in the document; NULL: it is written out where it is used */
    /* OBJECT; members that it does not list are ignored */
    const struct pf_schema_field *fields;
    size_t count; /* of fields, or of variants */
    enum pf_schema_kind kind;
    const char *description;
    const char *const *words;         /* ENUM; NULL-terminated */
    const struct pf_schema *of;       /* ARRAY, MAP */
    const struct pf_schema *variants; /* UNION: objects, whose name is the value of "mode" */
};

extern const struct pf_schema pf_schema_string, pf_schema_bool, pf_schema_u8, pf_schema_u16, pf_schema_u32,
    pf_schema_u64, pf_schema_usize, pf_schema_i32, pf_schema_i64, pf_schema_f32;

/* Types of fields, to be written in tables. */
#define PF_SCHEMA_STRING &pf_schema_string
#define PF_SCHEMA_BOOL   &pf_schema_bool
#define PF_SCHEMA_U32    &pf_schema_u32
#define PF_SCHEMA_U64    &pf_schema_u64

/* What is wrong with a body; the values are HTTP statuses. */
enum pf_schema_verdict { PF_SCHEMA_OK = 0, PF_SCHEMA_NOT_JSON = 400, PF_SCHEMA_NO_FIT = 422 };

/* Whether the value has the form; otherwise err says in a sentence what does not fit, and where. */
bool pf_schema_fits(const struct pf_schema *schema, const json_t *value, struct pf_error *err);

/* Parses the body and compares it with the schema. On success *ret_json is a new reference; otherwise err
 * says in a sentence what does not fit. Members may then be read without further checks. */
enum pf_schema_verdict pf_schema_parse(
    const struct pf_schema *schema, const char *body, size_t len, json_t **ret_json, struct pf_error *err);

/* Limits of the whole numbers; false for other kinds. */
bool pf_schema_range(enum pf_schema_kind kind, json_int_t *ret_min, json_int_t *ret_max);

#endif

/* Forms of JSON request bodies: one description to check them by and to document them from. */
#ifndef PF_MGMT_SCHEMA_H
#define PF_MGMT_SCHEMA_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum pf_schema_type { PF_SCHEMA_STRING, PF_SCHEMA_BOOL, PF_SCHEMA_U32, PF_SCHEMA_U64 };

struct pf_schema_field {
    const char *name;
    enum pf_schema_type type;
    bool required;
    bool nullable; /* an explicit null counts as absent */
    const char *description;
};

/* An object; members that it does not list are ignored. */
struct pf_schema {
    const char *name; /* of the type in the API's document */
    const struct pf_schema_field *fields;
    size_t count;
};

/* What is wrong with a body; the values are HTTP statuses. */
enum pf_schema_verdict { PF_SCHEMA_OK = 0, PF_SCHEMA_NOT_JSON = 400, PF_SCHEMA_NO_FIT = 422 };

/* Parses the body and compares it with the schema. On success *ret_json is a new reference; otherwise err
 * says in a sentence what does not fit. Members may then be read without further checks. */
enum pf_schema_verdict pf_schema_parse(
    const struct pf_schema *schema, const char *body, size_t len, json_t **ret_json, struct pf_error *err);

#endif

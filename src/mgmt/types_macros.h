/* For the tables of types. */
#ifndef PF_MGMT_TYPES_MACROS_H
#define PF_MGMT_TYPES_MACROS_H

#include "mgmt/schema.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Always there; may be left out; may be null or left out. */
#define MUST(n, t, d)                                                                                        \
    {                                                                                                        \
        .name = n, .type = &t, .required = true, .description = d                                            \
    }
#define MAY(n, t, d)                                                                                         \
    {                                                                                                        \
        .name = n, .type = &t, .description = d                                                              \
    }
#define NULL_OR(n, t, d)                                                                                     \
    {                                                                                                        \
        .name = n, .type = &t, .nullable = true, .description = d                                            \
    }

#define OBJECT(linkage, variable, doc_name, about, ...)                                                      \
    static const struct pf_schema_field variable##_fields[] = {__VA_ARGS__};                                 \
    linkage const struct pf_schema variable = {.kind = PF_KIND_OBJECT,                                       \
        .name = doc_name,                                                                                    \
        .description = about,                                                                                \
        .fields = variable##_fields,                                                                         \
        .count = COUNT(variable##_fields)}

#define ENUM(linkage, variable, doc_name, about, ...)                                                        \
    static const char *const variable##_words[] = {__VA_ARGS__, NULL};                                       \
    linkage const struct pf_schema variable = {                                                              \
        .kind = PF_KIND_ENUM, .name = doc_name, .description = about, .words = variable##_words}

#define LIST(linkage, variable, element)                                                                     \
    linkage const struct pf_schema variable = {.kind = PF_KIND_ARRAY, .of = &element}

#define PUBLIC

#endif

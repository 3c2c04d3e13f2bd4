/* The API's own documents, made from the tables of routes and types. */
#ifndef PF_MGMT_DOCUMENT_H
#define PF_MGMT_DOCUMENT_H

#include <jansson.h>

/* The OpenAPI 3.1 document; a new reference, NULL if memory is exhausted. */
json_t *pf_mgmt_document(const char *version);

/* A page for people, without any script; free() it. NULL if memory is exhausted. */
char *pf_mgmt_docs_page(const char *version);

/* What a status means, for people. */
const char *pf_mgmt_status_text(unsigned status);

#endif

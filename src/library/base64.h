/* data: URLs. */
#ifndef PF_LIBRARY_BASE64_H
#define PF_LIBRARY_BASE64_H

#include <jansson.h>
#include <stddef.h>

/* "data:<media>;base64,…" as a JSON string; NULL if memory is exhausted. */
json_t *pf_data_url(const char *media, const void *data, size_t len);

#endif

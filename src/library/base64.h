/* data: URLs. Any thread. */
#ifndef PF_LIBRARY_BASE64_H
#define PF_LIBRARY_BASE64_H

#include <jansson.h>
#include <stddef.h>

/* "data:<media>;base64,…" as a JSON string; NULL if memory is exhausted. */
json_t *pf_data_url(const char *media, const void *data, size_t len);

/* The content of such a URL, whatever it says it is; free() it. -EINVAL: it is none, or larger than `max`. */
int pf_data_url_read(const char *url, size_t max, void **ret_data, size_t *ret_len);

#endif

#include "library/base64.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

json_t *pf_data_url(const char *media, const void *data, size_t len)
{
    const gnutls_datum_t raw = {(unsigned char *)data, (unsigned)len};
    gnutls_datum_t text = {NULL, 0};
    if (gnutls_base64_encode2(&raw, &text) < 0)
        return NULL;
    json_t *url = json_sprintf("data:%s;base64,%.*s", media, (int)text.size, text.data);
    gnutls_free(text.data);
    return url;
}

int pf_data_url_read(const char *url, size_t max, void **ret_data, size_t *ret_len)
{
    const char *comma = strncmp(url, "data:", 5) == 0 ? strchr(url, ',') : NULL;
    if (!comma || comma - url < 12 || strncmp(comma - 7, ";base64", 7) != 0)
        return -EINVAL;
    size_t len = strlen(comma + 1);
    if (len / 4 > max / 3 + 1)
        return -EINVAL;
    const gnutls_datum_t text = {(unsigned char *)comma + 1, (unsigned)len};
    gnutls_datum_t raw = {NULL, 0};
    if (gnutls_base64_decode2(&text, &raw) < 0)
        return -EINVAL;
    void *data = raw.size && raw.size <= max ? malloc(raw.size) : NULL;
    if (data) {
        memcpy(data, raw.data, raw.size);
        *ret_data = data;
        *ret_len = raw.size;
    }
    gnutls_free(raw.data);
    return data ? 0 : -EINVAL;
}

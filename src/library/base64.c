#include "library/base64.h"

#include <gnutls/gnutls.h>
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

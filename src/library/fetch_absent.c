/* For builds without a library for HTTPS: only pictures that are on this machine are shown. */
#include "library/steam_art.h"

#include <errno.h>

const char pf_library_fetch[] = "none";

int pf_fetch(const char *url, void **ret_data, size_t *ret_len)
{
    (void)url;
    (void)ret_data;
    (void)ret_len;
    return -ENOTSUP;
}

#include "library/steam_art.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char pf_library_fetch[] = "libcurl";

struct answer {
    char *data;
    size_t len;
};

static size_t on_data(char *data, size_t size, size_t count, void *user)
{
    struct answer *a = user;
    size_t n = size * count;
    if (n > PF_ART_MAX - a->len)
        return 0; /* ends the transfer */
    char *more = realloc(a->data, a->len + n + 1);
    if (!more)
        return 0;
    memcpy(more + a->len, data, n);
    a->data = more;
    a->len += n;
    return n;
}

int pf_fetch(const char *url, void **ret_data, size_t *ret_len)
{
    struct answer answer = {NULL, 0};
    CURL *curl = curl_easy_init();
    if (!curl)
        return -ENOTSUP;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    CURLcode rc = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    if (rc != CURLE_OK || !answer.len) {
        free(answer.data);
        return -EPROTO;
    }
    *ret_data = answer.data;
    *ret_len = answer.len;
    return 0;
}

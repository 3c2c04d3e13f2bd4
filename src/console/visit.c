#include "console/visit.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define POLICY                                                                                               \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src "     \
    "'self'; "                                                                                               \
    "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/* ---- what was asked ---- */

const char *pf_visit_header(const struct pf_visit *v, const char *name)
{
    return MHD_lookup_connection_value(pf_http_mhd(v->connection), MHD_HEADER_KIND, name);
}

const char *pf_visit_cookie(const struct pf_visit *v)
{
    return MHD_lookup_connection_value(pf_http_mhd(v->connection), MHD_COOKIE_KIND, PF_VISIT_COOKIE);
}

bool pf_visit_is_logged_in(const struct pf_visit *v)
{
    const char *cookie = pf_visit_cookie(v);
    return cookie && pf_logins_has(v->console->logins, cookie, time(NULL));
}

bool pf_visit_is_own(const struct pf_visit *v)
{
    static const char scheme[] = "https://";
    const char *site = pf_visit_header(v, "Sec-Fetch-Site"), *origin = pf_visit_header(v, "Origin");
    const char *host = pf_visit_header(v, "Host");
    if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return false;
    return !origin || (host && strncasecmp(origin, scheme, sizeof(scheme) - 1) == 0 &&
                          strcasecmp(origin + sizeof(scheme) - 1, host) == 0);
}

/* ---- what is answered ---- */

void pf_visit_encode(const char *text, char *out, size_t size)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t n = 0;
    for (; *text && n + 4 <= size; text++) {
        if (strchr(plain, *text))
            out[n++] = *text;
        else
            n += (size_t)snprintf(out + n, size - n, "%%%02X", (unsigned char)*text);
    }
    out[n] = 0;
}

void pf_visit_answer(struct pf_visit *v, unsigned status, json_t *json)
{
    v->status = status;
    v->json = json;
}

void pf_visit_refuse(struct pf_visit *v, unsigned status, const char *sentence)
{
    pf_visit_answer(v, status, json_pack("{s:s}", "error", sentence));
}

void pf_visit_show(struct pf_visit *v, const struct pf_asset *asset, bool shell)
{
    v->asset = asset;
    v->shell = shell;
    v->status = 200;
}

/* True if "gzip" is among what the browser takes, and not with the weight of nothing. */
static bool takes_gzip(const struct pf_visit *v)
{
    const char *accepts = pf_visit_header(v, "Accept-Encoding");
    const char *at = accepts ? strcasestr(accepts, "gzip") : NULL;
    return at && strncmp(at + 4, ";q=0", 4) != 0;
}

static bool has_it_already(const struct pf_visit *v)
{
    const char *known = pf_visit_header(v, "If-None-Match");
    return v->status == 200 && known && strcmp(known, v->asset->etag) == 0;
}

static struct MHD_Response *make_asset(struct pf_visit *v)
{
    bool packed = takes_gzip(v), known = has_it_already(v);
    const struct pf_asset *a = v->asset;
    /* The library does not write to it; its type is older than const. */
    struct MHD_Response *response = MHD_create_response_from_buffer(known    ? 0
                                                                    : packed ? a->gzip_len
                                                                             : a->plain_len,
        (void *)(uintptr_t)(packed ? a->gzip : a->plain), MHD_RESPMEM_PERSISTENT);
    if (!response)
        return NULL;
    v->status = known ? 304 : v->status;
    if (!known)
        MHD_add_response_header(response, "Content-Type", a->media);
    if (!known && packed)
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    MHD_add_response_header(response, "Vary", "Accept-Encoding");
    MHD_add_response_header(response, "ETag", a->etag);
    MHD_add_response_header(
        response, "Cache-Control", v->shell ? "no-cache" : "public, max-age=31536000, immutable");
    return response;
}

static struct MHD_Response *make_json(struct pf_visit *v)
{
    char *text = v->json ? json_dumps(v->json, JSON_COMPACT) : NULL;
    struct MHD_Response *response =
        text ? MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE)
             : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response && text)
        MHD_add_response_header(response, "Content-Type", "application/json");
    if (response)
        MHD_add_response_header(response, "Cache-Control", "no-store");
    return response;
}

static void add_headers(const struct pf_visit *v, struct MHD_Response *response)
{
    char seconds[16];
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "X-Frame-Options", "DENY");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Content-Security-Policy", POLICY);
    if (v->location[0])
        MHD_add_response_header(response, "Location", v->location);
    if (v->cookie[0])
        MHD_add_response_header(response, "Set-Cookie", v->cookie);
    if (v->allow)
        MHD_add_response_header(response, "Allow", v->allow);
    snprintf(seconds, sizeof(seconds), "%u", v->retry_after_s);
    if (v->retry_after_s)
        MHD_add_response_header(response, "Retry-After", seconds);
}

bool pf_visit_respond(struct pf_visit *v)
{
    struct MHD_Response *response = v->asset ? make_asset(v) : make_json(v);
    if (!response)
        return false;
    add_headers(v, response);
    enum MHD_Result rc = MHD_queue_response(pf_http_mhd(v->connection), v->status, response);
    MHD_destroy_response(response);
    return rc == MHD_YES;
}

#include "mgmt/auth.h"

#include "base/bytes.h"
#include "mgmt/route.h"
#include "trust/native_store.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Compares digests, so that neither time nor length tells anything about the token. */
static bool is_token(const char *given, const char *token)
{
    uint8_t a[32], b[32];
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, given, strlen(given), a) < 0 ||
        gnutls_hash_fast(GNUTLS_DIG_SHA256, token, strlen(token), b) < 0)
        return false;
    return pf_bytes_equal_ct(a, b, sizeof(a));
}

static bool has_bearer(const struct pf_mgmt_request *request, const char *token)
{
    static const char prefix[] = "Bearer ";
    const char *value = request->authorization;
    return value && strncmp(value, prefix, sizeof(prefix) - 1) == 0 &&
           is_token(value + sizeof(prefix) - 1, token);
}

static bool is_paired(const struct pf_mgmt_host *host, const struct pf_mgmt_request *request)
{
    return request->has_certificate && host->store &&
           pf_native_store_admits(host->store, request->fingerprint, time(NULL));
}

static bool may_call(const struct pf_mgmt_host *host, const char *token,
    const struct pf_mgmt_request *request, const struct pf_mgmt_route *any, const struct pf_mgmt_route *exact)
{
    if (any->lane == PF_MGMT_LANE_OPEN || request->has_login)
        return true;
    if (any->lane == PF_MGMT_LANE_LOOPBACK)
        return request->peer_is_loopback;
    if (exact && exact->lane == PF_MGMT_LANE_CERTIFICATE && strcmp(request->method, "GET") == 0 &&
        is_paired(host, request))
        return true;
    return request->peer_is_loopback && has_bearer(request, token);
}

/* The part of "name:port" or "[v6]:port" before the port. */
static bool host_name(const char *header, char *out, size_t size)
{
    const char *start = *header == '[' ? header + 1 : header;
    size_t n = strcspn(start, *header == '[' ? "]" : ":");
    if (n == 0 || n >= size)
        return false;
    memcpy(out, start, n);
    out[n] = 0;
    return true;
}

/* On loopback a name that is not ours means that somebody's DNS points at this machine. */
static bool is_own_name(const struct pf_mgmt_host *host, const char *header)
{
    char name[256];
    uint8_t address[16];
    if (!header || !host_name(header, name, sizeof(name)))
        return false;
    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
        return true;
    size_t n = strlen(host->hostname);
    return strcasecmp(name, "localhost") == 0 || strcasecmp(name, host->hostname) == 0 ||
           (strncasecmp(name, host->hostname, n) == 0 && strcasecmp(name + n, ".local") == 0);
}

static bool changes_state(const char *method)
{
    return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 && strcmp(method, "OPTIONS") != 0;
}

static bool is_foreign(const struct pf_mgmt_host *host, const struct pf_mgmt_request *request)
{
    if (request->peer_is_loopback && !is_own_name(host, request->host))
        return true;
    static const char scheme[] = "https://";
    const char *origin = request->origin, *site = request->fetch_site;
    if (!changes_state(request->method))
        return false;
    if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return true;
    if (!origin)
        return false;
    return strncasecmp(origin, scheme, sizeof(scheme) - 1) != 0 || !request->host ||
           strcasecmp(origin + sizeof(scheme) - 1, request->host) != 0;
}

enum pf_mgmt_verdict pf_mgmt_authorise(const struct pf_mgmt_host *host, const char *token,
    const struct pf_mgmt_request *request, const struct pf_mgmt_route *any, const struct pf_mgmt_route *exact)
{
    if (!may_call(host, token, request, any, exact))
        return PF_MGMT_AUTH_NO_CREDENTIAL;
    if (any->lane != PF_MGMT_LANE_OPEN && is_foreign(host, request))
        return PF_MGMT_AUTH_FOREIGN;
    return PF_MGMT_AUTH_PASS;
}

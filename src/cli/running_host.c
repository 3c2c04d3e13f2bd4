#include "cli/running_host.h"

#include "base/file.h"
#include "cli/endpoint.h"
#include "mgmt/server.h"
#include "trust/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_certificate(const char *dir, const char *name, uint8_t ret[PF_FINGERPRINT_SIZE])
{
    char *path = pf_path_join(dir, name), *pem = NULL;
    size_t len = 0;
    gnutls_x509_crt_t certificate;
    int rc = pf_file_read(path, 64u << 10, &pem, &len);
    free(path);
    if (rc < 0)
        return rc;
    size_t size = PF_FINGERPRINT_SIZE;
    const gnutls_datum_t text = {(unsigned char *)pem, (unsigned)len};
    rc = gnutls_x509_crt_init(&certificate) < 0 ? -ENOMEM : 0;
    if (rc == 0) {
        if (gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM) < 0 ||
            gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, ret, &size) < 0)
            rc = -EBADMSG;
        gnutls_x509_crt_deinit(certificate);
    }
    free(pem);
    return rc;
}

/* As the host chooses: the native pair of files if it is complete. */
static int find_certificate(const char *dir, uint8_t ret[PF_FINGERPRINT_SIZE])
{
    char *key = pf_path_join(dir, "native-key.pem");
    bool native = access(key, F_OK) == 0 && read_certificate(dir, "native-cert.pem", ret) == 0;
    free(key);
    return native ? 0 : read_certificate(dir, "cert.pem", ret);
}

int pf_running_host_find(struct pf_running_host *host, uint16_t port, struct pf_error *err)
{
    char *dir = pf_config_dir();
    int rc = pf_token_find(dir, &host->token, err);
    if (rc == 0 && find_certificate(dir, host->fingerprint) < 0)
        rc = -ENOENT;
    if (rc == -ENOENT)
        pf_error_set(err, rc,
            "no host has run with the configuration in %s; start it with \"punktfunk-host serve\"", dir);
    host->client = (struct pf_mgmt_client){.port = port, .token = host->token};
    host->client.fingerprint = host->fingerprint;
    if (host->client.port == 0)
        host->client.port = pf_endpoint_read(dir, PF_MGMT_DEFAULT_PORT);
    free(dir);
    return rc;
}

void pf_running_host_finish(struct pf_running_host *host)
{
    if (host->token)
        explicit_bzero(host->token, strlen(host->token));
    free(host->token);
    host->token = NULL;
}

int pf_running_host_call(struct pf_running_host *host, const char *method, const char *path,
    const json_t *body, json_t **ret_json, struct pf_error *err)
{
    unsigned status = 0;
    json_t *json = NULL;
    int rc = pf_mgmt_client_call(&host->client, method, path, body, &status, &json, err);
    if (rc == -ECONNREFUSED)
        pf_error_set(err, rc,
            "no host runs here (nothing listens on port %u); start it with \"punktfunk-host serve\"",
            host->client.port);
    if (rc < 0)
        return rc;
    if (status == 401)
        rc = pf_error_set(err, -EACCES,
            "the host does not accept the token; if it was started with --mgmt-token, set "
            "PUNKTFUNK_MGMT_TOKEN to the same");
    else if (status / 100 != 2) {
        const char *text = json_string_value(json_object_get(json, "error"));
        rc = pf_error_set(err, status == 404 ? -ENOENT : -EREMOTEIO, "the host refused (%u): %s", status,
            text ? text : "without a reason");
    }
    if (rc == 0 && ret_json)
        *ret_json = json;
    else
        json_decref(json);
    return rc;
}

/* ---- commands that show something ---- */

int pf_show_run(const struct pf_show *show,
    int (*run)(struct pf_running_host *host, void *user, struct pf_error *err), void *user)
{
    struct pf_running_host host = {.token = NULL};
    struct pf_error err;
    int rc = pf_running_host_find(&host, (uint16_t)show->port, &err);
    if (rc == 0)
        rc = run(&host, user, &err);
    pf_running_host_finish(&host);
    if (rc < 0)
        fprintf(stderr, "error: %s\n", err.text);
    return rc < 0 ? 1 : 0;
}

int pf_show_get(struct pf_running_host *host, const struct pf_show *show, const char *path,
    void (*print)(const json_t *answer), struct pf_error *err)
{
    json_t *answer = NULL;
    int rc = pf_running_host_call(host, "GET", path, NULL, &answer, err);
    if (rc < 0)
        return rc;
    if (show->json) {
        json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
        putchar('\n');
    } else {
        print(answer);
    }
    json_decref(answer);
    return 0;
}

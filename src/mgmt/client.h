/* A client of the management API, for commands beside a running host and for tests. Blocks. */
#ifndef PF_MGMT_CLIENT_H
#define PF_MGMT_CLIENT_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct pf_identity;

struct pf_mgmt_client {
    const char *address; /* numeric; NULL: 127.0.0.1 */
    uint16_t port;
    const uint8_t *fingerprint;         /* the only certificate to talk to; NULL: any */
    const char *token;                  /* bearer; NULL: none */
    const struct pf_identity *identity; /* certificate to show; NULL: none */
};

/* One request on a connection of its own. *ret_json is a new reference, NULL if the answer has no JSON.
 * Errors: -ECONNREFUSED if nobody listens, -EPERM if the certificate is not the expected one, -ETIMEDOUT,
 * -EPROTO. */
int pf_mgmt_client_call(const struct pf_mgmt_client *client, const char *method, const char *path,
    const json_t *body, unsigned *ret_status, json_t **ret_json, struct pf_error *err);

/* Sends the bytes and returns everything that comes until the host closes the connection, with a NUL behind
 * it; free() it. */
int pf_mgmt_client_exchange(const struct pf_mgmt_client *client, const void *request, size_t len,
    char **ret_response, size_t *ret_len, struct pf_error *err);

#endif

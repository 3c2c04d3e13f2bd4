/* One HTTP request of the server and its answer. */
#ifndef PF_MGMT_EXCHANGE_H
#define PF_MGMT_EXCHANGE_H

#include "mgmt/call.h"
#include "net/http.h"

struct pf_mgmt_exchange {
    struct pf_mgmt_call call;              /* first member */
    struct pf_http_connection *connection; /* NULL: the peer, or the server, is gone */
    char *query;                           /* of the request, as sent; may be NULL */
    char *body;
    size_t len, cap;
    uint64_t received; /* bytes of body, whether kept or not */
    bool accepted;     /* the head was; the body is of interest */
    bool running;      /* the operation has not answered yet */
    bool answered;     /* call.response is set */
    bool streams;      /* the answer is a stream; the connection may be held in it */
};

/* Takes the request's head from the connection; NULL if memory is exhausted. The caller then sets the call's
 * host, token and port and calls pf_mgmt_exchange_begin. */
struct pf_mgmt_exchange *pf_mgmt_exchange_create(
    struct pf_http_connection *connection, const char *path, const char *method);

/* Judges the head. */
void pf_mgmt_exchange_begin(struct pf_mgmt_exchange *x);

/* A piece of the body came. False: too much of it; cut the connection. */
bool pf_mgmt_exchange_receive(struct pf_mgmt_exchange *x, const char *data, size_t len);

/* The request is complete, or a held one goes on: queues the response, or holds the connection. False: cut
 * it.
 */
bool pf_mgmt_exchange_respond(struct pf_mgmt_exchange *x);

/* True if the answer should go out before the body comes (the peer asks, or would send too much). */
bool pf_mgmt_exchange_answers_early(const struct pf_mgmt_exchange *x);

/* The connection is done with it. Frees it unless the operation still runs; then the operation's reply does.
 */
void pf_mgmt_exchange_release(struct pf_mgmt_exchange *x);

#endif

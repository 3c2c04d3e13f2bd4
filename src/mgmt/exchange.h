/* One HTTP request of the server and its answer. */
#ifndef PF_MGMT_EXCHANGE_H
#define PF_MGMT_EXCHANGE_H

#include "mgmt/call.h"
#include "net/http.h"

/* For the rest of a request whose head is there. */
#define PF_MGMT_BODY_NS (30 * PF_NS_PER_S)

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
 * host, port, and its token or who is logged in, and calls pf_mgmt_exchange_head. */
struct pf_mgmt_exchange *pf_mgmt_exchange_create(
    struct pf_http_connection *connection, const char *path, const char *method);

/* Judges the head, and answers before the body comes if the peer asks for that, or would send too much.
 * False: cut the connection. */
bool pf_mgmt_exchange_head(struct pf_mgmt_exchange *x);

/* A piece of the body came; or, with no data, the request is complete or a held one goes on: queues the
 * response, or holds the connection. False: cut it. */
bool pf_mgmt_exchange_piece(struct pf_mgmt_exchange *x, const struct pf_http_piece *piece);

/* The connection is done with it. Frees it unless the operation still runs; then the operation's reply does.
 */
void pf_mgmt_exchange_release(struct pf_mgmt_exchange *x);

#endif

/* One request and its answer, without any transport. */
#ifndef PF_MGMT_CALL_H
#define PF_MGMT_CALL_H

#include "mgmt/api.h"

#include <jansson.h>

struct pf_mgmt_route;
struct pf_mgmt_stream;

/* The head of a request. Strings are borrowed while the call lives; absent headers are NULL. */
struct pf_mgmt_request {
    const char *method;
    const char *path;  /* as sent: percent-encoded, without the query */
    const char *query; /* as sent, without the question mark; NULL: none */
    const char *authorization, *content_type, *origin, *host, *last_event_id, *fetch_site;
    bool has_login; /* to the web console: may do everything */
    bool peer_is_loopback;
    bool has_certificate; /* the peer proved that it owns the certificate with this fingerprint */
    uint8_t fingerprint[32];
};

struct pf_mgmt_response {
    unsigned status;
    json_t *json; /* body; NULL: `data`, or empty */
    void *data;   /* body of another kind, from malloc; NULL: none */
    size_t len;
    const char *media;             /* of data, or of the stream */
    struct pf_mgmt_stream *stream; /* a body that goes on (mgmt/events.h); NULL: none */
    char allow[64];                /* of 405 */
};

/* The decoded variable parts of the path. */
struct pf_mgmt_params {
    char first[256], second[64];
};

/* A value of the query. */
struct pf_mgmt_value {
    bool present;
    uint64_t number; /* where the route wants one */
    char text[128];
};
#define PF_MGMT_QUERY_MAX 3

struct pf_mgmt_call {
    const struct pf_mgmt_host *host;
    const char *token;  /* the bearer token */
    uint16_t mgmt_port; /* as bound */
    struct pf_mgmt_request request;

    const struct pf_mgmt_route *route; /* set once the head was accepted */
    struct pf_mgmt_params params;
    uint32_t number;                               /* the first of them, where the route wants one */
    struct pf_mgmt_value query[PF_MGMT_QUERY_MAX]; /* in the route's order */
    json_t *body;                                  /* checked against the route's schema; NULL: none */

    struct pf_mgmt_response response;
    /* Called once with the response set, which it takes over; the call may be freed in it. */
    void (*answered)(struct pf_mgmt_call *call);
    void *transport;
};

/* Takes ownership of json (NULL: no body). Exactly one answer per call. */
void pf_mgmt_answer(struct pf_mgmt_call *call, unsigned status, json_t *json);
/* A body of another kind; takes over `data`, which came from malloc. `media` is borrowed for ever. */
void pf_mgmt_answer_data(
    struct pf_mgmt_call *call, unsigned status, const char *media, void *data, size_t len);
/* {"error": "<sentence>"} */
void pf_mgmt_answer_error(struct pf_mgmt_call *call, unsigned status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Judges the head of a request. True: go on with pf_mgmt_call_finish. False: it was answered. */
bool pf_mgmt_call_begin(struct pf_mgmt_call *call);

/* True if the accepted request needs its body. */
bool pf_mgmt_call_wants_body(const struct pf_mgmt_call *call);

/* Checks the body and runs the operation, which answers now or later. */
void pf_mgmt_call_finish(struct pf_mgmt_call *call, const char *body, size_t len);

/* The largest body that is accepted; longer ones are answered with 413. */
#define PF_MGMT_BODY_MAX (2u << 20)
void pf_mgmt_call_body_too_long(struct pf_mgmt_call *call);

/* Frees what the call owns; the response belongs to `answered`. */
void pf_mgmt_call_clear(struct pf_mgmt_call *call);

#endif

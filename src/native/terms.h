/* The terms of a session: from Hello to what the session layer is asked, and from its plan to Welcome
 * (punktfunk1-control.md 2.2, 2.3 and 2.6). Pure functions. */
#ifndef PF_NATIVE_TERMS_H
#define PF_NATIVE_TERMS_H

#include "punktfunk/wire.h"
#include "session/plan.h"
#include "session/request.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether the client is of v0.31 or later: those, and no others, count the frames of speed tests apart. */
bool pf_terms_is_newer(const struct pf_hello *hello);

/* The mode the client asks for; a refresh rate that cannot be is as large as can be. */
struct pf_mode pf_terms_mode(const struct pf_hello *hello);

/* `label` is the client's cleaned name; `fingerprint` NULL if it showed no certificate. The slot stays 0. */
struct pf_session_request pf_terms_request(const struct pf_hello *hello, enum pf_session_source source,
    const char *label, const uint8_t *fingerprint);

/* What Welcome says besides the plan. */
struct pf_terms {
    uint16_t udp_port;
    unsigned fec_percent;
    uint16_t shard_payload;
    uint8_t key[16], salt[4]; /* secret */
    uint32_t frames;          /* of a synthetic stream; 0: unbounded */
    bool newer;               /* the client reads what v0.31 appended */
    uint32_t grants;          /* PF_GRANT_* */
    uint32_t expires_in_s;    /* seconds until the client's access ends; 0: it does not */
};

struct pf_welcome pf_terms_welcome(const struct pf_session_plan *plan, const struct pf_terms *terms);

/* The largest shards that cross the usual Ethernet, and the path, unfragmented and that the client takes
 * (punktfunk1-data.md 2.2). `client_max`: of Hello, 0 if not told. `path_mtu`: bytes of an IP packet; 0 or
 * negative if not known. */
uint16_t pf_terms_shard_payload(bool ipv6, uint16_t client_max, int path_mtu);

#endif

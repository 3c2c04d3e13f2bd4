/* A key and its self-signed certificate, as clients and hosts have them. Private to these tests. */
#ifndef PF_TEST_GAMESTREAM_PARTY_H
#define PF_TEST_GAMESTREAM_PARTY_H

#include "gamestream/nvhttp/certificate.h"

#include <gnutls/abstract.h>
#include <time.h>

struct party {
    gnutls_privkey_t key;
    gnutls_x509_privkey_t x509_key;
    char *pem;
    struct pf_gs_certificate certificate; /* of RSA parties only */
};

struct party_kind {
    gnutls_pk_algorithm_t algorithm; /* 0: RSA */
    unsigned bits;                   /* 0: 2048 */
    bool serial_zero;                /* as stock clients have it; RSA only */
    time_t from, until;              /* both 0: 1970, for a quarter of an hour */
};

struct party make_party(struct party_kind kind);
/* The same key, another certificate. */
struct party renew_party(const struct party *party, struct party_kind kind);
void drop_party(struct party *p);

#endif

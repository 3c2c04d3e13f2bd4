/* TLS 1.3 for QUIC by GnuTLS. Loop thread only. punktfunk1-control.md 1.2 */
#ifndef PF_NET_QUIC_TLS_H
#define PF_NET_QUIC_TLS_H

#include "net/identity.h"

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdint.h>

struct pf_quic_conn;

/* Alert of a handshake without a common ALPN name. */
enum { PF_TLS_ALERT_NO_APPLICATION_PROTOCOL = 120 };

/* What all connections of an endpoint share. `identity` may be NULL (client without a certificate).
 * Returns 0, -ENOMEM or -EINVAL. */
int pf_quic_tls_credentials(
    const struct pf_identity *identity, gnutls_certificate_credentials_t *ret_credentials);

/* Makes the session of a connection and ties it to conn->ref. `alpn`: names ended by NULL; a client offers
 * them, a host accepts only them. Returns 0 or -ENOMEM/-EINVAL. */
int pf_quic_tls_create(struct pf_quic_conn *conn, bool server, gnutls_certificate_credentials_t credentials,
    const char *const *alpn, gnutls_session_t *ret_session);

/* The peer's leaf certificate; false if it showed none. */
bool pf_quic_tls_peer_fingerprint(gnutls_session_t session, uint8_t ret_fingerprint[PF_FINGERPRINT_SIZE]);

#endif

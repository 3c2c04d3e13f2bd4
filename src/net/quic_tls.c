#include "net/quic_tls.h"

#include "net/quic_conn.h"

#include <errno.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>
#include <string.h>

enum { MAX_ALPN = 8 }; /* GnuTLS takes no more */

/* Certificates are self-made and say nothing but their key, so their key usage does not count: the peer's is
 * excused by COMPAT (which means nothing else in TLS 1.3), our own by the other word. */
static const char priorities[] = "%DISABLE_TLS13_COMPAT_MODE:NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:"
                                 "+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-CCM:-GROUP-ALL:"
                                 "+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:"
                                 "%COMPAT:%DEBUG_ALLOW_KEY_USAGE_VIOLATIONS";

static struct pf_quic_conn *conn_of(gnutls_session_t session)
{
    const ngtcp2_crypto_conn_ref *ref = gnutls_session_get_ptr(session);
    return ref->user_data;
}

/* Runs during the handshake, once the peer's certificate is known. Any will do, unless a pin says which.
 * GnuTLS checks the CertificateVerify message itself, whatever is answered here. */
static int check_peer(gnutls_session_t session)
{
    struct pf_quic_conn *conn = conn_of(session);
    uint8_t fingerprint[PF_FINGERPRINT_SIZE];
    if (!conn->pinned)
        return 0;
    if (pf_quic_tls_peer_fingerprint(session, fingerprint) &&
        !memcmp(fingerprint, conn->pin, sizeof(fingerprint)))
        return 0;
    conn->wrong_peer = true;
    return GNUTLS_E_CERTIFICATE_ERROR;
}

/* GnuTLS refuses a wrong list of names itself, but takes a ClientHello without any. */
static int require_alpn(gnutls_session_t session)
{
    gnutls_datum_t name;
    return gnutls_alpn_get_selected_protocol(session, &name) ? GNUTLS_E_NO_APPLICATION_PROTOCOL : 0;
}

int pf_quic_tls_credentials(
    const struct pf_identity *identity, gnutls_certificate_credentials_t *ret_credentials)
{
    gnutls_certificate_credentials_t credentials;
    if (gnutls_certificate_allocate_credentials(&credentials) < 0)
        return -ENOMEM;
    if (identity) {
        gnutls_x509_crt_t certificate = pf_identity_certificate(identity);
        if (gnutls_certificate_set_x509_key(credentials, &certificate, 1, pf_identity_key(identity)) < 0) {
            gnutls_certificate_free_credentials(credentials);
            return -EINVAL;
        }
    }
    gnutls_certificate_set_verify_function(credentials, check_peer);
    *ret_credentials = credentials;
    return 0;
}

static int set_alpn(gnutls_session_t session, const char *const *alpn)
{
    gnutls_datum_t names[MAX_ALPN];
    unsigned n = 0;
    for (; alpn[n] && n < MAX_ALPN; n++)
        names[n] = (gnutls_datum_t){(unsigned char *)alpn[n], (unsigned)strlen(alpn[n])};
    return n ? gnutls_alpn_set_protocols(session, names, n, GNUTLS_ALPN_MANDATORY) : 0;
}

static int configure(gnutls_session_t session, struct pf_quic_conn *conn, bool server,
    gnutls_certificate_credentials_t credentials, const char *const *alpn)
{
    int rc = gnutls_priority_set_direct(session, priorities, NULL);
    if (rc >= 0)
        rc = gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    if (rc >= 0)
        rc = set_alpn(session, alpn);
    if (rc < 0)
        return rc;
    if (server) {
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
        gnutls_handshake_set_post_client_hello_function(session, require_alpn);
        rc = ngtcp2_crypto_gnutls_configure_server_session(session);
    } else {
        (void)gnutls_server_name_set(session, GNUTLS_NAME_DNS, "punktfunk", strlen("punktfunk"));
        rc = ngtcp2_crypto_gnutls_configure_client_session(session);
    }
    gnutls_session_set_ptr(session, &conn->ref);
    return rc;
}

int pf_quic_tls_create(struct pf_quic_conn *conn, bool server, gnutls_certificate_credentials_t credentials,
    const char *const *alpn, gnutls_session_t *ret_session)
{
    gnutls_session_t session;
    /* No tickets: neither resumption nor 0-RTT exists in this protocol. */
    if (gnutls_init(&session, (server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_NO_TICKETS) < 0)
        return -ENOMEM;
    if (configure(session, conn, server, credentials, alpn) < 0) {
        gnutls_deinit(session);
        return -EINVAL;
    }
    *ret_session = session;
    return 0;
}

bool pf_quic_tls_peer_fingerprint(gnutls_session_t session, uint8_t ret_fingerprint[PF_FINGERPRINT_SIZE])
{
    unsigned n = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
    if (!chain || !n)
        return false;
    pf_fingerprint_of(chain[0].data, chain[0].size, ret_fingerprint);
    return true;
}

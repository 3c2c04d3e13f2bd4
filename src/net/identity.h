/* Who we are: a key, its self-signed certificate and the certificate's fingerprint.
 *
 * Made once and kept for ever, because peers recognise us by the fingerprint. Defined by
 * docs/spec/punktfunk1-control.md 1.2 and management-and-operations.md 2.3.
 *
 * An identity does not change after loading: any thread may read it.
 */
#ifndef PF_NET_IDENTITY_H
#define PF_NET_IDENTITY_H

#include "base/error.h"

#include <gnutls/x509.h>
#include <stddef.h>
#include <stdint.h>

#define PF_FINGERPRINT_SIZE 32

struct pf_identity;

/* Loads the host's identity from the folder, or creates it there (the folder too, mode 0700).
 *
 * native-cert.pem and native-key.pem are used if both exist, else cert.pem and key.pem, whatever kind of key
 * they hold. None of them: an ECDSA P-256 key and an X.509 v3 certificate are written to native-key.pem and
 * native-cert.pem, mode 0600; hosts of July 2026 take no such key in key.pem. A key without a certificate (or
 * with a blank one) is a creation that was interrupted: the certificate is made from that key. Files that
 * exist but cannot be used are reported and left as they are. Errors: -EBADMSG for unusable files, any errno
 * of reading and writing, -ENOMEM. */
int pf_identity_load_host(const char *dir, struct pf_identity **ret_identity, struct pf_error *err);

/* The identity that GameStream clients pin, which has to be RSA (gamestream.md 2.1): cert.pem and key.pem if
 * they hold an RSA key of 2048 bits or more, or are made so if absent. If they hold another key, then
 * gamestream-cert.pem and gamestream-key.pem, made if absent. Load the host's identity first. Errors as
 * above. */
int pf_identity_load_gamestream(const char *dir, struct pf_identity **ret_identity, struct pf_error *err);

/* The same for a client: only cert.pem and key.pem; subject alternative name `punktfunk-client`. */
int pf_identity_load_client(const char *dir, struct pf_identity **ret_identity, struct pf_error *err);

/* NULL is allowed. */
void pf_identity_destroy(struct pf_identity *identity);

/* SHA-256 of the certificate's DER form; borrowed. */
const uint8_t *pf_identity_fingerprint(const struct pf_identity *identity);

/* PEM text as in the files, NUL-terminated, for servers that want it so; borrowed. The key is secret. */
const char *pf_identity_certificate_pem(const struct pf_identity *identity);
const char *pf_identity_key_pem(const struct pf_identity *identity);

/* Borrowed; do not change them. */
gnutls_x509_crt_t pf_identity_certificate(const struct pf_identity *identity);
gnutls_x509_privkey_t pf_identity_key(const struct pf_identity *identity);

/* Fingerprint of any certificate. */
void pf_fingerprint_of(const void *der, size_t len, uint8_t ret_fingerprint[PF_FINGERPRINT_SIZE]);

#endif

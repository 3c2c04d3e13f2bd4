/* A GameStream client's certificate, as it is sent while pairing (docs/spec/gamestream.md 2.1, 2.4).
 *
 * Certificates are self-signed RSA with the serial number 0; nothing of them is trusted but that the client
 * owns the key, and the exact bytes are its identity.
 */
#ifndef PF_GAMESTREAM_NVHTTP_CERTIFICATE_H
#define PF_GAMESTREAM_NVHTTP_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_GS_CERTIFICATE_PEM_MAX 8192u
#define PF_GS_SIGNATURE_MAX       512u /* RSA 4096 */

struct pf_gs_certificate {
    uint8_t *der;
    size_t der_len;
    uint8_t fingerprint[32];                /* SHA-256 of der */
    uint8_t signature[PF_GS_SIGNATURE_MAX]; /* the certificate's own */
    size_t signature_len;
};

/* Reads PEM text. -EBADMSG if it is no certificate, -ENOTSUP if its key is not RSA of 2048 to 4096 bits,
 * -ENOMEM. */
int pf_gs_certificate_parse(const char *pem, size_t len, struct pf_gs_certificate *ret_certificate);
void pf_gs_certificate_finish(struct pf_gs_certificate *certificate);

/* Whether `signature` (PKCS #1 v1.5, SHA-256) over `data` was made with the certificate's key. */
bool pf_gs_certificate_verify(const struct pf_gs_certificate *certificate, const void *data, size_t len,
    const uint8_t *signature, size_t signature_len);

#endif

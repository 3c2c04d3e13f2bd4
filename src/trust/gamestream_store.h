/* The paired GameStream clients: <config>/paired.json, an array of certificates, each an array of the numbers
 * of its DER bytes.
 *
 * Memory and disk stay equal: a change that cannot be written is not made. A client is known by the exact
 * bytes of its certificate. Used on the control loop's thread only.
 *
 * Format: docs/spec/gamestream.md 12.3.
 */
#ifndef PF_TRUST_GAMESTREAM_STORE_H
#define PF_TRUST_GAMESTREAM_STORE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_gamestream_client {
    uint8_t fingerprint[32]; /* SHA-256 of the certificate */
    const uint8_t *der;
    size_t der_len;
};

struct pf_gamestream_store;

/* Reads the files in `dir`. Absent: empty. Damaged: set aside as .bad, reported in the log, empty. Errors: a
 * file exists but cannot be read. */
int pf_gamestream_store_open(const char *dir, struct pf_gamestream_store **ret_store, struct pf_error *err);
void pf_gamestream_store_destroy(struct pf_gamestream_store *store); /* NULL is allowed */

/* Called after each removal has reached the disk: live sessions of the client must end. */
void pf_gamestream_store_on_removal(struct pf_gamestream_store *store,
    void (*removed)(void *user, const uint8_t fingerprint[32]), void *user);

/* Adds a certificate; one that is paired already stays as it is. Errors: the file cannot be written; -ENOSPC:
 * as many as there may be. */
int pf_gamestream_store_add(
    struct pf_gamestream_store *store, const uint8_t *der, size_t len, struct pf_error *err);

/* Errors: -ENOENT; the file cannot be written (the client is still paired then). */
int pf_gamestream_store_remove(
    struct pf_gamestream_store *store, const uint8_t fingerprint[32], struct pf_error *err);

/* True if exactly this certificate is paired. */
bool pf_gamestream_store_knows(const struct pf_gamestream_store *store, const uint8_t fingerprint[32]);

size_t pf_gamestream_store_count(const struct pf_gamestream_store *store);
/* In order of pairing; valid until the store changes. */
const struct pf_gamestream_client *pf_gamestream_store_at(
    const struct pf_gamestream_store *store, size_t index);

#endif

/* The paired punktfunk/1 clients: <config>/punktfunk1-paired.json.
 *
 * Memory and disk stay equal: a change that cannot be written is not made. Members of a record that this
 * version does not know survive. Used on the control loop's thread only.
 *
 * Format: docs/spec/punktfunk1-control.md 5.5, management-and-operations.md 2.3.
 */
#ifndef PF_TRUST_NATIVE_STORE_H
#define PF_TRUST_NATIVE_STORE_H

#include "base/error.h"
#include "punktfunk/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_native_client {
    uint8_t fingerprint[32]; /* SHA-256 of the certificate */
    char name[PF_NAME_MAX + 1];
    uint32_t grants;      /* PF_GRANT_*; all of them unless the record says otherwise */
    int64_t granted_unix; /* 0: not recorded */
    int64_t expires_unix; /* 0: never */
};

struct pf_native_store;

enum pf_native_store_event {
    PF_NATIVE_STORE_ADDED,   /* or replaced */
    PF_NATIVE_STORE_REMOVED, /* its live sessions must end */
};

/* Called after each change has reached the disk. `client` is borrowed for the call. */
typedef void (*pf_native_store_changed)(
    void *user, enum pf_native_store_event event, const struct pf_native_client *client);

/* Reads the file in `dir`. Absent: empty. Damaged: set aside as .bad, reported in the log, empty. Errors: the
 * file exists but cannot be read (running without it would lock paired devices out, and a later write would
 * lose them). */
int pf_native_store_open(const char *dir, struct pf_native_store **ret_store, struct pf_error *err);
/* NULL is allowed. */
void pf_native_store_destroy(struct pf_native_store *store);

void pf_native_store_on_change(struct pf_native_store *store, pf_native_store_changed changed, void *user);

/* Adds the client or replaces its record, with full grants and no expiry; `name` is cleaned already. Errors:
 * the file cannot be written. */
int pf_native_store_add(
    struct pf_native_store *store, const uint8_t fingerprint[32], const char *name, struct pf_error *err);

/* Errors: -ENOENT; the file cannot be written (the client is still paired then). */
int pf_native_store_remove(
    struct pf_native_store *store, const uint8_t fingerprint[32], struct pf_error *err);

/* The client's record whether it has expired or not, or NULL; valid until the store changes. */
const struct pf_native_client *pf_native_store_find(
    const struct pf_native_store *store, const uint8_t fingerprint[32]);

/* True if the client is paired and its access has not expired at now_unix (seconds since 1970). */
bool pf_native_store_admits(
    const struct pf_native_store *store, const uint8_t fingerprint[32], int64_t now_unix);

size_t pf_native_store_count(const struct pf_native_store *store);
/* In order of pairing, 0 … count − 1; valid until the store changes. */
const struct pf_native_client *pf_native_store_at(const struct pf_native_store *store, size_t index);

#endif

/* The host's side of the pairing ceremony (punktfunk1-control.md 5.1 and 5.2): who may try, one guess per
 * window, and what is stored.
 *
 * Bytes in, bytes out; the connection around it keeps the time. Control loop's thread.
 */
#ifndef PF_NATIVE_CEREMONY_H
#define PF_NATIVE_CEREMONY_H

#include "punktfunk/pake.h"
#include "punktfunk/wire.h"
#include "trust/pairing.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_knocks;
struct pf_native_store;
struct pf_pairing;

#define PF_CEREMONY_FRAME_MAX (PF_FRAME_PREFIX + PF_PAIRING_MAX)

struct pf_ceremony_deps {
    struct pf_pairing *pairing;
    struct pf_native_store *store;
    struct pf_knocks *knocks; /* a paired device's own knock is admitted */
    const uint8_t *host_fingerprint;
};

struct pf_ceremony {
    struct pf_ceremony_deps deps;
    uint8_t fingerprint[PF_FINGERPRINT_LEN]; /* of the client's certificate */
    char name[PF_NAME_MAX + 1];
    uint8_t key[PF_SPAKE2_KEY_LEN]; /* secret */
    uint32_t ticket;                /* of the window that was used up; 0: none */
};

/* Answers a PairRequest. `fingerprint` is NULL if the client showed no certificate. Returns the length of the
 * challenge's frame in `frame`, or the negative of the close code with which to refuse; `*ret_why` is then a
 * reason for the log. After a challenge either _proof or _abandon must be called. */
int pf_ceremony_begin(struct pf_ceremony *c, const struct pf_ceremony_deps *deps,
    const struct pf_pairing_message *request, const uint8_t *fingerprint, uint64_t boot_ns,
    uint8_t frame[PF_CEREMONY_FRAME_MAX], const char **ret_why);

/* Takes the frame that followed the challenge. Returns the length of the result's frame and whether the
 * client is paired now, or -EBADMSG if it was no proof: the ceremony has failed. */
int pf_ceremony_proof(struct pf_ceremony *c, const uint8_t *data, size_t len,
    uint8_t frame[PF_CEREMONY_FRAME_MAX], enum pf_pairing_outcome *ret_outcome);

/* The client left or took too long. Does nothing once the ceremony is over. */
void pf_ceremony_abandon(struct pf_ceremony *c);

#endif

/* Identity slots: small numbers by which displays are told apart for good, so that a client finds the layout
 * that it had (displays-and-capture.md 4.1). Kept in display-identity.json.
 */
#ifndef PF_DISPLAY_IDENTITY_H
#define PF_DISPLAY_IDENTITY_H

#include "display/policy.h"
#include "media/mode.h"

#include <stdbool.h>
#include <stdint.h>

#define PF_IDENTITY_FILE     "display-identity.json"
#define PF_IDENTITY_FILE_OLD "pf-vdisplay-identity.json" /* of earlier hosts; read if the other is absent */
#define PF_IDENTITY_KEY_SIZE 96

/* ---- the map: plain values ---- */

struct pf_display_identity_map {
    uint64_t tick; /* counts what was seen */
    struct pf_display_identity_entry {
        char key[PF_IDENTITY_KEY_SIZE]; /* "": free */
        uint64_t seen;
    } slot[PF_IDENTITY_SLOTS + 1]; /* [0] is unused */
};

/* The slot of the key: its own, else the lowest free one, else that of the key that was not seen for the
 * longest time. Slots in the mask `taken` (bit n: slot n has a display now) are not given to another key. 0:
 * all are taken. */
unsigned pf_display_identity_assign(struct pf_display_identity_map *map, const char *key, unsigned taken);

/* Who the client is under the rule: 64 hexadecimal digits, and "@WxH" if sizes are told apart. False: nobody
 * in particular (shared, or no fingerprint). */
bool pf_display_identity_key(enum pf_identity_rule rule, const uint8_t *fingerprint,
    const struct pf_mode *mode, char ret_key[PF_IDENTITY_KEY_SIZE]);

/* Reads the JSON text; entries that make no sense are left out, of two with the same slot or key the later
 * seen counts. -EINVAL: it is no such object. */
int pf_display_identity_parse(const char *text, size_t len, struct pf_display_identity_map *ret_map);

/* ---- the map of this host; any thread ---- */

struct pf_display_identities;

/* Reads the file in `dir`; a damaged one is set aside with the ending .bad. -ENOMEM. */
int pf_display_identities_open(const char *dir, struct pf_display_identities **ret_identities);
void pf_display_identities_close(struct pf_display_identities *identities); /* NULL is allowed */

/* The client's slot, which is written down; 0: none. `fingerprint` NULL: anonymous. Writes a file. */
unsigned pf_display_identities_slot(struct pf_display_identities *identities, enum pf_identity_rule rule,
    const uint8_t fingerprint[32], const struct pf_mode *mode, unsigned taken);

#endif

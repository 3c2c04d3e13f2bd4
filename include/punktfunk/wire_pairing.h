/* Pairing messages. Defined by docs/spec/punktfunk1-control.md 5.1; the cryptography is in pake.h.
 * See wire_common.h for results.
 */
#ifndef PUNKTFUNK_WIRE_PAIRING_H
#define PUNKTFUNK_WIRE_PAIRING_H

#include "punktfunk/wire_common.h"

#include <stdbool.h>

enum pf_pairing_type {
    PF_PAIRING_REQUEST = 0x10,   /* C→H */
    PF_PAIRING_CHALLENGE = 0x11, /* H→C */
    PF_PAIRING_PROOF = 0x12,     /* C→H */
    PF_PAIRING_RESULT = 0x13,    /* H→C */
};

#define PF_PAIRING_CONFIRM_LEN 32u
/* Every damaged sequence of a name becomes one three-byte replacement character. */
#define PF_PAIRING_NAME_CAP (3 * PF_NAME_MAX)

struct pf_pairing_message {
    enum pf_pairing_type type;
    union {
        struct {
            char name[PF_PAIRING_NAME_CAP + 1]; /* valid UTF-8 with a NUL behind; sanitise before use */
            uint8_t name_len;                   /* bytes; encoders take at most PF_NAME_MAX */
            const uint8_t *spake;               /* borrowed; pf_spake2_finish checks it */
            uint16_t spake_len;
        } request;
        struct {
            const uint8_t *spake; /* borrowed */
            uint16_t spake_len;
            uint8_t confirm[PF_PAIRING_CONFIRM_LEN]; /* of the host */
        } challenge;
        struct {
            uint8_t confirm[PF_PAIRING_CONFIRM_LEN]; /* of the client */
        } proof;
        bool result_ok;
    };
};

/* Longest message with a 33-byte SPAKE2 element. */
#define PF_PAIRING_MAX 160u

/* Writes the payload (without frame prefix). */
PF_API int pf_pairing_encode(const struct pf_pairing_message *msg, void *buf, size_t cap);
/* 0, PF_WIRE_UNKNOWN if the bytes are no pairing message, -EBADMSG for a damaged one. A connection whose
 * first message gives 0 with type REQUEST is a pairing connection; anything else is taken as Hello. */
PF_API int pf_pairing_decode(const void *data, size_t len, struct pf_pairing_message *ret);

#endif

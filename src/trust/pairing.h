/* The PIN window: whether a device may try to pair now, and with which PIN.
 *
 * A pure state machine: time (pf_time_boot_ns) is passed in, and nothing happens between calls. Owned
 * by the control loop's thread. One window exists at a time. An attempt goes
 *
 *     pf_pairing_begin     cool-down, window and binding are checked; the PIN is handed out
 *     pf_pairing_consume   just before the challenge is sent, as the peer can then test a guess: closes
 *     pf_pairing_conclude  the proof was right, wrong or missing
 *
 * Behaviour: docs/spec/punktfunk1-control.md 5.1, management-and-operations.md 3.7.
 */
#ifndef PF_TRUST_PAIRING_H
#define PF_TRUST_PAIRING_H

#include "punktfunk/wire.h"

#include <stdbool.h>
#include <stdint.h>

#define PF_PAIRING_TTL_MIN_S     15u
#define PF_PAIRING_TTL_DEFAULT_S 120u
#define PF_PAIRING_TTL_MAX_S     600u
#define PF_PAIRING_PIN_MAX       16u

/* What became of the newest window. */
enum pf_pairing_result {
    PF_PAIRING_NONE,     /* there was no window yet */
    PF_PAIRING_OPEN,     /* armed and waiting */
    PF_PAIRING_TRYING,   /* consumed; the ceremony has not ended yet */
    PF_PAIRING_PAIRED,   /* device_name and device_fingerprint say who */
    PF_PAIRING_FAILED,   /* a device used the window up; `why` says how */
    PF_PAIRING_EXPIRED,  /* nobody came in time */
    PF_PAIRING_DISARMED, /* closed by the user */
};

/* How a ceremony ended. */
enum pf_pairing_outcome {
    PF_PAIRING_OK,
    PF_PAIRING_WRONG_PIN,
    PF_PAIRING_LEFT,       /* no proof in time, a damaged one, or the client is gone */
    PF_PAIRING_NOT_STORED, /* the PIN was right, but the list of paired devices could not be written */
};

/* Answer to an attempt; the values are the close codes of section 6.4. */
enum pf_pairing_verdict {
    PF_PAIRING_ACCEPT = 0,
    PF_PAIRING_REFUSE_NOT_ARMED = 0x60,
    PF_PAIRING_REFUSE_OTHER_DEVICE = 0x61,
    PF_PAIRING_REFUSE_TOO_SOON = 0x62,
};

/* Members are private: use the functions. */
struct pf_pairing {
    enum pf_pairing_result result;
    enum pf_pairing_outcome outcome; /* PAIRED, FAILED */
    char pin[PF_PAIRING_PIN_MAX + 1];
    uint64_t expires_ns; /* 0: never */
    bool bound;
    uint8_t bound_fingerprint[32];

    bool attempted; /* last_attempt_ns is meaningful */
    uint64_t last_attempt_ns;

    uint32_t ceremony; /* of the newest window, so that a late conclude of an older one is ignored */
    char device_name[PF_NAME_MAX + 1];
    uint8_t device_fingerprint[32];
};

/* What to show about the window. */
struct pf_pairing_status {
    bool armed;
    enum pf_pairing_result result;
    enum pf_pairing_outcome why; /* FAILED only */
    const char *pin;             /* NULL unless armed; borrowed until the next call that changes the window */
    bool expires;                /* false: armed without expiry (or not armed) */
    uint64_t left_ns;            /* until expiry */
    const char *device_name;     /* PAIRED only, else NULL; borrowed likewise */
    const uint8_t *device_fingerprint; /* PAIRED only, else NULL: 32 bytes, borrowed likewise */
};

void pf_pairing_init(struct pf_pairing *p);

/* Opens a window, replacing the one that is open. `pin`: 1 to 16 digits (-EINVAL otherwise). ttl_s: clamped
 * to 15…600 seconds; 0: never expires. bound_fingerprint: only this certificate may use it; NULL: any. */
int pf_pairing_arm(struct pf_pairing *p, uint64_t now_ns, const char *pin, unsigned ttl_s,
    const uint8_t bound_fingerprint[32]);

/* Closes the window. Nothing happens if none is open. */
void pf_pairing_disarm(struct pf_pairing *p, uint64_t now_ns);

/* A device asks to pair. Every call but those within 2 s of the last counted one starts a new cool-down,
 * before the window is looked at, so that the timing of refusals does not tell whether it is open. On ACCEPT
 * the PIN is copied to ret_pin and the window stays open: it is consumed only when the challenge goes out. */
enum pf_pairing_verdict pf_pairing_begin(struct pf_pairing *p, uint64_t now_ns, const uint8_t fingerprint[32],
    char ret_pin[PF_PAIRING_PIN_MAX + 1]);

/* The challenge is about to be sent: closes the window and returns the ticket for pf_pairing_conclude. 0 if
 * the window went away since pf_pairing_begin; then the attempt must be refused. */
uint32_t pf_pairing_consume(struct pf_pairing *p, uint64_t now_ns);

/* The ceremony ended. Name and fingerprint are those of the device. A newer window is left alone. */
void pf_pairing_conclude(struct pf_pairing *p, uint32_t ticket, enum pf_pairing_outcome outcome,
    const char *name, const uint8_t fingerprint[32]);

struct pf_pairing_status pf_pairing_status(struct pf_pairing *p, uint64_t now_ns);

/* Four decimal digits, uniform, from the kernel's random numbers. Never fails. */
void pf_pairing_make_pin(char ret_pin[5]);

#endif

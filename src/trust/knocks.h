/* Devices that knocked without being paired, and wait for the user's decision.
 *
 * A pure queue in memory: time (monotonic nanoseconds) is passed in, decisions are delivered by a callback of
 * the parked connection. Owned by the control loop's thread. At most 32 entries, one per fingerprint, 4 per
 * IPv4 address or IPv6 /64; an entry goes 10 minutes after the device's last knock. When one must make room,
 * the least recently active without a parked connection goes first.
 *
 * Behaviour: docs/spec/punktfunk1-control.md 5.3, management-and-operations.md 3.7.
 */
#ifndef PF_TRUST_KNOCKS_H
#define PF_TRUST_KNOCKS_H

#include "punktfunk/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_KNOCKS_MAX         32u
#define PF_KNOCKS_PER_ADDRESS 4u
#define PF_KNOCK_EXPIRY_NS    (600ull * 1000000000ull)
#define PF_KNOCK_PARK_NS      (180ull * 1000000000ull)

/* Refusals have the value of their close code (section 6.4). */
enum pf_knock_outcome {
    PF_KNOCK_ADMITTED = 0,
    PF_KNOCK_DENIED = 0x64,     /* by the user, or the entry was evicted */
    PF_KNOCK_TIMED_OUT = 0x65,  /* the entry stays until its own expiry */
    PF_KNOCK_SUPERSEDED = 0x66, /* the same device knocked again */
};

/* Embedded in the parked connection. */
struct pf_knock_waiter {
    /* Called once, when the waiter is no longer parked. It may call back into the queue. */
    void (*decided)(struct pf_knock_waiter *waiter, enum pf_knock_outcome outcome);
};

/* Source address, IPv4 as ::ffff:a.b.c.d. */
struct pf_knock_address {
    uint8_t bytes[16];
};

/* One waiting device. */
struct pf_knock {
    uint32_t id; /* from 0, never reused; the device's re-knock keeps it */
    uint8_t fingerprint[32];
    char name[PF_NAME_MAX + 1];
    struct pf_knock_address address;
    uint64_t last_ns;               /* newest knock */
    struct pf_knock_waiter *waiter; /* the newest connection if it is still parked, else NULL */
    uint64_t park_until_ns;         /* with a waiter */
};

/* Members are private: use the functions. */
struct pf_knocks {
    struct pf_knock entries[PF_KNOCKS_MAX]; /* ascending id */
    size_t count;
    uint32_t next_id;
    uint64_t park_ns;
};

void pf_knocks_init(struct pf_knocks *k);

/* A device knocks; `name` is cleaned already. Its connection is parked until `waiter` is called. An older
 * connection of the same device is SUPERSEDED, an entry that had to make room DENIED. Returns the entry's id.
 */
uint32_t pf_knocks_park(struct pf_knocks *k, uint64_t now_ns, const uint8_t fingerprint[32], const char *name,
    const struct pf_knock_address *address, struct pf_knock_waiter *waiter);

/* The parked connection is gone: its waiter is not called any more. The entry stays. */
void pf_knocks_leave(struct pf_knocks *k, struct pf_knock_waiter *waiter);

/* The device was stored as paired, by approval or by PIN: removes its entry and admits its connection. Store
 * it first. False if it had no entry. */
bool pf_knocks_admit(struct pf_knocks *k, const uint8_t fingerprint[32]);

/* The user says no. False if there is no such entry. */
bool pf_knocks_deny(struct pf_knocks *k, uint32_t id);

/* Entry by id, or NULL; valid until the next call that changes the queue. */
const struct pf_knock *pf_knocks_find(const struct pf_knocks *k, uint32_t id);

/* Drops what has expired and times out who waited too long. */
void pf_knocks_expire(struct pf_knocks *k, uint64_t now_ns);

/* When pf_knocks_expire has something to do next; UINT64_MAX: never. */
uint64_t pf_knocks_deadline(const struct pf_knocks *k);

/* The entries in order of their ids; valid until the next call that changes the queue. */
size_t pf_knocks_list(const struct pf_knocks *k, const struct pf_knock **ret_entries);

/* Every waiter is told DENIED and the queue is empty; for shutdown. */
void pf_knocks_clear(struct pf_knocks *k);

#endif

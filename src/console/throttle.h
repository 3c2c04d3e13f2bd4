/* How often a peer may guess the console's password (management-and-operations.md 4.3). Pure; time is an
 * argument.
 *
 * Five failures are free, then each doubles the wait from 1 s up to 5 minutes; 15 minutes without one forget
 * them. A hundred failures within a minute, from whomever, make everybody wait a second.
 */
#ifndef PF_CONSOLE_THROTTLE_H
#define PF_CONSOLE_THROTTLE_H

#include <stdint.h>
#include <sys/socket.h>

#define PF_THROTTLE_PEERS 4096u /* the oldest is forgotten for the next one */
#define PF_THROTTLE_BURST 100u

struct pf_throttle_peer {
    uint8_t network[16]; /* IPv4 in IPv6's clothes, or the /64 */
    unsigned failures;   /* 0: the place is free */
    uint64_t last_ns;
};

struct pf_throttle {
    struct pf_throttle_peer peer[PF_THROTTLE_PEERS];
    uint64_t recent_ns[PF_THROTTLE_BURST]; /* the last failures of all, a ring */
    unsigned next;
};

/* Whole seconds until the peer may try; 0: now. `throttle` starts as zeros. */
unsigned pf_throttle_wait_s(const struct pf_throttle *throttle, const struct sockaddr *peer, uint64_t now_ns);

void pf_throttle_failed(struct pf_throttle *throttle, const struct sockaddr *peer, uint64_t now_ns);

/* The peer knew the password: its failures are forgotten. */
void pf_throttle_succeeded(struct pf_throttle *throttle, const struct sockaddr *peer);

#endif

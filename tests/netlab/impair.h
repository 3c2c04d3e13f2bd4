/* What a bad network does to one direction of a link. Pure: time is an argument, chance comes from a seed. */
#ifndef NETLAB_IMPAIR_H
#define NETLAB_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: a perfect wire. Probabilities are fractions of 1 and hold for each datagram on its own. */
struct impair_rule {
    double loss;
    double enter_burst, leave_burst; /* Gilbert-Elliott: everything is lost in the bad state */
    double reorder;                  /* held back by `hold`, so that others overtake it */
    uint64_t hold_ns;
    double duplicate;
    uint64_t delay_ns, jitter_ns; /* fixed; uniform from 0, for each datagram anew: reorders */
    uint64_t rate_bps;            /* 0: no limit */
    size_t queue_bytes;           /* in front of the rate limit; what does not fit is lost */
    unsigned mtu;                 /* larger IP packets vanish, as behind a silent router; 0: no limit */
};

struct impair_tally {
    uint64_t frames, bytes;         /* everything that came, Ethernet headers included */
    uint64_t datagrams;             /* UDP among them, and not spared */
    uint64_t lost, lost_in_queue;   /* of the datagrams */
    uint64_t too_large;             /* of the frames */
    uint64_t reordered, duplicated; /* of the datagrams */
    uint64_t fragments;             /* IPv4 and IPv6 */
    uint64_t udp_bytes;             /* UDP payload of the datagrams, spared ones included */
    unsigned largest;               /* IP packet */
};

struct impair {
    struct impair_rule rule;
    struct impair_tally tally;
    uint64_t state; /* of the generator; not 0 */
    bool in_burst;
    uint64_t line_free_ns; /* when the rate limit has sent all before */
};

/* What matters of an Ethernet frame. */
struct frame_facts {
    bool udp, fragment;
    uint16_t source, destination; /* ports; 0 if not UDP */
    unsigned ip_bytes;            /* 0: no IP */
    unsigned payload_bytes;       /* of UDP */
};

/* Anything may be handed in; what cannot be understood has no facts. */
struct frame_facts frame_look(const uint8_t *frame, size_t len);

/* Decides when the frame arrives. `exempt`: counted, but only the MTU applies. Returns how many copies there
 * are (0: lost, at most 2) and when each is due. */
unsigned impair_decide(struct impair *i, const struct frame_facts *facts, size_t frame_bytes, bool exempt,
    uint64_t now_ns, uint64_t ret_due_ns[2]);

#endif

/* Datagrams that wait to be sent: a few, the newest win. Loop thread only. */
#ifndef PF_NET_QUIC_DATAGRAMS_H
#define PF_NET_QUIC_DATAGRAMS_H

#include <stddef.h>
#include <stdint.h>

struct pf_quic_datagrams {
    struct pf_quic_waiting *first, **last;
    size_t bytes, limit;
    uint64_t dropped;
};

struct pf_quic_waiting {
    struct pf_quic_waiting *next;
    size_t len;
    uint8_t data[];
};

void pf_quic_datagrams_init(struct pf_quic_datagrams *q, size_t limit);
void pf_quic_datagrams_finish(struct pf_quic_datagrams *q);

/* Drops the oldest until the copy fits; one that is larger than the limit waits alone. 0 or -ENOMEM. */
int pf_quic_datagrams_push(struct pf_quic_datagrams *q, const void *data, size_t len);

/* The oldest, or NULL; and removing it. */
const struct pf_quic_waiting *pf_quic_datagrams_first(const struct pf_quic_datagrams *q);
void pf_quic_datagrams_pop(struct pf_quic_datagrams *q);

#endif

/* Loss on purpose, in the receive path. Deterministic: the same seed drops the same datagrams. */
#ifndef PF_CLIENT_DROP_H
#define PF_CLIENT_DROP_H

#include <stdbool.h>
#include <stdint.h>

struct probe_drop {
    double percent;        /* of all datagrams, independently */
    uint32_t burst, every; /* the last `burst` of each `every`; 0: off */
    uint64_t state;        /* of the generator; the seed at first, not 0 */
    uint64_t seen, dropped;
};

/* True if the datagram that just arrived is to be thrown away. */
bool probe_drop_next(struct probe_drop *d);

#endif

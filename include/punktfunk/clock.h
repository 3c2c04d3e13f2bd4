/* Clock synchronisation of a client with its host. Defined by docs/spec/punktfunk1-control.md 3.2.
 *
 * Sans-I/O: the caller sends ClockProbe messages, reads the clock and feeds the echoes in. Rounds come in
 * batches; a batch's round with the smallest round trip speaks for it. The first batch is taken as it is.
 * Later ones (v0.31, every PF_CLOCK_RESYNC_NS) replace the estimate if their round trip is good enough, and
 * if three in a row were not, the best of the three is taken, so that a path that became slower for good does
 * not freeze the offset.
 *
 * All times are CLOCK_REALTIME nanoseconds. One thread.
 */
#ifndef PUNKTFUNK_CLOCK_H
#define PUNKTFUNK_CLOCK_H

#include "punktfunk/export.h"

#include <stdbool.h>
#include <stdint.h>

#define PF_CLOCK_ROUNDS      8u
#define PF_CLOCK_TIMEOUT_NS  2000000000ull  /* wait for one echo of the first batch */
#define PF_CLOCK_RESYNC_NS   60000000000ull /* between batches */
#define PF_CLOCK_SPACING_NS  7000000ull     /* between the probes of a later batch */
#define PF_CLOCK_GOOD_RTT_NS 2000000ull     /* a round trip this short is always good */

/* One answered round: t1 client sends, t2 host receives, t3 host sends, t4 client receives. */
struct pf_clock_round {
    uint64_t t1_ns, t2_ns, t3_ns, t4_ns;
};

/* Host clock minus client clock: host_time = client_time + offset. */
PF_API int64_t pf_clock_offset_ns(const struct pf_clock_round *r);
/* Round trip without the host's handling time; negative if a clock was stepped in between. */
PF_API int64_t pf_clock_rtt_ns(const struct pf_clock_round *r);

struct pf_clock_estimate {
    int64_t offset_ns, rtt_ns;
};

struct pf_clock_sync {
    bool valid; /* `current` may be used */
    struct pf_clock_estimate current;
    int64_t min_rtt_ns;             /* smallest of the session */
    uint64_t sent[PF_CLOCK_ROUNDS]; /* t1 of probes of this batch without an echo; 0: free */
    bool batch_valid;
    struct pf_clock_estimate batch; /* best round of this batch */
    unsigned refused;               /* batches in a row */
    struct pf_clock_estimate best_refused;
};

/* `= {0}` is a fresh object. Forgets probes of an earlier batch that were never answered. */
PF_API void pf_clock_sync_begin(struct pf_clock_sync *c);
/* Notes a probe that is about to be sent. t1 must differ from those already out. False if the batch is full.
 */
PF_API bool pf_clock_sync_sent(struct pf_clock_sync *c, uint64_t t1_ns);
/* Takes an echo. False, and nothing changed, if no probe with that t1 is out or the times make no sense. */
PF_API bool pf_clock_sync_echo(struct pf_clock_sync *c, const struct pf_clock_round *round);
/* Closes the batch. True if `current` was replaced. */
PF_API bool pf_clock_sync_end(struct pf_clock_sync *c);

/* The instant of the host's clock in the client's clock; unchanged while there is no estimate. */
PF_API uint64_t pf_clock_to_client(const struct pf_clock_sync *c, uint64_t host_ns);

#endif

/* Which sequence numbers were seen: the newest one and a bitmap of those behind it (punktfunk1-data.md 3.3).
 */
#ifndef PF_CORE_CRYPTO_REPLAY_H
#define PF_CORE_CRYPTO_REPLAY_H

#include "punktfunk/seal.h"

#include <stdbool.h>
#include <stdint.h>

/* `= {0}` is an empty window. */
struct pf_replay {
    bool any; /* something was seen */
    uint64_t newest;
    uint64_t seen[PF_SEAL_REPLAY_WINDOW / 64]; /* bit seq mod window; clear where nothing was seen yet */
};

/* Notes the number. False, and nothing changed, if it was seen before or is too old to tell. Call it only for
 * datagrams that proved genuine. */
bool pf_replay_accept(struct pf_replay *r, uint64_t seq);

#endif

#include "core/crypto/replay.h"

#include <string.h>

#define WORDS (PF_SEAL_REPLAY_WINDOW / 64)

/* Clears the bits of the numbers first … last, which are less than a window. */
static void clear_range(struct pf_replay *r, uint64_t first, uint64_t last)
{
    for (uint64_t seq = first; seq <= last;) {
        uint64_t *word = &r->seen[seq / 64 % WORDS];
        uint64_t end = seq | 63;
        if (seq % 64 == 0 && end <= last) {
            *word = 0;
            if (end == UINT64_MAX)
                return;
            seq = end + 1;
        } else {
            *word &= ~(1ull << seq % 64);
            if (seq++ == UINT64_MAX)
                return;
        }
    }
}

static void advance(struct pf_replay *r, uint64_t seq)
{
    if (!r->any || seq - r->newest >= PF_SEAL_REPLAY_WINDOW)
        memset(r->seen, 0, sizeof(r->seen));
    else
        clear_range(r, r->newest + 1, seq);
    r->any = true;
    r->newest = seq;
}

bool pf_replay_accept(struct pf_replay *r, uint64_t seq)
{
    uint64_t bit = 1ull << seq % 64;
    if (!r->any || seq > r->newest)
        advance(r, seq);
    else if (r->newest - seq >= PF_SEAL_REPLAY_WINDOW || r->seen[seq / 64 % WORDS] & bit)
        return false;
    r->seen[seq / 64 % WORDS] |= bit;
    return true;
}

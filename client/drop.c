#include "client/drop.h"

/* xorshift64*, the upper bits as a fraction of 1. */
static double any_fraction(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)((*state * 0x2545F4914F6CDD1Du) >> 11) / (double)(1ull << 53);
}

bool probe_drop_next(struct probe_drop *d)
{
    uint64_t at = d->seen++;
    bool in_burst = d->every && at % d->every >= d->every - d->burst;
    bool unlucky = d->percent > 0 && any_fraction(&d->state) * 100 < d->percent;
    d->dropped += in_burst || unlucky;
    return in_burst || unlucky;
}

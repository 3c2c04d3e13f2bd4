/* How a picture that the client lost is healed: with an IDR, or with a picture that references none of what
 * is missing (punktfunk1-control.md 3.3, punktfunk1-data.md 7.2). Pure; owner's lock.
 *
 * All requests for a key frame that are pending become one IDR, and a cool-down lies between two forced ones,
 * the first coming at once. A request during the cool-down waits for its end: the picture may have been
 * damaged after the last IDR. Pending ranges of lost pictures become their hull. What a client asks for
 * shortly after a repair it mostly asked for before it saw the repair: such echoes are swallowed, a few.
 */
#ifndef PF_SESSION_RECOVERY_H
#define PF_SESSION_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

#define PF_RECOVERY_ECHO_NS    300000000ull  /* after a repair: a request for a key frame is its echo */
#define PF_RECOVERY_ECHOES     2u            /* swallowed in one episode */
#define PF_RECOVERY_EPISODE_NS 1000000000ull /* without a request: the episode is over */

enum pf_repair { PF_REPAIR_NONE, PF_REPAIR_INVALIDATE, PF_REPAIR_IDR };

struct pf_recovery {
    uint64_t cooldown_ns;

    bool wants_idr, forced_before;
    uint64_t last_forced_ns;

    bool has_range;
    uint64_t first, last; /* numbers of lost pictures */

    bool repaired;
    unsigned echoes;
    uint64_t repaired_ns, asked_ns;
};

/* The client asks for a key frame. */
void pf_recovery_keyframe(struct pf_recovery *r, uint64_t now_ns);
/* The client lacks these pictures, both included. */
void pf_recovery_lost(struct pf_recovery *r, uint64_t first, uint64_t last, uint64_t now_ns);

/* What the picture that is encoded now has to do; the requests are answered then. INVALIDATE: see the range,
 * and tell with one of the next two how it went. */
enum pf_repair pf_recovery_take(
    struct pf_recovery *r, uint64_t now_ns, uint64_t *ret_first, uint64_t *ret_last);
void pf_recovery_repaired(struct pf_recovery *r, uint64_t now_ns);
/* The encoder has nothing left to go back to: true if the picture has to be an IDR, false if that waits for
 * the end of the cool-down. */
bool pf_recovery_impossible(struct pf_recovery *r, uint64_t now_ns);

/* An encoder begins with an IDR anyway: whoever asked before has got one. */
void pf_recovery_satisfied(struct pf_recovery *r);

#endif

/* Taking a machine's own gamescope session over (displays-and-capture.md 11.4); give_back.h is the way back.
 *
 * Whatever is changed for that is in the crash journal before it is done: units that are stopped, the unit
 * and the drop-in of ours.
 */
#ifndef PF_DISPLAY_GAMESCOPE_TAKEOVER_H
#define PF_DISPLAY_GAMESCOPE_TAKEOVER_H

#include "base/cancel.h"
#include "display/desktop_env.h"
#include "display/journal.h"
#include "media/mode.h"

#include <stdbool.h>
#include <stdint.h>

/* 0 if there is one that can be taken over; -ENOENT: there is none, -ENODEV: the user's systemd does not
 * answer, each with a sentence. Blocks, at most 5 s. */
int pf_gamescope_takeover_probe(struct pf_error *err);

/* What runs for the client now. */
struct pf_gamescope_taken {
    const char *unit;    /* whose gamescope it is */
    bool restarts;       /* if it ends, the user's systemd starts it again */
    uint64_t picture_ns; /* how long its picture may take */
};

/* Starts the session anew, headless and in this mode; it may have been taken over before, in another one. On
 * failure, and when `cancel` is set on the way (-ECANCELED), it is in between: give it back, or take it over
 * once more. Blocks, for seconds. */
int pf_gamescope_takeover(const struct pf_desktop_env *env, const struct pf_mode *mode,
    struct pf_journal *journal, const struct pf_cancel *cancel, struct pf_gamescope_taken *ret_taken,
    struct pf_error *err);

#endif

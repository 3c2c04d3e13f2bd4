/* Taking a machine's own gamescope session over, and giving it back (displays-and-capture.md 11.4).
 *
 * Whatever is changed for that is in the crash journal before it is done: units that are stopped, the unit
 * and the drop-in of ours.
 */
#ifndef PF_DISPLAY_GAMESCOPE_TAKEOVER_H
#define PF_DISPLAY_GAMESCOPE_TAKEOVER_H

#include "display/journal.h"
#include "display/session_env.h"
#include "media/mode.h"

#include <stdbool.h>

#define PF_GAMESCOPE_OWNER "gamescope"

enum pf_gamescope_session_kind {
    PF_GAMESCOPE_NO_SESSION,
    PF_GAMESCOPE_SESSION_PLUS, /* gamescope-session-plus: Bazzite, ChimeraOS and others */
    PF_GAMESCOPE_STEAMOS,
};

/* Which session this machine has; of session-plus also where its script is. Looks for files only. */
enum pf_gamescope_session_kind pf_gamescope_session_find(char *ret_script, size_t cap);

/* 0 if there is one that can be taken over; -ENOENT: there is none, -ENODEV: the user's systemd does not
 * answer, each with a sentence. Blocks, at most 5 s. */
int pf_gamescope_takeover_probe(struct pf_error *err);

/* Starts the session anew, headless and in this mode, and returns how long its picture may take. Its own
 * units are stopped. On failure nothing is changed any more. Blocks, for seconds. */
int pf_gamescope_takeover(const struct pf_session_env *env, const struct pf_mode *mode,
    struct pf_journal *journal, uint64_t *ret_picture_ns, struct pf_error *err);

/* Gives it back: ours ends, and what ran before runs again unless the user has logged in to a desktop
 * meanwhile. False: a step failed, and what was left is noted in the journal still. Blocks, for seconds. */
bool pf_gamescope_give_back(const struct pf_session_env *env, struct pf_journal *journal);

/* As pf_display_backend.undo. */
void pf_gamescope_undo(
    const struct pf_session_env *env, struct pf_journal *own, struct pf_journal_list *dead);

#endif

/* Giving the machine's own gamescope session back (displays-and-capture.md 11.4): ours ends, and what ran
 * before runs again, unless the user has logged in to a desktop meanwhile.
 */
#ifndef PF_DISPLAY_GAMESCOPE_GIVE_BACK_H
#define PF_DISPLAY_GAMESCOPE_GIVE_BACK_H

#include "base/error.h"
#include "display/desktop_env.h"
#include "display/journal.h"

#include <stdbool.h>

/* Undoes what is noted. False: a step failed, and what was left is noted still. The caller has claimed the
 * session (claim.h). Blocks, for seconds. */
bool pf_gamescope_give_back(const struct pf_desktop_env *env, struct pf_journal *journal);

/* Ends the unit of ours; one that was never started, or has ended, is as good. */
int pf_gamescope_end_ours(struct pf_error *err);

/* As the functions of these names of pf_display_backend. While somebody has the session they leave it alone.
 */
bool pf_gamescope_settle(const struct pf_desktop_env *env, struct pf_journal *own);
void pf_gamescope_undo(
    const struct pf_desktop_env *env, struct pf_journal *own, struct pf_journal_list *dead);
bool pf_gamescope_owes(
    const struct pf_desktop_env *env, const struct pf_journal_list *notes, struct pf_error *ret_sentence);

#endif

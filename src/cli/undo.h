/* Undoing what hosts that died have left on the desktop: at start, by `recover`, and when a desktop comes. */
#ifndef PF_CLI_UNDO_H
#define PF_CLI_UNDO_H

#include "audio/audio.h"
#include "display/desktop_env.h"
#include "display/journal.h"

#include <stdbool.h>

/* Displays, other heads, focus, default sink. Logs what is left undone. Blocks, for seconds if a compositor
 * hangs; any thread. `ret_report` may be NULL. */
void pf_undo_run(
    struct pf_journal *own, const struct pf_desktop_env *env, struct pf_journal_report *ret_report);

/* A desktop session has begun, the first or another one: the same, and what this process changed in a former
 * run of a desktop that remembers it. */
void pf_undo_session_began(struct pf_journal *own, const struct pf_desktop_env *env);

/* What should be undone by now and is not; false: nothing. *ret_by_host: a host that runs sees to it, else
 * `punktfunk-host recover` does. Only looks; blocks for some milliseconds. */
bool pf_undo_is_owed(struct pf_error *ret_sentence, bool *ret_by_host);

/* Notes about the default sink for the audio of this process; they point to `own`. */
struct pf_audio_notes pf_undo_audio_notes(struct pf_journal *own);

#endif

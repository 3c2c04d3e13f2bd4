/* What a display of ours changes on the rest of a KWin desktop, and putting it back (displays-and-capture.md
 * 3.3, 7.4). Everything is noted in the journal before it is done. KWin remembers arrangements, so the notes
 * outlive a run of it.
 */
#ifndef PF_DISPLAY_KWIN_TOPOLOGY_H
#define PF_DISPLAY_KWIN_TOPOLOGY_H

#include "display/display.h"
#include "display/journal.h"
#include "kwin/desk.h"

/* Owner and kind of our entries; their name is the output's. */
#define PF_KWIN_OWNER "kwin"
#define PF_KWIN_HEAD  "head"

/* An arrangement as it is noted, and read again. NULL if memory is short; false if it is none. */
json_t *pf_kwin_head_to_json(const struct pf_kwin_head *head);
bool pf_kwin_head_of_entry(const struct pf_journal_entry *entry, struct pf_kwin_head *ret_head);

/* What is lit and placed how before `ours` takes over, as pf_kwin_plan wants it. Notes, then arranges, and
 * waits until KWin shows it. An output that cannot be noted stays as it is; so does one that KWin does not
 * switch off: both are logged, not failures. */
int pf_kwin_take_over(struct pf_kwin_desk *desk, const char *session, struct pf_journal *journal,
    const char *ours, bool alone, struct pf_error *err);

/* Undoes that: *ret_restore puts the outputs back from what the journal says then. */
int pf_kwin_restore_of(
    const char *socket, const char *session, struct pf_journal *journal, struct pf_restore *ret_restore);

/* Arranges the noted outputs as they were, and reads back that they stay so. ret_settled[i]: item i is
 * settled, or was unplugged meanwhile. */
void pf_kwin_put_back(struct pf_kwin_desk *desk, const struct pf_journal_list *notes, bool *ret_settled);

/* Waits until the output is listed as `want` says, at most 3 s. */
bool pf_kwin_await(struct pf_kwin_desk *desk, const struct pf_kwin_head *want);

#endif

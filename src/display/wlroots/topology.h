/* What a display of ours changes on the rest of a sway desktop, and putting it back (displays-and-capture.md
 * 3.3, 9.1). Everything is noted in the journal before it is done. */
#ifndef PF_DISPLAY_WLROOTS_TOPOLOGY_H
#define PF_DISPLAY_WLROOTS_TOPOLOGY_H

#include "display/display.h"
#include "display/journal.h"
#include "display/wlroots/heads.h"
#include "display/wlroots/sway_outputs.h"

/* One running sway and our notes about it. Borrowed. */
struct pf_sway_desktop {
    int fd; /* control socket */
    struct pf_journal *journal;
    const char *session; /* as pf_sway_instance names it */
};

/* Notes which output has the focus, unless one of ours has it or that was noted before. */
void pf_sway_note_focus(const struct pf_sway_desktop *desktop, struct pf_error *err);

/* Switches off every active head that is not headless (ours and other hosts' displays stay). A head whose
 * arrangement cannot be noted stays on; so does one that is still lit after 3 s. Both are logged, not
 * failures. */
int pf_sway_isolate(const struct pf_sway_desktop *desktop, struct pf_error *err);

/* Undoes both: *ret_restore puts heads and focus back from what the journal says then. `socket` is copied. */
int pf_sway_restore_of(
    const struct pf_sway_desktop *desktop, const char *socket, struct pf_restore *ret_restore);

/* Gives the focus back if one of our outputs in `ours` has it. Negative: sway did not answer, or refused. */
int pf_sway_put_focus_back(int fd, const struct pf_journal_entry *focus, const struct pf_journal_list *ours);

#endif

/* Heads of sway as the journal notes them, and putting them back (displays-and-capture.md 3.3, 9.1). */
#ifndef PF_DISPLAY_WLROOTS_HEADS_H
#define PF_DISPLAY_WLROOTS_HEADS_H

#include "display/journal.h"
#include "display/wlroots/sway_outputs.h"

/* Owner and kinds of our entries. */
#define PF_SWAY_OWNER    "wlroots"
#define PF_SWAY_OUTPUT   "output"   /* an output that we made; before: {"parked": bool} */
#define PF_SWAY_CREATING "creating" /* one whose name is not known yet; before: {"after": number} */
#define PF_SWAY_HEAD     "head"     /* a head that we switched off; before: its arrangement */
#define PF_SWAY_FOCUS    "focus"    /* the output that had the focus */

/* "mode --custom 1920x1080@59.9403Hz": the words that give an output this mode exactly. */
void pf_sway_mode_words(const struct pf_mode *mode, bool custom, char out[64]);

/* Output names come from drivers and from our own files, but they are parts of commands: true if this one may
 * be. */
bool pf_sway_is_name(const char *text);

/* Mode, position, scale and transform, as an entry of the journal keeps them. NULL: out of memory. */
json_t *pf_sway_arrangement_of(const struct pf_sway_output *output);

/* Puts all heads of the list that belong to `session` back together, because one that comes up may change its
 * neighbours: mode, position, scale, transform, and reads back that they stay so. ret_back[i] = true if
 * list->item[i] is a head that is as it was, or was unplugged meanwhile; the rest of ret_back is left alone.
 * Blocks for 12 s at most. */
void pf_sway_put_heads_back(int fd, const char *session, const struct pf_journal_list *list, bool *ret_back);

#endif

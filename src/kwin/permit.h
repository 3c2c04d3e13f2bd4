/* Whether KWin may show its restricted interfaces to this program: it looks for an installed application
 * whose `Exec=` is the program's path and whose `X-KDE-Wayland-Interfaces=` lists them
 * (displays-and-capture.md 7.2).
 */
#ifndef PF_KWIN_PERMIT_H
#define PF_KWIN_PERMIT_H

#include "base/error.h"

#include <stdbool.h>

#define PF_KWIN_PERMIT_FILE "io.unom.Punktfunk.Host.desktop"

/* What the text of a .desktop file says. Pure. */
struct pf_kwin_permit {
    bool is_for_us;   /* Exec is the program */
    bool has_missing; /* an interface that is needed is not listed */
    char missing[64]; /* the first of them */
};
void pf_kwin_permit_read(const char *text, const char *program, struct pf_kwin_permit *ret_permit);

/* Looks through the installed applications (XDG_DATA_HOME, XDG_DATA_DIRS) for the one of this program and
 * says in one sentence what is wrong or what to do: the interface `lacking` was not offered. Returns −EACCES.
 */
int pf_kwin_permit_explain(const char *lacking, struct pf_error *err);

#endif

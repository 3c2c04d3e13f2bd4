/* Virtual displays of KDE Plasma: outputs that KWin makes for a screencast (displays-and-capture.md 7). */
#ifndef PF_DISPLAY_KWIN_KWIN_H
#define PF_DISPLAY_KWIN_KWIN_H

#include "display/display.h"

/* The size is exact. Rates above 60 Hz take KWin 6.6, which makes modes by the CVT formula: the rate is
 * a little lower than asked for then, and a width that is no multiple of 8 is cut to one. Outputs are called
 * Virtual-punktfunk-SLOT: KWin remembers scale and arrangement by that name. */
extern const struct pf_display_backend pf_display_kwin;

#endif

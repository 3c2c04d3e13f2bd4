/* Virtual monitors of GNOME, made by Mutter over D-Bus (displays-and-capture.md 8). */
#ifndef PF_DISPLAY_MUTTER_MUTTER_H
#define PF_DISPLAY_MUTTER_MUTTER_H

#include "display/display.h"

/* Works on Mutter 43 and later, with the shell or without. A monitor and everything done for it, exclusive
 * topology included, goes with the connection that made it: a host that dies leaves nothing behind. */
extern const struct pf_display_backend pf_display_mutter;

#endif

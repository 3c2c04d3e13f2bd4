/* Displays that gamescope makes: one of its own for each session, or one that runs already
 * (displays-and-capture.md 11). */
#ifndef PF_DISPLAY_GAMESCOPE_GAMESCOPE_H
#define PF_DISPLAY_GAMESCOPE_GAMESCOPE_H

#include "display/display.h"

/* Works beside any desktop, or without one, as long as gamescope is installed. A gamescope of our own runs
 * the session's command and ends with its display, or with the host (guard.h); what it writes is in
 * $XDG_RUNTIME_DIR/punktfunk-gamescope-<n>.log. */
extern const struct pf_display_backend pf_display_gamescope;

#endif

/* Virtual displays of sway: headless outputs made through its control socket (displays-and-capture.md 9). */
#ifndef PF_DISPLAY_WLROOTS_WLROOTS_H
#define PF_DISPLAY_WLROOTS_WLROOTS_H

#include "display/display.h"

/* Sway 1.8 and later can remove an output. Sway 1.7 can neither remove nor disable one: there it shrinks to
 * 64×64 at 1 Hz when its session ends ("parked"), and the next display takes it over. */
extern const struct pf_display_backend pf_display_wlroots;

#endif

/* Making a virtual display the only one of a sway desktop, and undoing it. */
#ifndef PF_DISPLAY_WLROOTS_TOPOLOGY_H
#define PF_DISPLAY_WLROOTS_TOPOLOGY_H

#include "display/display.h"

/* Switches off every active head that is not headless (ours and other sessions' displays stay). *ret_restore
 * switches the same heads on again; it is empty if there were none. Heads that stay on after 3 s are reported
 * in the log, not as failure. */
int pf_sway_isolate(int fd, const char *socket, struct pf_restore *ret_restore, struct pf_error *err);

#endif

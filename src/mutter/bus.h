/* Mutter on the session bus, and what a failed call means. */
#ifndef PF_MUTTER_BUS_H
#define PF_MUTTER_BUS_H

#include "bus/session_bus.h"

#define PF_MUTTER_SCREEN_CAST    "org.gnome.Mutter.ScreenCast"
#define PF_MUTTER_REMOTE_DESKTOP "org.gnome.Mutter.RemoteDesktop"
#define PF_MUTTER_DISPLAY_CONFIG "org.gnome.Mutter.DisplayConfig"

/* The sentence for a call that failed with rc and `why`: `what` could not be done. Returns -EACCES if the
 * session is locked, else rc. */
int pf_mutter_explain(int rc, const sd_bus_error *why, const char *what, struct pf_error *err);

/* 0 if Mutter offers all that displays and input need; else -errno and what is missing. */
int pf_mutter_check(sd_bus *bus, struct pf_error *err);

#endif

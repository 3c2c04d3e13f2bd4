/* Connections to the session bus, and what a failed call means. */
#ifndef PF_MUTTER_BUS_H
#define PF_MUTTER_BUS_H

#include "base/error.h"

#include <systemd/sd-bus.h>

#define PF_MUTTER_SCREEN_CAST    "org.gnome.Mutter.ScreenCast"
#define PF_MUTTER_REMOTE_DESKTOP "org.gnome.Mutter.RemoteDesktop"
#define PF_MUTTER_DISPLAY_CONFIG "org.gnome.Mutter.DisplayConfig"

/* Connects; calls on it wait for ten seconds at most. Close with sd_bus_flush_close_unref; one thread at a
 * time. -errno with a sentence. */
int pf_mutter_bus_open(const char *address, sd_bus **ret_bus, struct pf_error *err);

/* The sentence for a call that failed with rc and `why`: `what` could not be done. Returns -EACCES if the
 * session is locked, else rc. */
int pf_mutter_explain(int rc, const sd_bus_error *why, const char *what, struct pf_error *err);

/* 0 if Mutter offers all that displays and input need; else -errno and what is missing. */
int pf_mutter_check(sd_bus *bus, struct pf_error *err);

#endif

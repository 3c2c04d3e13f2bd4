/* Connections to the D-Bus of a login session. */
#ifndef PF_BUS_SESSION_BUS_H
#define PF_BUS_SESSION_BUS_H

#include "base/error.h"

#include <systemd/sd-bus.h>

/* Connects; calls on it wait for ten seconds at most. Close with sd_bus_flush_close_unref; one thread at a
 * time. -errno with a sentence. */
int pf_bus_open(const char *address, sd_bus **ret_bus, struct pf_error *err);

/* Takes a descriptor that a reply begins with: a copy of it, to be closed. -errno. */
int pf_bus_take_fd(sd_bus_message *reply);

#endif

/* punktfunk-probe --discover: the hosts of the local network. */
#ifndef PF_CLIENT_DISCOVER_H
#define PF_CLIENT_DISCOVER_H

#include "net/browser.h"

#include <stdio.h>

/* Listens for so many seconds, prints what is there (a table, or one JSON object) and returns the exit
 * status. */
int probe_discover(long seconds, bool json);

void probe_discover_print(FILE *out, const struct pf_found_host *hosts, size_t count, bool json);

#endif

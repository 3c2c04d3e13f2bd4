/* In a build without D-Bus the embedded responder always announces. */
#include "net/discovery_impl.h"

void pf_discovery_daemon_open(struct pf_discovery *d)
{
    pf_discovery_embedded_open(d);
}

void pf_discovery_daemon_close(struct pf_discovery *d)
{
}

bool pf_discovery_daemon_update(struct pf_discovery *d, bool all)
{
    return false;
}

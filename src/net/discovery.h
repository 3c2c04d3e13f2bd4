/* Announces this host on the local network (mDNS, DNS-SD), so that clients list it by themselves.
 *
 * Avahi's daemon does it where it runs, else the responder of libavahi-core, on a thread of its own; the two
 * take turns when the daemon comes or goes. A name that is taken becomes "name #2". Announcing is a
 * convenience: no failure is fatal, each is one line in the log. Behaviour:
 * docs/spec/punktfunk1-control.md 7.
 */
#ifndef PF_NET_DISCOVERY_H
#define PF_NET_DISCOVERY_H

#include "base/error.h"
#include "net/advert.h"

struct pf_discovery;

/* What this build has: "mdns" or "none". */
extern const char *const pf_discovery_kind;

/* Starts announcing; the advert is copied. Errors: no resources; -EOPNOTSUPP in a build without mDNS. */
int pf_discovery_start(
    const struct pf_advert *advert, struct pf_discovery **ret_discovery, struct pf_error *err);

/* Announces this from now on. Does not block; nothing happens if nothing changed. */
void pf_discovery_update(struct pf_discovery *discovery, const struct pf_advert *advert);

/* Says goodbye to the network and frees everything. NULL is allowed. */
void pf_discovery_stop(struct pf_discovery *discovery);

#endif

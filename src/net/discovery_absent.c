/* Announcing and searching in a build without mDNS. */
#include "net/browser.h"
#include "net/discovery.h"

#include <errno.h>

const char *const pf_discovery_kind = "none";

int pf_discovery_start(
    const struct pf_advert *advert, struct pf_discovery **ret_discovery, struct pf_error *err)
{
    return pf_error_set(err, -EOPNOTSUPP,
        "this build cannot announce the host on the local network (Avahi was missing); clients can connect "
        "by address");
}

void pf_discovery_update(struct pf_discovery *discovery, const struct pf_advert *advert)
{
}

void pf_discovery_stop(struct pf_discovery *discovery)
{
}

int pf_browse(
    unsigned ms, struct pf_found_host ret_hosts[PF_BROWSER_MAX], size_t *ret_count, struct pf_error *err)
{
    return pf_error_set(err, -EOPNOTSUPP, "this build cannot search the local network (Avahi was missing)");
}

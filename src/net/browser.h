/* Finds hosts on the local network (mDNS), with a responder of our own that announces nothing. */
#ifndef PF_NET_BROWSER_H
#define PF_NET_BROWSER_H

#include "base/error.h"
#include "net/address.h"
#include "net/advert.h"

#define PF_BROWSER_MAX 64u

struct pf_found_host {
    struct pf_advert advert; /* what it says about itself, cleaned */
    struct sockaddr_storage address;
};

/* Listens for so many milliseconds and returns the hosts that are there at the end, ordered by name, each
 * once, with the address that is easiest to reach (IPv4, then IPv6, then link-local, then loopback). Blocks.
 * Hosts beyond PF_BROWSER_MAX are left out. Errors: no responder can run; -EOPNOTSUPP in a build without
 * mDNS. */
int pf_browse(
    unsigned ms, struct pf_found_host ret_hosts[PF_BROWSER_MAX], size_t *ret_count, struct pf_error *err);

#endif

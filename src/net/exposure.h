/* Whether the internet reaches a socket of this machine. */
#ifndef PF_NET_EXPOSURE_H
#define PF_NET_EXPOSURE_H

#include <stdbool.h>
#include <sys/socket.h>

/* True unless the address belongs to this machine or a private network: loopback, 10/8, 172.16/12,
 * 192.168/16, 169.254/16, 100.64/10 (carriers and VPNs), fc00::/7, fe80::/10, fec0::/10. Mapped IPv4 counts
 * as IPv4; the unspecified addresses are not public. */
bool pf_address_is_public(const struct sockaddr *address);

/* Looks for a public address among those that a socket bound to `bind_to` has: that one, or for 0.0.0.0 and
 * :: (which takes IPv4 as well) those of every interface that is up. 1 and the first such address; 0: none;
 * -errno. */
int pf_exposure_find(const struct sockaddr *bind_to, struct sockaddr_storage *ret_address);

#endif

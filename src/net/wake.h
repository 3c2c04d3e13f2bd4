/* Which hardware addresses wake this machine: what a client keeps for its wake-on-LAN packet. */
#ifndef PF_NET_WAKE_H
#define PF_NET_WAKE_H

#include "net/advert.h"

#define PF_WAKE_SYSFS "/sys/class/net"

/* Addresses of the Ethernet and Wi-Fi cards under the folder `sysfs`: the interface called `routed` first
 * (NULL or "": none), whatever it is, then those that are real hardware, by name. Loopback, zero addresses
 * and doubles are left out. Unused places become "". Returns how many there are. */
size_t pf_wake_addresses(
    const char *sysfs, const char *routed, char ret_macs[PF_ADVERT_MACS][PF_ADVERT_MAC_SIZE]);

/* Name of the interface that has this IPv4 address; "" if none has. */
void pf_wake_interface_of(const char *ip, char *ret_name, size_t size);

#endif

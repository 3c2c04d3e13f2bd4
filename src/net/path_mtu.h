/* The largest IP packet towards a peer, as far as the kernel knows: the interface's MTU, or what routers have
 * told about the way. Defined by docs/spec/punktfunk1-data.md 2.2. Any thread. */
#ifndef PF_NET_PATH_MTU_H
#define PF_NET_PATH_MTU_H

#include <sys/socket.h>

/* From `local` (its port does not matter) to `peer`, which are of one family. Returns bytes, IP header
 * included, or -errno: no route, no such address. Sends nothing. */
int pf_path_mtu(const struct sockaddr_storage *local, const struct sockaddr_storage *peer);

#endif

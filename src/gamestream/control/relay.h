/* The control port for IPv6: ENet speaks IPv4 only, so each IPv6 client gets a socket on loopback that is the
 * client to ENet. Control loop's thread. */
#ifndef PF_GAMESTREAM_CONTROL_RELAY_H
#define PF_GAMESTREAM_CONTROL_RELAY_H

#include "net/loop.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define PF_GS_RELAY_FLOWS 4u

struct pf_gs_relay;

struct pf_gs_relay_config {
    struct sockaddr_in6 local; /* where clients send to */
    uint16_t enet_port;        /* on 127.0.0.1 */
    void *user;
    /* Whether datagrams from this address mean anything now. */
    bool (*expects)(void *user, const struct sockaddr *from);
};

/* -errno; -EAFNOSUPPORT and -EADDRNOTAVAIL on machines without IPv6. */
int pf_gs_relay_open(
    struct pf_loop *loop, const struct pf_gs_relay_config *config, struct pf_gs_relay **ret_relay);
/* NULL is allowed. */
void pf_gs_relay_close(struct pf_gs_relay *relay);

/* The client behind an address that ENet sees; false if it is none of the relay's. NULL is allowed. */
bool pf_gs_relay_origin(
    const struct pf_gs_relay *relay, const struct sockaddr_in *seen, struct sockaddr_in6 *ret_client);

#endif

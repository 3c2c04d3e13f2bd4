/* The ENet side of the control stream: one UDP port, a few peers (docs/spec/gamestream.md 4.1, 4.2).
 *
 * It is driven by the control loop and knows nothing of what is in the packets. All functions on the loop's
 * thread; none blocks.
 */
#ifndef PF_GAMESTREAM_CONTROL_HOST_H
#define PF_GAMESTREAM_CONTROL_HOST_H

#include "base/error.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct pf_gs_control_host;

/* A connected client; 0: none. */
typedef unsigned pf_gs_peer;

struct pf_gs_control_events {
    void *user;
    /* Whether datagrams from this address mean anything now. Others are thrown away unread. */
    bool (*expects)(void *user, const struct sockaddr *from);
    /* A peer has come, with the number that SETUP told it. False: it is sent away. */
    bool (*connected)(void *user, pf_gs_peer peer, uint32_t connect_data, const struct sockaddr *from);
    void (*received)(void *user, pf_gs_peer peer, const uint8_t *data, size_t len);
    /* It left, or was silent for 10 s, or was told to go and went. */
    void (*disconnected)(void *user, pf_gs_peer peer);
};

/* `bind_address`: numeric or NULL for all. -ENOTSUP if this build has no ENet. */
int pf_gs_control_host_start(struct pf_loop *loop, const char *bind_address, uint16_t port,
    const struct pf_gs_control_events *events, struct pf_gs_control_host **ret_host, struct pf_error *err);
/* Peers are cut. NULL is allowed. Not from a callback. */
void pf_gs_control_host_stop(struct pf_gs_control_host *host);

uint16_t pf_gs_control_host_port(const struct pf_gs_control_host *host);

/* Reliable, on channel 0. -ENOTCONN, -ENOMEM. */
int pf_gs_control_host_send(
    struct pf_gs_control_host *host, pf_gs_peer peer, const uint8_t *data, size_t len);

/* Says goodbye once what was sent is acknowledged; `disconnected` follows. */
void pf_gs_control_host_disconnect(struct pf_gs_control_host *host, pf_gs_peer peer);
/* Forgets the peer at once; `disconnected` does not follow. */
void pf_gs_control_host_reset(struct pf_gs_control_host *host, pf_gs_peer peer);

#endif

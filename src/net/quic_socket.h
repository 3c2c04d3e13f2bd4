/* The UDP socket below QUIC: datagrams with both of their addresses. Loop thread only. */
#ifndef PF_NET_QUIC_SOCKET_H
#define PF_NET_QUIC_SOCKET_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct pf_quic_socket {
    int fd;                        /* -1: closed */
    struct sockaddr_storage bound; /* with the port the kernel chose */
    bool tells_local; /* bound to a wildcard: the local address comes and goes with each datagram */
};

/* One UDP datagram's way. `local` has the address it was sent to, also on hosts with several. */
struct pf_quic_route {
    struct sockaddr_storage local, remote;
};

/* Binds. `tell_local` asks for the local address of each datagram, for a host that must answer from the
 * address it was called at; a client lets the kernel choose. Errors: -errno of socket and bind. */
int pf_quic_socket_open(struct pf_quic_socket *s, const struct sockaddr *bind_to, bool tell_local);
void pf_quic_socket_close(struct pf_quic_socket *s);

/* Returns the length, 0 for a datagram that should be ignored, -EAGAIN if none waits. */
ssize_t pf_quic_socket_receive(
    struct pf_quic_socket *s, void *buf, size_t cap, struct pf_quic_route *ret_route);

/* Returns 0 if sent or lost for a reason that QUIC treats like loss on the way; -EAGAIN if the socket's
 * buffer is full. */
int pf_quic_socket_send(struct pf_quic_socket *s, const void *data, size_t len, const struct sockaddr *local,
    const struct sockaddr *remote);

#endif

/* Waits on the control loop for the datagram with which a client shows where video shall go
 * (punktfunk1-control.md 2.1). */
#ifndef PF_NATIVE_PUNCH_H
#define PF_NATIVE_PUNCH_H

#include "net/loop.h"

#include <stdint.h>
#include <sys/socket.h>

struct pf_media_socket;
struct pf_punch;

/* Called once: `to` is where video goes, the punch's source or the fall-back. rc: 0, or -errno for a broken
 * socket. pf_punch_cancel is still needed, and allowed in the call. */
typedef void (*pf_punch_done)(void *user, int rc, const struct sockaddr_storage *to);

/* Only the IP address of `peer` counts. After wait_ns without a punch the fall-back is `peer` with
 * start_port. The socket is borrowed until `done` or cancel. Returns 0 or -errno. */
int pf_punch_wait(struct pf_loop *loop, struct pf_media_socket *socket, const struct sockaddr_storage *peer,
    uint16_t start_port, uint64_t wait_ns, pf_punch_done done, void *user, struct pf_punch **ret_punch);
/* NULL is allowed. `done` is not called any more. */
void pf_punch_cancel(struct pf_punch *punch);

#endif

/* The HTTPS server of the management API (management-and-operations.md 3.1).
 *
 * It has no thread of its own: everything, the operations included, runs on the control loop. Limits: 256
 * connections, of which 64 are for this machine's own programs, 64 from one network (room.h), 16 KiB of
 * request head, 2 MiB of body; a peer that dawdles is cut off.
 */
#ifndef PF_MGMT_SERVER_H
#define PF_MGMT_SERVER_H

#include "base/error.h"
#include "mgmt/api.h"

#include <stdint.h>

#define PF_MGMT_DEFAULT_BIND "::" /* IPv4 as well */
#define PF_MGMT_DEFAULT_PORT 47990

struct pf_identity;
struct pf_loop;
struct pf_mgmt_server;

struct pf_mgmt_config {
    const char *bind;  /* "IP" or "IP:PORT" */
    uint16_t port;     /* if bind names none; 0: any free one */
    const char *token; /* of the administrator; copied */
    const struct pf_identity *identity;
    const struct pf_mgmt_host *host; /* borrowed until pf_mgmt_server_stop */
    uint64_t head_ns;                /* for connecting and for the head of each request; 0: 15 s */
};

/* Listens and serves. Control loop. Errors: -EINVAL for the address, -EADDRINUSE, other errnos of the socket,
 * -EIO if the TLS library refuses the identity. */
int pf_mgmt_server_start(struct pf_loop *loop, const struct pf_mgmt_config *config,
    struct pf_mgmt_server **ret_server, struct pf_error *err);

/* Closes everything at once; calls that are still being answered elsewhere may be replied to afterwards,
 * which does nothing. Control loop. NULL is allowed. */
void pf_mgmt_server_stop(struct pf_mgmt_server *server);

/* The port that is listened on. */
uint16_t pf_mgmt_server_port(const struct pf_mgmt_server *server);

#endif

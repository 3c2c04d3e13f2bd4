/* A build without ENet. */
#include "gamestream/control/control_host.h"

#include <errno.h>

int pf_gs_control_host_start(struct pf_loop *loop, const char *bind_address, uint16_t port,
    const struct pf_gs_control_events *events, struct pf_gs_control_host **ret_host, struct pf_error *err)
{
    return pf_error_set(
        err, -ENOTSUP, "this build cannot serve GameStream clients: it was made without ENet (libenet)");
}

void pf_gs_control_host_stop(struct pf_gs_control_host *host)
{
}

uint16_t pf_gs_control_host_port(const struct pf_gs_control_host *host)
{
    return 0;
}

int pf_gs_control_host_send(struct pf_gs_control_host *host, pf_gs_peer peer, const uint8_t *data, size_t len)
{
    return -ENOTCONN;
}

void pf_gs_control_host_disconnect(struct pf_gs_control_host *host, pf_gs_peer peer)
{
}

void pf_gs_control_host_reset(struct pf_gs_control_host *host, pf_gs_peer peer)
{
}

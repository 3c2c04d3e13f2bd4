/* Datagrams of a host that belong to no connection: new clients and lost ones. Loop thread only. */
#ifndef PF_NET_QUIC_ACCEPT_H
#define PF_NET_QUIC_ACCEPT_H

#include "net/quic_endpoint.h"

/* Makes a connection, or answers with Version Negotiation, Retry or a stateless reset, or ignores the
 * datagram. */
void pf_quic_accept(struct pf_quic_endpoint *ep, const struct pf_quic_route *route,
    const ngtcp2_version_cid *header, const uint8_t *data, size_t len);

#endif

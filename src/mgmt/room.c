#include "mgmt/room.h"

#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

bool pf_mgmt_is_loopback(const struct sockaddr *address)
{
    struct sockaddr_storage a;
    pf_address_unmap(address, &a);
    if (a.ss_family == AF_INET)
        return ntohl(((struct sockaddr_in *)&a)->sin_addr.s_addr) >> 24 == 127;
    return a.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&a)->sin6_addr);
}

void pf_mgmt_room_count(
    struct pf_mgmt_room *room, const struct sockaddr *present, const struct sockaddr *newcomer)
{
    room->all++;
    room->elsewhere += !pf_mgmt_is_loopback(present);
    room->neighbours += pf_address_same_network(present, newcomer);
}

bool pf_mgmt_room_is_there(const struct pf_mgmt_room *room, const struct sockaddr *newcomer)
{
    if (room->all >= PF_MGMT_CONNECTIONS_MAX || room->neighbours >= PF_MGMT_NETWORK_MAX)
        return false;
    return pf_mgmt_is_loopback(newcomer) || room->elsewhere < PF_MGMT_ELSEWHERE_MAX;
}

#include "net/exposure.h"

#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>

static bool in_net(uint32_t address, uint32_t net, unsigned bits)
{
    return address >> (32 - bits) == net >> (32 - bits);
}

static bool is_public_4(uint32_t a)
{
    static const struct {
        uint32_t net;
        unsigned bits;
    } nets[] = {{0x00000000, 8}, {0x7F000000, 8}, {0x0A000000, 8}, {0xAC100000, 12}, {0xC0A80000, 16},
        {0xA9FE0000, 16}, {0x64400000, 10}};
    for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
        if (in_net(a, nets[i].net, nets[i].bits))
            return false;
    return true;
}

static bool is_public_6(const struct in6_addr *a)
{
    bool local = (a->s6_addr[0] & 0xFE) == 0xFC || (a->s6_addr[0] == 0xFE && (a->s6_addr[1] & 0x80));
    return !local && !IN6_IS_ADDR_LOOPBACK(a) && !IN6_IS_ADDR_UNSPECIFIED(a);
}

bool pf_address_is_public(const struct sockaddr *address)
{
    struct sockaddr_storage a;
    pf_address_unmap(address, &a);
    if (a.ss_family == AF_INET)
        return is_public_4(ntohl(((struct sockaddr_in *)&a)->sin_addr.s_addr));
    return a.ss_family == AF_INET6 && is_public_6(&((struct sockaddr_in6 *)&a)->sin6_addr);
}

static bool is_wildcard(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return ((const struct sockaddr_in *)a)->sin_addr.s_addr == INADDR_ANY;
    return a->sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)a)->sin6_addr);
}

int pf_exposure_find(const struct sockaddr *bind_to, struct sockaddr_storage *ret_address)
{
    struct ifaddrs *list;
    int found = 0;
    if (!is_wildcard(bind_to)) {
        if (pf_address_is_public(bind_to))
            pf_address_unmap(bind_to, ret_address);
        return pf_address_is_public(bind_to);
    }
    if (getifaddrs(&list) < 0)
        return -errno;
    for (struct ifaddrs *i = list; i && !found; i = i->ifa_next) {
        bool taken = i->ifa_addr && (i->ifa_flags & IFF_UP) &&
                     (i->ifa_addr->sa_family == AF_INET ||
                         (i->ifa_addr->sa_family == AF_INET6 && bind_to->sa_family == AF_INET6));
        if (taken && pf_address_is_public(i->ifa_addr)) {
            pf_address_unmap(i->ifa_addr, ret_address);
            found = 1;
        }
    }
    freeifaddrs(list);
    return found;
}

#include "net/path_mtu.h"

#include "net/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

/* Connecting a datagram socket looks up the route. */
static int ask(int fd, const struct sockaddr *local, const struct sockaddr *peer)
{
    const bool six = peer->sa_family == AF_INET6;
    int mtu = 0;
    socklen_t len = sizeof(mtu);
    if (bind(fd, local, pf_address_size(local)) < 0 || connect(fd, peer, pf_address_size(peer)) < 0 ||
        getsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_MTU : IP_MTU, &mtu, &len) < 0)
        return -errno;
    return mtu;
}

int pf_path_mtu(const struct sockaddr_storage *local, const struct sockaddr_storage *peer)
{
    struct sockaddr_storage from = *local;
    pf_address_set_port(&from, 0);
    int fd = socket(peer->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int rc = ask(fd, (const struct sockaddr *)&from, (const struct sockaddr *)peer);
    close(fd);
    return rc;
}

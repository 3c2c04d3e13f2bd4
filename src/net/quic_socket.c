#include "net/quic_socket.h"

#include "net/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

enum { RECEIVE_BUFFER = 1 << 20 };

union control {
    char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    struct cmsghdr align;
};

static void set_option(int fd, int level, int name, int value)
{
    /* All of them are improvements that may be refused. */
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

static bool is_wildcard(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return ((const struct sockaddr_in *)address)->sin_addr.s_addr == htonl(INADDR_ANY);
    return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static void set_options(int fd, int family, bool tell_local)
{
    set_option(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
    /* "Do not fragment" without the kernel's own idea of the MTU: QUIC probes for it. */
    if (family == AF_INET6) {
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
        set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
        set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, tell_local);
    }
    set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    if (family == AF_INET)
        set_option(fd, IPPROTO_IP, IP_PKTINFO, tell_local);
}

int pf_quic_socket_open(struct pf_quic_socket *s, const struct sockaddr *bind_to, bool tell_local)
{
    int fd = socket(bind_to->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    socklen_t size = sizeof(s->bound);
    set_options(fd, bind_to->sa_family, tell_local);
    memset(&s->bound, 0, sizeof(s->bound));
    if (bind(fd, bind_to, pf_address_size(bind_to)) < 0 ||
        getsockname(fd, (struct sockaddr *)&s->bound, &size) < 0) {
        int code = -errno;
        close(fd);
        return code;
    }
    s->fd = fd;
    s->tells_local = tell_local && is_wildcard(&s->bound);
    return 0;
}

void pf_quic_socket_close(struct pf_quic_socket *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

static void read_local(struct msghdr *msg, struct sockaddr_storage *local)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof(info));
            ((struct sockaddr_in *)local)->sin_addr = info.ipi_addr;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)local;
            memcpy(&info, CMSG_DATA(c), sizeof(info));
            v6->sin6_addr = info.ipi6_addr;
            v6->sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr) ? info.ipi6_ifindex : 0;
        }
    }
}

ssize_t pf_quic_socket_receive(
    struct pf_quic_socket *s, void *buf, size_t cap, struct pf_quic_route *ret_route)
{
    union control control;
    struct iovec iov = {.iov_base = buf, .iov_len = cap};
    struct pf_quic_route route = {.local = s->bound};
    struct msghdr msg = {
        .msg_name = &route.remote,
        .msg_namelen = sizeof(route.remote),
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    ssize_t n = recvmsg(s->fd, &msg, 0);
    if (n < 0) /* others are news from ICMP about an earlier datagram: not this one's business */
        return errno == EAGAIN || errno == EWOULDBLOCK ? -EAGAIN : 0;
    if (msg.msg_flags & MSG_TRUNC)
        return 0;
    if (s->tells_local)
        read_local(&msg, &route.local);
    *ret_route = route;
    return n;
}

static void put_control(
    struct msghdr *msg, union control *control, int level, int type, const void *data, size_t len)
{
    memset(control, 0, sizeof(*control));
    msg->msg_control = control;
    msg->msg_controllen = CMSG_SPACE(len);
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(c), data, len);
}

static void write_local(struct msghdr *msg, union control *control, const struct sockaddr *local)
{
    if (local->sa_family == AF_INET) {
        const struct in_pktinfo info = {
            .ipi_spec_dst = ((const struct sockaddr_in *)(const void *)local)->sin_addr};
        put_control(msg, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    } else {
        const struct sockaddr_in6 *v6 = (const void *)local;
        const struct in6_pktinfo info = {.ipi6_addr = v6->sin6_addr, .ipi6_ifindex = v6->sin6_scope_id};
        put_control(msg, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    }
}

int pf_quic_socket_send(struct pf_quic_socket *s, const void *data, size_t len, const struct sockaddr *local,
    const struct sockaddr *remote)
{
    union control control;
    struct iovec iov = {.iov_base = (void *)data, .iov_len = len};
    struct msghdr msg = {
        .msg_name = (void *)remote,
        .msg_namelen = pf_address_size(remote),
        .msg_iov = &iov,
        .msg_iovlen = 1,
    };
    if (s->tells_local)
        write_local(&msg, &control, local);
    ssize_t n;
    do
        n = sendmsg(s->fd, &msg, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? -EAGAIN : 0;
}

#include "net/media_socket.h"

#include "base/env.h"
#include "base/log.h"
#include "net/address.h"
#include "punktfunk/wire_common.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define BUFFER_WANTED  (32 << 20)
#define BUFFER_ENOUGH  (8 << 20)
#define MESSAGES       64u          /* of one send call */
#define GSO_SEGMENTS   64u          /* of one message, what every kernel takes */
#define GSO_BYTES      (65535 - 48) /* of one message: an IPv6 packet less its headers */
#define DSCP_CS5       0xA0
#define DSCP_CS6       0xC0
#define READ_AT_ONCE   64 /* datagrams, so that a flood cannot hold up the loop */
#define RECEIVE_BATCH  16u
#define RECEIVE_BUFFER 65536u

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

struct receiver {
    struct mmsghdr messages[RECEIVE_BATCH];
    struct iovec iov[RECEIVE_BATCH];
    union control control[RECEIVE_BATCH];
    uint8_t buffers[RECEIVE_BATCH][RECEIVE_BUFFER];
};

struct pf_media_socket {
    int fd;
    sa_family_t family;
    uint16_t port;
    bool gso; /* wanted and known to the kernel */

    unsigned drop_percent; /* PUNKTFUNK_VIDEO_DROP */
    uint64_t drop_state;

    atomic_ullong sent, dropped, test_drops, received;

    struct mmsghdr messages[MESSAGES];
    struct iovec iov[MESSAGES];
    union control control[MESSAGES];
    unsigned counts[MESSAGES]; /* datagrams in each */

    const struct sockaddr *to; /* of the send in hand; NULL: connected */

    struct receiver *receiver; /* client only */
};

/* A path that refused segmentation once will do so again: it stays off for the process. */
static atomic_bool gso_refused;

static void count(atomic_ullong *counter, unsigned long long n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* ---- opening ---- */

static int granted(int fd, int option)
{
    int bytes = 0;
    socklen_t len = sizeof(bytes);
    return getsockopt(fd, SOL_SOCKET, option, &bytes, &len) == 0 ? bytes : 0;
}

static void warn_of_small_buffer(int bytes, const char *kind, const char *sysctl)
{
    pf_log_warn("media",
        "The kernel grants a %s buffer of %d bytes only, so large frames may lose packets; raise it with "
        "sysctl net.core.%s=%d",
        kind, bytes, sysctl, BUFFER_WANTED);
}

static void enlarge_buffers(int fd)
{
    static atomic_bool warned;
    const int want = BUFFER_WANTED;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &want, sizeof(want)) < 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &want, sizeof(want));
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof(want)) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof(want));
    if (granted(fd, SO_SNDBUF) < BUFFER_ENOUGH && !atomic_exchange(&warned, true))
        warn_of_small_buffer(granted(fd, SO_SNDBUF), "send", "wmem_max");
}

/* The traffic class resets the priority, so it comes first. An IPv6 socket sends to IPv4, too. */
static void mark(int fd, sa_family_t family, enum pf_media_mark kind)
{
    static const int classes[] = {0, DSCP_CS5, DSCP_CS6}, priorities[] = {0, 5, 6};
    const int tos = classes[kind], priority = priorities[kind];
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
    setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
    setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority));
}

void pf_media_socket_mark(struct pf_media_socket *s, enum pf_media_mark kind)
{
    mark(s->fd, s->family, pf_env_bool("PUNKTFUNK_DSCP", true) ? kind : PF_MEDIA_UNMARKED);
}

static bool kernel_has_gso(int fd)
{
    int size;
    socklen_t len = sizeof(size);
    return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, &len) == 0;
}

static int open_fd(const struct sockaddr *local, uint16_t *ret_port, struct pf_error *err)
{
    char text[PF_ADDRESS_TEXT];
    struct sockaddr_storage bound;
    socklen_t bound_len = sizeof(bound);
    int fd = socket(local->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return pf_error_set(err, -errno, "no UDP socket for the video: %s", strerror(errno));
    if (bind(fd, local, pf_address_size(local)) < 0 ||
        getsockname(fd, (struct sockaddr *)&bound, &bound_len) < 0) {
        int rc = pf_error_set(err, -errno, "cannot bind the video socket to %s: %s",
            pf_address_format(local, text), strerror(errno));
        close(fd);
        return rc;
    }
    *ret_port = pf_address_port((struct sockaddr *)&bound);
    return fd;
}

int pf_media_socket_open(
    const struct sockaddr *local, struct pf_media_socket **ret_socket, struct pf_error *err)
{
    struct pf_media_socket *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "no memory for the video socket");
    s->fd = open_fd(local, &s->port, err);
    if (s->fd < 0) {
        int rc = s->fd;
        free(s);
        return rc;
    }
    s->family = local->sa_family;
    enlarge_buffers(s->fd);
    if (pf_env_bool("PUNKTFUNK_DSCP", false))
        mark(s->fd, s->family, PF_MEDIA_VIDEO);
    s->gso = pf_env_bool("PUNKTFUNK_GSO", true) && kernel_has_gso(s->fd);
    s->drop_percent = (unsigned)pf_env_long("PUNKTFUNK_VIDEO_DROP", 1, 90, 0);
    s->drop_state = s->port;
    *ret_socket = s;
    return 0;
}

void pf_media_socket_keep_all(struct pf_media_socket *s)
{
    s->drop_percent = 0;
}

void pf_media_socket_close(struct pf_media_socket *s)
{
    if (!s)
        return;
    close(s->fd);
    free(s->receiver);
    free(s);
}

int pf_media_socket_fd(const struct pf_media_socket *s)
{
    return s->fd;
}

uint16_t pf_media_socket_port(const struct pf_media_socket *s)
{
    return s->port;
}

bool pf_media_socket_uses_gso(const struct pf_media_socket *s)
{
    return s->gso && !atomic_load_explicit(&gso_refused, memory_order_relaxed);
}

/* ---- finding the peer ---- */

/* Failures of a datagram socket that pass or that speak of an earlier datagram (1.5). */
static bool is_transient(int error)
{
    switch (error) {
    case EAGAIN:
    case EINTR:
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOBUFS:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
        return true;
    default:
        return false;
    }
}

int pf_media_socket_take_punch(
    struct pf_media_socket *s, const struct sockaddr *peer, struct sockaddr_storage *ret_source)
{
    for (int i = 0; i < READ_AT_ONCE; i++) {
        char bytes[PF_WIRE_PUNCH_LEN];
        struct sockaddr_storage source;
        socklen_t len = sizeof(source);
        ssize_t n = recvfrom(s->fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&source, &len);
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0 && !is_transient(errno))
            return -errno;
        if (n == (ssize_t)sizeof(bytes) && memcmp(bytes, PF_WIRE_PUNCH, sizeof(bytes)) == 0 &&
            pf_address_same_ip((struct sockaddr *)&source, peer)) {
            *ret_source = source;
            return 1;
        }
    }
    return 0;
}

/* An IPv6 socket reaches IPv4 peers by their mapped address. */
static socklen_t adapt(sa_family_t family, const struct sockaddr *peer, struct sockaddr_storage *ret)
{
    if (family != AF_INET6 || peer->sa_family != AF_INET) {
        socklen_t len = pf_address_size(peer);
        memcpy(ret, peer, len);
        return len;
    }
    const struct sockaddr_in *from = (const struct sockaddr_in *)peer;
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = from->sin_port};
    mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xFF;
    memcpy(&mapped.sin6_addr.s6_addr[12], &from->sin_addr, sizeof(from->sin_addr));
    memcpy(ret, &mapped, sizeof(mapped));
    return sizeof(mapped);
}

int pf_media_socket_connect(struct pf_media_socket *s, const struct sockaddr *peer, struct pf_error *err)
{
    char text[PF_ADDRESS_TEXT];
    struct sockaddr_storage address;
    socklen_t len = adapt(s->family, peer, &address);
    if (connect(s->fd, (struct sockaddr *)&address, len) < 0)
        return pf_error_set(
            err, -errno, "cannot send video to %s: %s", pf_address_format(peer, text), strerror(errno));
    return 0;
}

int pf_media_socket_punch(struct pf_media_socket *s)
{
    if (send(s->fd, PF_WIRE_PUNCH, PF_WIRE_PUNCH_LEN, 0) < 0 && !is_transient(errno))
        return -errno;
    return 0;
}

void pf_media_socket_drain(struct pf_media_socket *s)
{
    char byte;
    for (int i = 0; i < READ_AT_ONCE; i++)
        if (recv(s->fd, &byte, 1, 0) < 0 && errno == EAGAIN)
            return;
}

/* ---- sending ---- */

struct run {
    const uint8_t *data;
    size_t datagram_bytes;
    unsigned count;
};

static void set_segment_size(struct msghdr *m, union control *control, size_t bytes)
{
    uint16_t size = (uint16_t)bytes;
    m->msg_control = control->bytes;
    m->msg_controllen = CMSG_SPACE(sizeof(size));
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof(size));
    memcpy(CMSG_DATA(c), &size, sizeof(size));
}

/* Describes the run, or as much of it as fits, in messages; returns how many. */
static unsigned describe(struct pf_media_socket *s, struct run run, bool gso)
{
    size_t fit = GSO_BYTES / run.datagram_bytes;
    unsigned segments = !gso || fit < 2 ? 1 : fit < GSO_SEGMENTS ? (unsigned)fit : GSO_SEGMENTS;
    unsigned messages = 0;
    for (; run.count > 0 && messages < MESSAGES; messages++) {
        unsigned n = run.count < segments ? run.count : segments;
        struct msghdr *m = &s->messages[messages].msg_hdr;
        s->iov[messages] = (struct iovec){.iov_base = (void *)run.data, .iov_len = n * run.datagram_bytes};
        *m = (struct msghdr){.msg_iov = &s->iov[messages],
            .msg_iovlen = 1,
            .msg_name = (void *)s->to,
            .msg_namelen = s->to ? pf_address_size(s->to) : 0};
        if (n > 1)
            set_segment_size(m, &s->control[messages], run.datagram_bytes);
        s->counts[messages] = n;
        run.data += n * run.datagram_bytes;
        run.count -= n;
    }
    return messages;
}

static bool refuses_gso(int error)
{
    return error == ENOPROTOOPT || error == EOPNOTSUPP || error == EINVAL || error == EIO ||
           error == EMSGSIZE;
}

static void turn_gso_off(int error)
{
    if (!atomic_exchange(&gso_refused, true))
        pf_log_info("media", "Segmentation offload is refused on this path (%s); sending packet by packet",
            strerror(error));
}

/* Sends what the kernel takes of the run. Returns 0, or -errno for an error that will not pass; *ret_sent is
 * set in any case. */
static int send_run(struct pf_media_socket *s, struct run run, unsigned *ret_sent)
{
    bool reported = false; /* a refusal of an earlier datagram came up once: it says nothing of this one */
    unsigned total = run.count;
    int rc = 0;
    while (run.count > 0) {
        bool gso = pf_media_socket_uses_gso(s);
        unsigned messages = describe(s, run, gso);
        int n = sendmmsg(s->fd, s->messages, messages, 0);
        for (int i = 0; i < n; i++) {
            run.data += s->counts[i] * run.datagram_bytes;
            run.count -= s->counts[i];
        }
        if (n >= 0 || errno == EINTR)
            continue;
        if (s->counts[0] > 1 && refuses_gso(errno)) {
            turn_gso_off(errno);
            continue;
        }
        if ((errno == ECONNREFUSED || errno == ECONNRESET) && !reported) {
            reported = true;
            continue;
        }
        rc = is_transient(errno) ? 0 : -errno;
        break;
    }
    *ret_sent = total - run.count;
    count(&s->sent, *ret_sent);
    count(&s->dropped, run.count);
    return rc;
}

static bool is_test_drop(struct pf_media_socket *s)
{
    s->drop_state = s->drop_state * 6364136223846793005ull + 1442695040888963407ull;
    return (s->drop_state >> 33) % 100 < s->drop_percent;
}

/* Sends the group in the runs that the test aid leaves of it. */
static int send_with_holes(struct pf_media_socket *s, const struct run *all, unsigned *ret_sent)
{
    int rc = 0;
    struct run run = {.data = all->data, .datagram_bytes = all->datagram_bytes};
    *ret_sent = 0;
    for (unsigned i = 0; i < all->count && rc == 0; i++) {
        bool drop = is_test_drop(s);
        run.count += !drop;
        if (!drop && i + 1 < all->count)
            continue;
        unsigned sent;
        rc = send_run(s, run, &sent);
        *ret_sent += sent;
        count(&s->test_drops, drop);
        run.data = all->data + (i + 1) * all->datagram_bytes;
        run.count = 0;
    }
    return rc;
}

int pf_media_socket_send(struct pf_media_socket *s, const struct pf_packet_group *group)
{
    const struct run run = {
        .data = group->data, .datagram_bytes = group->datagram_bytes, .count = group->count};
    unsigned sent;
    int rc = s->drop_percent ? send_with_holes(s, &run, &sent) : send_run(s, run, &sent);
    return rc < 0 ? rc : (int)sent;
}

int pf_media_socket_send_to(
    struct pf_media_socket *s, const struct pf_packet_group *group, const struct sockaddr *to)
{
    s->to = to;
    int rc = pf_media_socket_send(s, group);
    s->to = NULL;
    return rc;
}

/* ---- receiving ---- */

int pf_media_socket_read(
    struct pf_media_socket *s, uint8_t *out, size_t cap, struct sockaddr_storage *ret_source)
{
    for (int i = 0; i < READ_AT_ONCE; i++) {
        socklen_t len = sizeof(*ret_source);
        ssize_t n = recvfrom(s->fd, out, cap, 0, (struct sockaddr *)ret_source, &len);
        if (n > 0)
            return (int)n;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0 && !is_transient(errno))
            return -errno;
    }
    return 0;
}

static struct receiver *make_receiver(int fd)
{
    const int on = 1;
    struct receiver *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    if (granted(fd, SO_RCVBUF) < BUFFER_ENOUGH)
        warn_of_small_buffer(granted(fd, SO_RCVBUF), "receive", "rmem_max");
    setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)); /* older kernels: one datagram a buffer */
    for (unsigned i = 0; i < RECEIVE_BATCH; i++)
        r->iov[i] = (struct iovec){.iov_base = r->buffers[i], .iov_len = RECEIVE_BUFFER};
    return r;
}

/* Length of the datagrams that the kernel glued together; the last one may be shorter. */
static size_t segment_size(struct msghdr *m, size_t len)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            int size;
            memcpy(&size, CMSG_DATA(c), sizeof(size));
            return size > 0 ? (size_t)size : len;
        }
    return len;
}

static int hand_out(uint8_t *data, size_t len, size_t segment, pf_media_take take, void *user)
{
    int datagrams = 0;
    for (size_t at = 0; at < len; at += segment, datagrams++)
        take(user, data + at, len - at < segment ? len - at : segment);
    return datagrams;
}

int pf_media_socket_receive(struct pf_media_socket *s, pf_media_take take, void *user)
{
    if (!s->receiver)
        s->receiver = make_receiver(s->fd);
    struct receiver *r = s->receiver;
    if (!r)
        return -ENOMEM;
    for (unsigned i = 0; i < RECEIVE_BATCH; i++)
        r->messages[i].msg_hdr = (struct msghdr){.msg_iov = &r->iov[i],
            .msg_iovlen = 1,
            .msg_control = r->control[i].bytes,
            .msg_controllen = sizeof(r->control[i])};
    int n = recvmmsg(s->fd, r->messages, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
    if (n < 0)
        return is_transient(errno) ? 0 : -errno;
    int datagrams = 0;
    for (int i = 0; i < n; i++) {
        size_t len = r->messages[i].msg_len;
        datagrams += hand_out(r->buffers[i], len, segment_size(&r->messages[i].msg_hdr, len), take, user);
    }
    count(&s->received, (unsigned)datagrams);
    return datagrams;
}

void pf_media_socket_stats(const struct pf_media_socket *s, struct pf_media_stats *ret)
{
    *ret = (struct pf_media_stats){
        .sent = atomic_load_explicit(&s->sent, memory_order_relaxed),
        .dropped = atomic_load_explicit(&s->dropped, memory_order_relaxed),
        .test_drops = atomic_load_explicit(&s->test_drops, memory_order_relaxed),
        .received = atomic_load_explicit(&s->received, memory_order_relaxed),
    };
}

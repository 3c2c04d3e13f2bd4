#include "gamestream/control/relay.h"

#include "base/time.h"
#include "net/address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DATAGRAM_MAX = 4096, AT_ONCE = 64 };
#define FORGET_NS (15 * PF_NS_PER_S) /* longer than ENet remembers a silent peer */

struct flow {
    struct pf_gs_relay *relay;
    bool used;
    struct sockaddr_in6 client;
    uint16_t port; /* on loopback */
    uint64_t heard_ns;
    int fd;
    uv_poll_t poll;
};

struct pf_gs_relay {
    struct pf_gs_relay_config config;
    int fd;
    uv_poll_t poll;
    struct flow flows[PF_GS_RELAY_FLOWS];
    unsigned handles; /* that are not closed yet */
};

static int open_udp(const struct sockaddr *local, socklen_t len)
{
    const int on = 1;
    int fd = socket(local->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (local->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, local, len) < 0) {
        int rc = -errno;
        close(fd);
        return rc;
    }
    return fd;
}

/* ---- to the client --------------------------------------------------------------------------------------
 */

static void from_enet(uv_poll_t *poll, int status, int events)
{
    struct flow *f = poll->data;
    uint8_t data[DATAGRAM_MAX];
    if (status < 0) /* an error stops the polling; reading takes it away */
        uv_poll_start(poll, UV_READABLE, from_enet);
    for (int i = 0; i < AT_ONCE; i++) {
        ssize_t n = recv(f->fd, data, sizeof(data), 0);
        if (n <= 0)
            return;
        (void)!sendto(
            f->relay->fd, data, (size_t)n, 0, (const struct sockaddr *)&f->client, sizeof(f->client));
    }
}

/* ---- from the client ------------------------------------------------------------------------------------
 */

static int make_flow(struct flow *f)
{
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, enet = me;
    socklen_t len = sizeof(me);
    enet.sin_port = htons(f->relay->config.enet_port);
    f->fd = open_udp((const struct sockaddr *)&me, sizeof(me));
    if (f->fd < 0)
        return f->fd;
    if (connect(f->fd, (const struct sockaddr *)&enet, sizeof(enet)) < 0 ||
        getsockname(f->fd, (struct sockaddr *)&me, &len) < 0 ||
        uv_poll_init(f->relay->poll.loop, &f->poll, f->fd) < 0) {
        close(f->fd);
        return -EIO;
    }
    f->port = ntohs(me.sin_port);
    f->poll.data = f;
    f->relay->handles++;
    uv_poll_start(&f->poll, UV_READABLE, from_enet);
    f->used = true;
    return 0;
}

/* The client's flow; for a new client a fresh one, or one whose client has long been silent. */
static struct flow *flow_of(struct pf_gs_relay *r, const struct sockaddr_in6 *from)
{
    uint64_t now = pf_time_mono_ns();
    struct flow *free_one = NULL;
    for (unsigned i = 0; i < PF_GS_RELAY_FLOWS; i++) {
        struct flow *f = &r->flows[i];
        if (f->used && pf_address_equal((const struct sockaddr *)&f->client, (const struct sockaddr *)from)) {
            f->heard_ns = now;
            return f;
        }
        if (!free_one && (!f->used || now - f->heard_ns > FORGET_NS))
            free_one = f;
    }
    if (!free_one || (!free_one->used && make_flow(free_one) < 0))
        return NULL;
    free_one->client = *from;
    free_one->heard_ns = now;
    return free_one;
}

static void from_clients(uv_poll_t *poll, int status, int events)
{
    struct pf_gs_relay *r = poll->data;
    uint8_t data[DATAGRAM_MAX];
    if (status < 0)
        uv_poll_start(poll, UV_READABLE, from_clients);
    for (int i = 0; i < AT_ONCE; i++) {
        struct sockaddr_in6 from;
        socklen_t len = sizeof(from);
        ssize_t n = recvfrom(r->fd, data, sizeof(data), 0, (struct sockaddr *)&from, &len);
        if (n < 0)
            return;
        if (!r->config.expects(r->config.user, (const struct sockaddr *)&from))
            continue;
        struct flow *f = flow_of(r, &from);
        if (f)
            (void)!send(f->fd, data, (size_t)n, 0);
    }
}

bool pf_gs_relay_origin(
    const struct pf_gs_relay *r, const struct sockaddr_in *seen, struct sockaddr_in6 *ret_client)
{
    if (!r || seen->sin_addr.s_addr != htonl(INADDR_LOOPBACK))
        return false;
    for (unsigned i = 0; i < PF_GS_RELAY_FLOWS; i++)
        if (r->flows[i].used && r->flows[i].port == ntohs(seen->sin_port)) {
            *ret_client = r->flows[i].client;
            return true;
        }
    return false;
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

int pf_gs_relay_open(
    struct pf_loop *loop, const struct pf_gs_relay_config *config, struct pf_gs_relay **ret_relay)
{
    struct pf_gs_relay *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    r->config = *config;
    for (unsigned i = 0; i < PF_GS_RELAY_FLOWS; i++)
        r->flows[i].relay = r;
    r->fd = open_udp((const struct sockaddr *)&config->local, sizeof(config->local));
    int rc = r->fd < 0 ? r->fd : uv_poll_init(pf_loop_uv(loop), &r->poll, r->fd);
    if (rc < 0) {
        if (r->fd >= 0)
            close(r->fd);
        free(r);
        return rc;
    }
    r->poll.data = r;
    r->handles = 1;
    uv_poll_start(&r->poll, UV_READABLE, from_clients);
    *ret_relay = r;
    return 0;
}

static void handle_gone(struct pf_gs_relay *r)
{
    if (--r->handles == 0)
        free(r);
}

static void flow_gone(uv_handle_t *handle)
{
    struct flow *f = handle->data;
    close(f->fd);
    handle_gone(f->relay);
}

static void relay_gone(uv_handle_t *handle)
{
    struct pf_gs_relay *r = handle->data;
    close(r->fd);
    handle_gone(r);
}

void pf_gs_relay_close(struct pf_gs_relay *r)
{
    if (!r)
        return;
    for (unsigned i = 0; i < PF_GS_RELAY_FLOWS; i++)
        if (r->flows[i].used)
            uv_close((uv_handle_t *)&r->flows[i].poll, flow_gone);
    uv_close((uv_handle_t *)&r->poll, relay_gone);
}

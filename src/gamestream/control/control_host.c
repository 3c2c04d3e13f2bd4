#include "gamestream/control/control_host.h"

#include "base/log.h"
#include "base/time.h"
#include "gamestream/control/relay.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <enet/enet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { PEERS = 4, CHANNELS = 48, SILENCE_MS = 10000, PACKET_MAX = 1024, TURNS_MAX = 256 };
#define TICK_NS (10 * PF_NS_PER_MS) /* what ENet repeats and expires, while there are peers */

struct pf_gs_control_host {
    struct pf_gs_control_events events;
    ENetHost *enet;
    struct pf_gs_relay *relay; /* NULL: no IPv6 here */
    uv_poll_t poll;
    struct pf_timer *timer;
    bool in_service;
};

/* ENet counts in the clock that people set. Ours never jumps. */
static void set_clock(void)
{
    enet_time_set((enet_uint32)(pf_time_mono_ns() / PF_NS_PER_MS));
}

/* Where the client really is. */
static struct sockaddr_storage address_of(const struct pf_gs_control_host *h, const ENetAddress *a)
{
    struct sockaddr_storage out = {0};
    const struct sockaddr_in seen = {
        .sin_family = AF_INET, .sin_port = htons(a->port), .sin_addr.s_addr = a->host};
    struct sockaddr_in6 client;
    if (pf_gs_relay_origin(h->relay, &seen, &client))
        memcpy(&out, &client, sizeof(client));
    else
        memcpy(&out, &seen, sizeof(seen));
    return out;
}

static pf_gs_peer number_of(const struct pf_gs_control_host *h, const ENetPeer *peer)
{
    return (pf_gs_peer)(peer - h->enet->peers) + 1;
}

static ENetPeer *peer_of(const struct pf_gs_control_host *h, pf_gs_peer number)
{
    return number && number <= h->enet->peerCount ? &h->enet->peers[number - 1] : NULL;
}

/* ---- what arrives ---------------------------------------------------------------------------------------
 */

/* There is one such host in a process, or one in each test. */
static __thread struct pf_gs_control_host *serving;

static int ENET_CALLBACK intercept(ENetHost *enet, ENetEvent *event)
{
    struct sockaddr_storage from = address_of(serving, &enet->receivedAddress);
    return !serving->events.expects(serving->events.user, (const struct sockaddr *)&from);
}

static void on_connect(struct pf_gs_control_host *h, const ENetEvent *event)
{
    struct sockaddr_storage from = address_of(h, &event->peer->address);
    enet_peer_timeout(event->peer, 0, SILENCE_MS, SILENCE_MS);
    if (!h->events.connected(
            h->events.user, number_of(h, event->peer), event->data, (const struct sockaddr *)&from))
        enet_peer_disconnect_now(event->peer, 0);
}

static void handle(struct pf_gs_control_host *h, const ENetEvent *event)
{
    switch (event->type) {
    case ENET_EVENT_TYPE_CONNECT:
        on_connect(h, event);
        break;
    case ENET_EVENT_TYPE_RECEIVE:
        h->events.received(
            h->events.user, number_of(h, event->peer), event->packet->data, event->packet->dataLength);
        enet_packet_destroy(event->packet);
        break;
    case ENET_EVENT_TYPE_DISCONNECT:
        h->events.disconnected(h->events.user, number_of(h, event->peer));
        break;
    case ENET_EVENT_TYPE_NONE:
        break;
    }
}

static bool has_peers(const struct pf_gs_control_host *h)
{
    for (size_t i = 0; i < h->enet->peerCount; i++)
        if (h->enet->peers[i].state != ENET_PEER_STATE_DISCONNECTED)
            return true;
    return false;
}

static void service(struct pf_gs_control_host *h)
{
    ENetEvent event;
    set_clock();
    serving = h;
    h->in_service = true;
    for (int i = 0; i < TURNS_MAX && enet_host_service(h->enet, &event, 0) > 0; i++)
        handle(h, &event);
    h->in_service = false;
    if (has_peers(h))
        pf_timer_arm(h->timer, TICK_NS);
}

static void readable(uv_poll_t *poll, int status, int events)
{
    if (status < 0) /* an error stops the polling; reading takes it away */
        uv_poll_start(poll, UV_READABLE, readable);
    service(poll->data);
}

static void ticked(void *user)
{
    service(user);
}

/* ---- what leaves ----------------------------------------------------------------------------------------
 */

static void flush(struct pf_gs_control_host *h)
{
    if (!h->in_service) /* there it is done anyway */
        enet_host_flush(h->enet);
    pf_timer_arm(h->timer, TICK_NS);
}

int pf_gs_control_host_send(struct pf_gs_control_host *h, pf_gs_peer number, const uint8_t *data, size_t len)
{
    ENetPeer *peer = peer_of(h, number);
    if (!peer || peer->state != ENET_PEER_STATE_CONNECTED)
        return -ENOTCONN;
    set_clock();
    ENetPacket *packet = enet_packet_create(data, len, ENET_PACKET_FLAG_RELIABLE);
    if (!packet)
        return -ENOMEM;
    if (enet_peer_send(peer, 0, packet) < 0) {
        enet_packet_destroy(packet);
        return -ENOTCONN;
    }
    flush(h);
    return 0;
}

void pf_gs_control_host_disconnect(struct pf_gs_control_host *h, pf_gs_peer number)
{
    ENetPeer *peer = peer_of(h, number);
    if (!peer)
        return;
    set_clock();
    enet_peer_disconnect_later(peer, 0);
    flush(h);
}

void pf_gs_control_host_reset(struct pf_gs_control_host *h, pf_gs_peer number)
{
    ENetPeer *peer = peer_of(h, number);
    if (!peer)
        return;
    set_clock();
    enet_peer_disconnect_now(peer, 0);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

/* ENet speaks IPv4 only: where it listens, and where the relay does; its family is 0 if it does not. */
static int read_addresses(const char *bind_address, uint16_t port, ENetAddress *ret_enet,
    struct sockaddr_in6 *ret_relay, struct pf_error *err)
{
    struct sockaddr_storage local;
    *ret_enet = (ENetAddress){.host = ENET_HOST_ANY, .port = port};
    *ret_relay = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
    int rc = bind_address ? pf_address_parse(bind_address, 0, &local, err) : 0;
    if (rc < 0 || !bind_address)
        return rc;
    if (local.ss_family == AF_INET) {
        ret_enet->host = ((const struct sockaddr_in *)&local)->sin_addr.s_addr;
        ret_relay->sin6_family = 0;
    } else {
        memcpy(ret_relay, &local, sizeof(*ret_relay));
        if (!IN6_IS_ADDR_UNSPECIFIED(&ret_relay->sin6_addr))
            ret_enet->host = htonl(INADDR_LOOPBACK);
    }
    return 0;
}

static int open_enet(struct pf_gs_control_host *h, const ENetAddress *address, struct pf_error *err)
{
    if (enet_initialize() < 0)
        return pf_error_set(err, -EIO, "ENet cannot be used");
    set_clock();
    errno = 0;
    h->enet = enet_host_create(address, PEERS, CHANNELS, 0, 0);
    if (!h->enet)
        return pf_error_set(err, errno ? -errno : -ENOMEM, "cannot bind the control port %u: %s",
            address->port, strerror(errno ? errno : ENOMEM));
    h->enet->intercept = intercept;
    h->enet->maximumPacketSize = PACKET_MAX;
    h->enet->maximumWaitingData = PACKET_MAX * 64;
    return 0;
}

static bool relay_expects(void *user, const struct sockaddr *from)
{
    const struct pf_gs_control_host *h = user;
    return h->events.expects(h->events.user, from);
}

/* Machines without IPv6 do without. */
static void open_relay(struct pf_gs_control_host *h, struct pf_loop *loop, const struct sockaddr_in6 *local)
{
    struct pf_gs_relay_config config = {
        .local = *local, .enet_port = pf_gs_control_host_port(h), .user = h, .expects = relay_expects};
    config.local.sin6_port = htons(config.enet_port);
    int rc = local->sin6_family ? pf_gs_relay_open(loop, &config, &h->relay) : 0;
    if (rc < 0)
        pf_log_info("gamestream", "no control port for IPv6: %s", strerror(-rc));
}

int pf_gs_control_host_start(struct pf_loop *loop, const char *bind_address, uint16_t port,
    const struct pf_gs_control_events *events, struct pf_gs_control_host **ret_host, struct pf_error *err)
{
    struct pf_gs_control_host *h = calloc(1, sizeof(*h));
    if (!h)
        return pf_error_set(err, -ENOMEM, "there is no memory for the control port");
    h->events = *events;
    ENetAddress address;
    struct sockaddr_in6 relay;
    int rc = read_addresses(bind_address, port, &address, &relay, err);
    if (rc == 0)
        rc = open_enet(h, &address, err);
    if (rc < 0)
        goto fail;
    rc = pf_timer_create(loop, ticked, h, &h->timer);
    if (rc == 0)
        rc = uv_poll_init(pf_loop_uv(loop), &h->poll, h->enet->socket);
    if (rc < 0) {
        pf_error_set(err, rc, "the control loop has no room for the control port: %s", strerror(-rc));
        goto fail;
    }
    h->poll.data = h;
    uv_poll_start(&h->poll, UV_READABLE, readable);
    open_relay(h, loop, &relay);
    *ret_host = h;
    return 0;
fail:
    pf_timer_destroy(h->timer);
    if (h->enet)
        enet_host_destroy(h->enet);
    free(h);
    return rc;
}

static void free_host(uv_handle_t *handle)
{
    struct pf_gs_control_host *h = handle->data;
    enet_host_destroy(h->enet);
    free(h);
}

void pf_gs_control_host_stop(struct pf_gs_control_host *h)
{
    if (!h)
        return;
    set_clock();
    for (size_t i = 0; i < h->enet->peerCount; i++)
        enet_peer_disconnect_now(&h->enet->peers[i], 0);
    pf_timer_destroy(h->timer);
    pf_gs_relay_close(h->relay);
    uv_close((uv_handle_t *)&h->poll, free_host);
}

uint16_t pf_gs_control_host_port(const struct pf_gs_control_host *h)
{
    ENetAddress bound;
    return enet_socket_get_address(h->enet->socket, &bound) == 0 ? bound.port : 0;
}

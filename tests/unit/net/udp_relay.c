#include "udp_relay.h"

#include "quic_rig.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX = 2048 };

struct way {
    struct relay *relay;
    uv_poll_t poll;
    int fd;
    uint8_t held[MAX];
    size_t held_len;
};

struct relay {
    uv_loop_t *loop;
    relay_judge judge;
    void *user;
    struct sockaddr_in host, client;
    struct way *front, *back; /* towards the client, towards the host */
    unsigned passed;
};

static void pass(struct relay *r, bool to_host, const uint8_t *data, size_t len)
{
    const struct sockaddr_in *to = to_host ? &r->host : &r->client;
    r->passed++;
    (void)sendto(
        to_host ? r->back->fd : r->front->fd, data, len, 0, (const struct sockaddr *)to, sizeof(*to));
}

static void handle(struct relay *r, bool to_host, uint8_t *data, size_t len)
{
    struct way *out = to_host ? r->back : r->front;
    enum relay_verdict verdict = r->judge ? r->judge(r->user, to_host, data, &len) : RELAY_PASS;
    if (verdict == RELAY_HOLD && !out->held_len && len) {
        memcpy(out->held, data, len);
        out->held_len = len;
        return;
    }
    if (verdict == RELAY_DROP)
        return;
    pass(r, to_host, data, len);
    if (verdict == RELAY_TWICE)
        pass(r, to_host, data, len);
    if (out->held_len)
        pass(r, to_host, out->held, out->held_len);
    out->held_len = 0;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct way *way = poll->data;
    struct relay *r = way->relay;
    uint8_t data[MAX];
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    ssize_t n;
    while ((n = recvfrom(way->fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from, &size)) >= 0) {
        if (way == r->front)
            r->client = from;
        handle(r, way == r->front, data, (size_t)n);
    }
}

static struct way *open_way(struct relay *r)
{
    struct way *way = calloc(1, sizeof(*way));
    const struct sockaddr_in any = rig_address(0);
    way->relay = r;
    way->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(way->fd, (const struct sockaddr *)&any, sizeof(any)), 0);
    uv_poll_init(r->loop, &way->poll, way->fd);
    way->poll.data = way;
    uv_poll_start(&way->poll, UV_READABLE, on_poll);
    return way;
}

static void way_closed(uv_handle_t *handle)
{
    struct way *way = handle->data;
    close(way->fd);
    free(way);
}

struct relay *relay_create(uv_loop_t *loop, uint16_t host_port, relay_judge judge, void *user)
{
    struct relay *r = calloc(1, sizeof(*r));
    *r = (struct relay){.loop = loop, .host = rig_address(host_port), .judge = judge, .user = user};
    r->front = open_way(r);
    r->back = open_way(r);
    return r;
}

void relay_set_judge(struct relay *relay, relay_judge judge, void *user)
{
    relay->judge = judge;
    relay->user = user;
}

uint16_t relay_port(const struct relay *relay)
{
    struct sockaddr_in bound;
    socklen_t size = sizeof(bound);
    assert_int_equal(getsockname(relay->front->fd, (struct sockaddr *)&bound, &size), 0);
    return ntohs(bound.sin_port);
}

void relay_rebind(struct relay *relay)
{
    struct way *old = relay->back;
    relay->back = open_way(relay);
    uv_close((uv_handle_t *)&old->poll, way_closed);
}

void relay_inject(struct relay *relay, const void *data, size_t len)
{
    pass(relay, true, data, len);
}

unsigned relay_passed(const struct relay *relay)
{
    return relay->passed;
}

void relay_destroy(struct relay *relay)
{
    uv_close((uv_handle_t *)&relay->front->poll, way_closed);
    uv_close((uv_handle_t *)&relay->back->poll, way_closed);
    free(relay);
}

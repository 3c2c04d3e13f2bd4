#include "gamestream/play/media_ports.h"

#include "base/bytes.h"
#include "net/address.h"
#include "net/media_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { PING_MAX = 64, PINGS_AT_ONCE = 64 };

struct port {
    struct pf_gs_media_ports *all;
    enum pf_gs_media media;
    struct pf_media_socket *socket;
    uv_poll_t poll;
    bool polled;
};

struct pf_gs_media_ports {
    struct pf_gs_media_events events;
    struct port ports[2];
    unsigned closing;
};

bool pf_gs_is_ping(const uint8_t *data, size_t len, bool by_payload, const char payload[PF_GS_PING_PAYLOAD])
{
    if (!by_payload)
        return len == 4 && !memcmp(data, "PING", 4);
    return len == PF_GS_PING_PAYLOAD + 4 && pf_bytes_equal_ct(data, payload, PF_GS_PING_PAYLOAD);
}

static void readable(uv_poll_t *poll, int status, int events)
{
    struct port *p = poll->data;
    if (status < 0) /* an error stops the polling; reading takes it away */
        uv_poll_start(poll, UV_READABLE, readable);
    for (int i = 0; i < PINGS_AT_ONCE; i++) {
        uint8_t data[PING_MAX];
        struct sockaddr_storage from;
        int n = pf_media_socket_read(p->socket, data, sizeof(data), &from);
        if (n <= 0)
            return;
        p->all->events.ping(p->all->events.user, p->media, data, (size_t)n, &from);
    }
}

/* Every address: IPv6 takes IPv4 as well; machines without it have the other. */
static int open_socket(
    const char *bind_address, uint16_t number, struct pf_media_socket **ret_socket, struct pf_error *err)
{
    struct sockaddr_storage local;
    int rc = pf_address_parse(bind_address ? bind_address : "::", 0, &local, err);
    if (rc < 0)
        return rc;
    pf_address_set_port(&local, number);
    rc = pf_media_socket_open((const struct sockaddr *)&local, ret_socket, err);
    if (rc != -EAFNOSUPPORT && rc != -EADDRNOTAVAIL)
        return rc;
    if (bind_address)
        return rc;
    const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(number)};
    return pf_media_socket_open((const struct sockaddr *)&any, ret_socket, err);
}

static int open_port(struct pf_gs_media_ports *all, struct pf_loop *loop, enum pf_gs_media media,
    const char *bind_address, uint16_t number, struct pf_error *err)
{
    struct port *p = &all->ports[media];
    *p = (struct port){.all = all, .media = media};
    int rc = open_socket(bind_address, number, &p->socket, err);
    if (rc < 0)
        return rc;
    if (media != PF_GS_MEDIA_VIDEO)
        pf_media_socket_keep_all(p->socket);
    rc = uv_poll_init(pf_loop_uv(loop), &p->poll, pf_media_socket_fd(p->socket));
    if (rc < 0)
        return pf_error_set(err, rc, "the control loop has no room for the media ports: %s", strerror(-rc));
    p->poll.data = p;
    p->polled = true;
    uv_poll_start(&p->poll, UV_READABLE, readable);
    return 0;
}

int pf_gs_media_ports_open(struct pf_loop *loop, const char *bind_address, uint16_t video_port,
    uint16_t audio_port, const struct pf_gs_media_events *events, struct pf_gs_media_ports **ret_ports,
    struct pf_error *err)
{
    struct pf_gs_media_ports *all = calloc(1, sizeof(*all));
    if (!all)
        return pf_error_set(err, -ENOMEM, "there is no memory for the media ports");
    all->events = *events;
    int rc = open_port(all, loop, PF_GS_MEDIA_VIDEO, bind_address, video_port, err);
    if (rc == 0)
        rc = open_port(all, loop, PF_GS_MEDIA_AUDIO, bind_address, audio_port, err);
    if (rc < 0)
        pf_gs_media_ports_close(all);
    else
        *ret_ports = all;
    return rc;
}

static void closed(uv_handle_t *handle)
{
    struct port *p = handle->data;
    struct pf_gs_media_ports *all = p->all;
    pf_media_socket_close(p->socket);
    if (--all->closing == 0)
        free(all);
}

void pf_gs_media_ports_close(struct pf_gs_media_ports *all)
{
    if (!all)
        return;
    for (unsigned i = 0; i < 2; i++)
        all->closing += all->ports[i].polled;
    if (!all->closing) {
        pf_media_socket_close(all->ports[0].socket);
        pf_media_socket_close(all->ports[1].socket);
        free(all);
        return;
    }
    if (!all->ports[1].polled)
        pf_media_socket_close(all->ports[1].socket);
    for (unsigned i = 0; i < 2; i++)
        if (all->ports[i].polled)
            uv_close((uv_handle_t *)&all->ports[i].poll, closed);
}

struct pf_media_socket *pf_gs_media_ports_socket(struct pf_gs_media_ports *all, enum pf_gs_media media)
{
    return all->ports[media].socket;
}

uint16_t pf_gs_media_ports_number(const struct pf_gs_media_ports *all, enum pf_gs_media media)
{
    return pf_media_socket_port(all->ports[media].socket);
}

/* The UDP ports of video and audio: bound as long as the host serves GameStream, and listening for the pings
 * with which clients show where they are (docs/spec/gamestream.md 5.1). Control loop's thread.
 */
#ifndef PF_GAMESTREAM_PLAY_MEDIA_PORTS_H
#define PF_GAMESTREAM_PLAY_MEDIA_PORTS_H

#include "base/error.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum pf_gs_media { PF_GS_MEDIA_VIDEO, PF_GS_MEDIA_AUDIO };

#define PF_GS_PING_PAYLOAD 16u

struct pf_media_socket;
struct pf_gs_media_ports;

struct pf_gs_media_events {
    void *user;
    /* A datagram that might be a ping. */
    void (*ping)(void *user, enum pf_gs_media media, const uint8_t *data, size_t len,
        const struct sockaddr_storage *from);
};

/* `bind_address`: numeric or NULL for all. */
int pf_gs_media_ports_open(struct pf_loop *loop, const char *bind_address, uint16_t video_port,
    uint16_t audio_port, const struct pf_gs_media_events *events, struct pf_gs_media_ports **ret_ports,
    struct pf_error *err);
/* Nobody uses the sockets any more. NULL is allowed. */
void pf_gs_media_ports_close(struct pf_gs_media_ports *ports);

struct pf_media_socket *pf_gs_media_ports_socket(struct pf_gs_media_ports *ports, enum pf_gs_media media);
uint16_t pf_gs_media_ports_number(const struct pf_gs_media_ports *ports, enum pf_gs_media media);

/* Whether a datagram is a ping of the session with this payload. `by_payload`: the client knows payloads;
 * others send the four bytes PING. Pure. */
bool pf_gs_is_ping(const uint8_t *data, size_t len, bool by_payload, const char payload[PF_GS_PING_PAYLOAD]);

#endif

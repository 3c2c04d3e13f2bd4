/* The RTSP port: TCP connections that carry one request and one reply each (docs/spec/gamestream.md 3.1, 3.5,
 * 12.6). Control loop's thread.
 *
 * It reads whole messages within limits of size and time, opens and seals them if the session wants that, and
 * closes connections in good order. What the answers are is the owner's business.
 */
#ifndef PF_GAMESTREAM_RTSP_SERVER_H
#define PF_GAMESTREAM_RTSP_SERVER_H

#include "base/error.h"
#include "gamestream/wire/rtsp_message.h"
#include "gamestream/wire/rtsp_seal.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define PF_GS_RTSP_CONNECTIONS 8u
#define PF_GS_RTSP_REPLY_MAX   4096u

struct pf_gs_rtsp_server;

enum pf_gs_rtsp_answer {
    PF_GS_RTSP_REPLIED, /* the reply is in the buffer */
    PF_GS_RTSP_LATER,   /* ask again after pf_gs_rtsp_server_wake */
    PF_GS_RTSP_CLOSE,   /* no answer at all */
};

struct pf_gs_rtsp_events {
    void *user;
    /* The seal of the launch that is expected from this address; NULL: messages are plain. */
    struct pf_gs_rtsp_seal *(*seal)(void *user, const struct sockaddr *from);
    /* A whole request. Fill `reply`, whose memory is there (pf_gs_rtsp_reply_begin … _end). */
    enum pf_gs_rtsp_answer (*request)(void *user, const struct pf_gs_rtsp_request *request,
        const struct sockaddr *from, struct pf_gs_rtsp_reply *reply);
    /* Whether this is the address of somebody who is expected: strangers give way to it. */
    bool (*expects)(void *user, const struct sockaddr *from);
    /* pf_gs_rtsp_server_stop is complete. */
    void (*stopped)(void *user);
};

/* How long a client may take; 0: as specified. */
struct pf_gs_rtsp_limits {
    uint64_t read_ns;  /* between two reads: 15 s */
    uint64_t total_ns; /* from accepting to closing: 30 s */
};

/* `bind_address`: numeric or NULL for all. */
int pf_gs_rtsp_server_start(struct pf_loop *loop, const char *bind_address, uint16_t port,
    const struct pf_gs_rtsp_limits *limits, const struct pf_gs_rtsp_events *events,
    struct pf_gs_rtsp_server **ret_server, struct pf_error *err);
/* Closes everything; `stopped` follows. */
void pf_gs_rtsp_server_stop(struct pf_gs_rtsp_server *server);

uint16_t pf_gs_rtsp_server_port(const struct pf_gs_rtsp_server *server);

/* Requests that were put off are asked again. */
void pf_gs_rtsp_server_wake(struct pf_gs_rtsp_server *server);

#endif

/* The playing half on loopback, its loop on a thread of its own, with a feed that does what the test says;
 * and a scripted client. Private to these tests. */
#ifndef PF_TESTS_GAMESTREAM_PLAY_RIG_H
#define PF_TESTS_GAMESTREAM_PLAY_RIG_H

#include "gamestream/play/play_impl.h"

#include <enet/enet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

enum { RIG_FEEDS = 4 };

struct fake_feed {
    struct pf_feed base;
    struct pf_feed_sink sink;
    struct pf_session_plan plan;
    atomic_bool started, stopped, quit, destroyed, refuses_to_stop;
    atomic_uint keyframes, invalidations, inputs, first, last, key, kbps;
};

struct rig {
    struct pf_loop *loop;
    struct pf_gs_play *play;
    struct pf_seats seats;
    pthread_t thread;
    atomic_bool stopped;
    struct pf_host_facts facts;
    struct pf_display_policy policy;
    struct fake_feed feeds[RIG_FEEDS];
    atomic_uint feed_count;
    struct pf_access_unit_pool *pool;
    uint16_t rtsp_port, control_port, video_port, audio_port;
};

void rig_open(struct rig *r);
/* Stops what still runs, and checks that everything goes. */
void rig_close(struct rig *r);

/* Runs it on the loop's thread and waits. */
void rig_do(struct rig *r, void (*fn)(void *arg), void *arg);
/* Waits until the condition holds, for up to 10 s. */
void rig_until(bool (*condition)(void *arg), void *arg);

/* A launch of client 'A', 'B' … at 127.0.0.1. */
struct pf_gs_launch rig_launch(char client, bool sealed);
enum pf_gs_play_verdict rig_begin(struct rig *r, const struct pf_gs_launch *launch, bool resume);
enum pf_gs_play_verdict rig_cancel(struct rig *r, char client);
struct pf_gs_play_info rig_info(struct rig *r);
uint32_t rig_app(struct rig *r);

/* Hands a unit of `len` bytes to the sink of a feed. Blocks as a feed would. */
int rig_push(struct rig *r, unsigned feed, size_t len, bool idr);

/* ---- the client ---- */

struct client {
    struct rig *rig;
    struct pf_gs_launch launch;
    struct pf_gs_rtsp_seal seal;
    const char *from; /* address to come from; NULL: 127.0.0.1 */
    char reply[8192]; /* of the last request, opened */
    uint32_t cseq, connect_data;
    char payload[17];
    ENetHost *enet;
    ENetPeer *peer;
    struct pf_gs_control_seal control;
    int video, audio; /* sockets */
};

void client_init(struct client *c, struct rig *r, const struct pf_gs_launch *launch);
void client_finish(struct client *c);

/* One request on a connection of its own. Its status, 0 if the connection was closed without a reply. */
int client_request(struct client *c, const char *method, const char *target, const char *body);
/* What every client announces, with `more` lines behind. */
int client_announce(struct client *c, const char *more);
/* OPTIONS … PLAY, all of which must work. */
void client_handshake(struct client *c, const char *more);

/* Connects and waits for the host. False if it is sent away, or gets no answer. */
bool client_connect(struct client *c, uint32_t connect_data);
/* Connects, and is told at once to go. */
bool client_is_sent_away(struct client *c, uint32_t connect_data);
void client_tell(struct client *c, uint16_t type, const void *payload, size_t len);
/* Services ENet until a message of this type comes; its payload. Or until the host says goodbye (`type` 0).
 */
void client_await(struct client *c, uint16_t type, uint8_t *ret_payload, size_t cap);
void client_ping(struct client *c, int socket, uint16_t port, bool right);
/* The next datagram of a socket; 0 if none comes in `ms`. */
int client_receive(int socket, uint8_t *out, size_t cap, int ms);

/* Handshake, control connection, ping: units flow. */
void begin_stream(struct client *c, struct rig *r, const struct pf_gs_launch *launch, const char *more);

/* For rig_until: of a fake_feed. */
bool is_destroyed(void *feed);

#endif

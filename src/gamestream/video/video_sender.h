/* The send thread of one GameStream session: takes access units from a feed, cuts, protects, seals and sends
 * them (docs/spec/gamestream.md 5).
 *
 * It leaves what happened in its state and raises a signal. Until it knows where the client is, units wait
 * and hold the feed up.
 */
#ifndef PF_GAMESTREAM_VIDEO_SENDER_H
#define PF_GAMESTREAM_VIDEO_SENDER_H

#include "gamestream/wire/aes.h"
#include "media/access_unit.h"
#include "media/mode.h"
#include "net/loop.h"
#include "session/recorder.h"
#include "session/sent_second.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define PF_GS_VIDEO_QUEUE 3u /* access units that wait; the feed blocks beyond */

struct pf_media_socket;
struct pf_gs_video;

struct pf_gs_video_config {
    char label[65]; /* of the client, for log lines */
    unsigned packet_size, parity_percent, min_parity;
    uint32_t bitrate_kbps; /* of the encoder, for the pace */
    bool sealed;
    uint8_t key[PF_GS_KEY_LEN]; /* secret; if sealed */

    struct pf_recorder *recorder;        /* gets samples while it is armed; NULL: none */
    struct pf_recorded_session recorded; /* what it is told of the session */
};

struct pf_gs_video_state {
    bool started; /* the first unit is out */
    bool ended;   /* the thread is over, or about to be */
    int rc;       /* why sending became impossible; 0: it did not */
    uint64_t units, packets, data_packets, bytes;
    struct pf_sent_figures second; /* the last full one */
};

/* Prepares everything; units may be pushed from now on. The socket, which is not connected, is borrowed and
 * used by one sender at a time; it and `signal` outlive the sender. -errno. */
int pf_gs_video_create(const struct pf_gs_video_config *config, struct pf_media_socket *socket,
    struct pf_signal *signal, struct pf_gs_video **ret_video);

/* The client is there: starts the thread, or sends there from now on. -errno. */
int pf_gs_video_send_to(struct pf_gs_video *video, const struct sockaddr_storage *to);
bool pf_gs_video_is_running(const struct pf_gs_video *video);

/* Feed's thread. Takes over the reference; blocks while the queue is full. -EPIPE after stop. */
int pf_gs_video_push(struct pf_gs_video *video, struct pf_access_unit *au);

/* Any thread. */
void pf_gs_video_set_bitrate(struct pf_gs_video *video, uint32_t kbps);
void pf_gs_video_set_parity(struct pf_gs_video *video, unsigned percent);
/* What is sent from now on, for recordings. */
void pf_gs_video_set_mode(struct pf_gs_video *video, const struct pf_mode *mode);
void pf_gs_video_state(struct pf_gs_video *video, struct pf_gs_video_state *ret_state);
/* Units that were too large for any client and got no frame index. */
uint32_t pf_gs_video_skipped(struct pf_gs_video *video);

/* Drops what waits and ends; the state then says so. */
void pf_gs_video_stop(struct pf_gs_video *video);
/* Joins the thread (stop it first: it ends within milliseconds) and frees. NULL is allowed. */
void pf_gs_video_destroy(struct pf_gs_video *video);

#endif

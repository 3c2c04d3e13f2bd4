/* One GameStream session, from /launch or /resume to the end of its last thread. Private to
 * src/gamestream/play. Control loop's thread.
 *
 *   PENDING ─ ANNOUNCE → STARTING ─ control connection → RUNNING
 *
 * Any state may go to ENDING, where it stays until its peer has been told and its threads have ended. The
 * parts: session.c (life), handshake.c (RTSP), session_media.c (feed, video, audio), session_control.c
 * (control stream, input).
 */
#ifndef PF_GAMESTREAM_PLAY_SESSION_H
#define PF_GAMESTREAM_PLAY_SESSION_H

#include "base/log.h"
#include "base/time.h"
#include "gamestream/audio/audio_sender.h"
#include "gamestream/control/control_host.h"
#include "gamestream/control/dispatch.h"
#include "gamestream/input/input_map.h"
#include "gamestream/input/pad_map.h"
#include "gamestream/play.h"
#include "gamestream/play/media_ports.h"
#include "gamestream/rtsp/server.h"
#include "gamestream/video/parity.h"
#include "gamestream/video/video_sender.h"
#include "gamestream/wire/rtsp_seal.h"
#include "gamestream/wire/sdp.h"
#include "session/feed.h"
#include "session/pads.h"
#include "session/plan.h"
#include "session/seats.h"

#include <pthread.h>

enum pf_gs_session_state {
    PF_GS_SESSION_PENDING,  /* the client has not told what it wants */
    PF_GS_SESSION_STARTING, /* display and encoder are being built; the control connection is awaited */
    PF_GS_SESSION_RUNNING,
    PF_GS_SESSION_ENDING,
};

/* What the feed's threads leave for the loop. */
struct pf_gs_feed_news {
    pthread_mutex_t lock;
    bool settled, ended;
    struct pf_mode mode;
    uint32_t bitrate_kbps;
    int rc;
    char why[320];
};

struct pf_gs_facts_work;

struct pf_gs_session {
    struct pf_gs_play *play;
    struct pf_gs_session *prev, *next;
    uint32_t number; /* of its game */
    enum pf_gs_session_state state;
    struct pf_gs_launch launch; /* the key is wiped when the session ends */
    struct pf_seat seat;
    struct pf_mode joined;  /* of another client's session, to be used; width 0: the client's own */
    struct pf_timer *timer; /* limit of the present state */
    uint64_t begun_ns, started_real_ns;

    /* RTSP */
    struct pf_gs_rtsp_seal rtsp_seal; /* if launch.rtsp_encrypted */
    char id[17], ping_payload[PF_GS_PING_PAYLOAD + 1];
    uint32_t connect_data;
    bool low_stereo; /* the client's Host header says so (6.1) */
    struct pf_gs_facts_work *work;
    bool has_facts;
    struct pf_host_facts facts;

    /* after ANNOUNCE */
    struct pf_gs_wish wish;
    struct pf_session_plan plan;
    struct pf_signal *signal;
    struct pf_gs_video *video;
    struct pf_feed *feed; /* until its threads have ended */
    struct pf_gs_feed_news news;
    struct pf_mode mode; /* in force */
    uint32_t bitrate_kbps;
    struct pf_gs_audio_sender *audio;    /* NULL: none */
    struct pf_session_pads *pads;        /* NULL: none */
    bool feed_over, has_started, played; /* played: PLAY came */
    bool quit_late;                      /* while it was ending already: its display may linger yet */
    struct sockaddr_storage video_to, audio_to;
    bool knows_video, knows_audio;

    /* control */
    struct pf_gs_control_seal control_seal;
    bool has_seal;
    pf_gs_peer peer; /* 0: none */
    struct pf_gs_input_map input;
    struct pf_gs_pad_map pad_map;
    struct pf_gs_parity parity;
    uint64_t blocks_lost, blocks_mended; /* of video, as the client told */
    struct pf_rate_limit noise;
};

/* ---- game.c ---- */

/* Who would play, for pf_seats_judge; `user` is the session's to set. */
struct pf_seat pf_gs_seat_of(const struct pf_gs_launch *launch);

/* ---- session.c ---- */

/* -ENOMEM, -EIO without random numbers. */
int pf_gs_session_create(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    struct pf_gs_session **ret_session, struct pf_error *err);

/* The limit for the state that has just been entered; 0: none. */
void pf_gs_session_enter(struct pf_gs_session *s, enum pf_gs_session_state state, uint64_t limit_ns);

/* Ends it; only the first call counts. `code`: of the termination message; 0: the client has gone. `quit`:
 * its display need not linger. It may be freed at once. */
void pf_gs_session_end(struct pf_gs_session *s, uint32_t code, bool quit, const char *why);

/* Its control connection is gone. */
void pf_gs_session_disconnected(struct pf_gs_session *s);

/* Frees it if it has ended and nothing of it is left; call it last. */
void pf_gs_session_free_if_over(struct pf_gs_session *s);

/* ---- session_media.c ---- */

/* Starts what the plan says. -errno with a sentence. */
int pf_gs_session_start_media(struct pf_gs_session *s, struct pf_error *err);

/* A ping came: where its media go. */
void pf_gs_session_ping(struct pf_gs_session *s, enum pf_gs_media media, const struct sockaddr_storage *from);

/* Begins to send if the client and the socket are there. */
void pf_gs_session_try_video(struct pf_gs_session *s);

/* Its threads use the video socket. */
bool pf_gs_session_holds_video(const struct pf_gs_session *s);

/* ---- handshake.c ---- */

enum pf_gs_rtsp_answer pf_gs_session_request(
    struct pf_gs_session *s, const struct pf_gs_rtsp_request *request, struct pf_gs_rtsp_reply *reply);

/* What an ANNOUNCE asks of the session layer. Pure. */
struct pf_session_request pf_gs_request_of(const struct pf_gs_wish *wish, const struct pf_gs_launch *launch);
/* The encoder's share of what the user allows on the wire (3.4). Pure. */
uint32_t pf_gs_encoder_kbps(const struct pf_gs_wish *wish, unsigned parity_percent);

/* ---- session_control.c ---- */

bool pf_gs_session_connected(struct pf_gs_session *s, pf_gs_peer peer);
void pf_gs_session_received(struct pf_gs_session *s, const uint8_t *data, size_t len);
/* Seals and sends a plaintext; nothing happens without a peer. */
void pf_gs_session_tell(struct pf_gs_session *s, const uint8_t *message, size_t len);
void pf_gs_session_control_init(struct pf_gs_session *s);
void pf_gs_session_pad_feedback(void *session, const struct pf_pad_feedback *feedback);

#endif

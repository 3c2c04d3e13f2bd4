/* The one game that GameStream clients play: launch record, RTSP, control stream, media.
 *
 * nvhttp hands over what /launch, /resume and /cancel say; everything from the RTSP handshake to the last
 * packet happens behind this (docs/spec/gamestream.md 2.7, 3 – 9, 12.5). All functions on the control loop's
 * thread; none blocks.
 */
#ifndef PF_GAMESTREAM_PLAY_H
#define PF_GAMESTREAM_PLAY_H

#include "base/error.h"
#include "gamestream/wire/aes.h"
#include "media/mode.h"
#include "session/request.h"
#include "session/sent_second.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct pf_audio;
struct pf_loop;
struct pf_real_machine;
struct pf_recorder;
struct pf_seats;

struct pf_gs_play;

struct pf_gs_play_config {
    const char *bind_address; /* numeric; NULL: every IPv4 and IPv6 address */
    /* 0: those of well_known.h. Tests take others. */
    uint16_t rtsp_port, control_port, video_port, audio_port;
};

/* What it uses but does not own; all of it outlives it. */
struct pf_gs_play_deps {
    const struct pf_real_machine *machine;
    struct pf_audio *audio;       /* NULL: sessions are silent */
    const char *config_dir;       /* of the owner's display policy */
    struct pf_recorder *recorder; /* of how streams do; NULL: none */
    struct pf_seats *seats;       /* who plays, by either protocol */
};

struct pf_gs_play_callbacks {
    void *user;
    /* A session began or ended, or its state changed. NULL is allowed. */
    void (*changed)(void *user);
    /* pf_gs_play_stop is complete. */
    void (*stopped)(void *user);
};

/* Binds RTSP and control. `config` and `deps` are copied. */
int pf_gs_play_start(struct pf_loop *loop, const struct pf_gs_play_config *config,
    const struct pf_gs_play_deps *deps, const struct pf_gs_play_callbacks *callbacks,
    struct pf_gs_play **ret_play, struct pf_error *err);
/* Ends what runs, with the termination message, and frees everything; `stopped` follows. */
void pf_gs_play_stop(struct pf_gs_play *play);

/* /launch or /resume, parameters checked by nvhttp. Plain values. */
struct pf_gs_launch {
    uint8_t fingerprint[32];             /* SHA-256 of the client's certificate */
    char label[65];                      /* for people */
    struct sockaddr_storage peer, local; /* both ends of the HTTPS connection */
    uint8_t key[PF_GS_KEY_LEN];          /* rikey; secret */
    uint32_t key_id;                     /* rikeyid, two's complement */
    bool rtsp_encrypted;                 /* corever ≥ 1 */
    struct pf_mode mode;                 /* of `mode`; ANNOUNCE wins for the encoder */
    bool hdr;
    unsigned channels;             /* of surroundAudioInfo: 2, 6 or 8 */
    uint32_t gamepad_mask;         /* gcmap / remoteControllersBitmap; 0: none yet */
    uint32_t app_id;               /* of /launch; /resume takes the one that runs */
    char library_id[129];          /* entry to start in the session's display; "": the desktop */
    enum pf_compositor compositor; /* where that entry is to be shown */
};

enum pf_gs_play_verdict {
    PF_GS_PLAY_OK,
    PF_GS_PLAY_BUSY,    /* another client plays, and the policy keeps it; err has the sentence */
    PF_GS_PLAY_FULL,    /* all displays are in use; err has the sentence */
    PF_GS_PLAY_NOTHING, /* /resume, /cancel: no game runs */
    PF_GS_PLAY_FOREIGN, /* /resume, /cancel: it is another client's */
    PF_GS_PLAY_FAILED,  /* err has the sentence */
};

#define PF_GS_SESSION_URL_MAX 96u

/* Begin (or begin again, with new keys) and write sessionUrl0. */
enum pf_gs_play_verdict pf_gs_play_launch(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    char ret_url[PF_GS_SESSION_URL_MAX], struct pf_error *err);
enum pf_gs_play_verdict pf_gs_play_resume(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    char ret_url[PF_GS_SESSION_URL_MAX], struct pf_error *err);
/* Quits the game: its display does not linger. */
enum pf_gs_play_verdict pf_gs_play_cancel(struct pf_gs_play *play, const uint8_t fingerprint[32]);

/* Id of the game that runs (or lingers and may be resumed); 0: none. */
uint32_t pf_gs_play_current_app(const struct pf_gs_play *play);

/* Ends the session of this client, if it is the one that plays. Call it after removing the client from the
 * store. */
void pf_gs_play_cut(struct pf_gs_play *play, const uint8_t fingerprint[32]);

enum pf_gs_play_state {
    PF_GS_PLAY_IDLE,     /* no game */
    PF_GS_PLAY_LAUNCHED, /* the client has not come with RTSP yet, or has dropped and may resume */
    PF_GS_PLAY_STREAMING,
};

/* For the management API. */
struct pf_gs_play_info {
    uint32_t number; /* of session/number.h; stays when the client resumes; 0: no game */
    enum pf_gs_play_state state;
    bool audio_streaming;
    uint8_t fingerprint[32];
    char label[65];
    struct pf_mode mode; /* in force */
    enum pf_codec codec;
    uint32_t bitrate_kbps, packet_size;
    unsigned min_fec;
    struct pf_sent_figures sent;
    uint64_t started_real_ns;
};
void pf_gs_play_info(const struct pf_gs_play *play, struct pf_gs_play_info *ret_info);

/* The next picture is an IDR. -ENOENT: nothing streams. */
int pf_gs_play_request_idr(struct pf_gs_play *play);
/* Ends the stream as the management API's stop does (12.7). -ENOENT: nothing runs. */
int pf_gs_play_end(struct pf_gs_play *play);

#endif

/* The playing half's own state. Private to src/gamestream/play and its tests. */
#ifndef PF_GAMESTREAM_PLAY_PLAY_IMPL_H
#define PF_GAMESTREAM_PLAY_PLAY_IMPL_H

#include "gamestream/play/session.h"
#include "session/machine.h"

#define PF_GS_SCOPE "gamestream"

/* What tests replace. */
struct pf_gs_play_hooks {
    void *user;
    struct pf_host_facts (*facts)(void *user); /* on a worker */
    void (*policy)(void *user, struct pf_display_policy *ret_policy);
    /* As pf_virtual_feed_start. */
    int (*start_feed)(void *user, const struct pf_session_plan *plan, const struct pf_feed_sink *sink,
        struct pf_feed **ret_feed, struct pf_error *err);
};

/* How long things may take (8.2, 8.4); tests shorten them. */
struct pf_gs_play_limits {
    uint64_t pending_ns;     /* without progress of RTSP: 10 s */
    uint64_t connect_ns;     /* ANNOUNCE to the control connection: 10 s */
    uint64_t ping_ns;        /* from there to the first ping for video: 10 s */
    uint64_t predecessor_ns; /* for the sessions before to give their displays up: 2 s */
    uint64_t goodbye_ns;     /* for the termination message to be acknowledged: 1 s */
};

/* The game that runs, or whose display waits for its client. */
struct pf_gs_game {
    bool exists;
    uint32_t number; /* of session/number.h */
    uint8_t fingerprint[32];
    char label[65], library_id[129];
    enum pf_compositor compositor;
    uint32_t app_id;
};

struct pf_gs_play {
    struct pf_loop *loop;
    struct pf_gs_play_config config;
    struct pf_gs_play_deps deps;
    struct pf_gs_play_callbacks callbacks;
    struct pf_gs_play_hooks hooks;
    struct pf_gs_play_limits limits;
    struct pf_session_policy policy;
    int parity_pin; /* PUNKTFUNK_FEC_PCT; −1: it follows the loss */

    struct pf_gs_rtsp_server *rtsp;
    struct pf_gs_control_host *control;
    struct pf_gs_media_ports *media;

    struct pf_gs_session *first, *last; /* those that end included, oldest first */
    struct pf_gs_session *current;      /* the one that plays; NULL: none */
    struct pf_gs_game game;
    struct pf_timer *game_timer; /* its display lingers until then */
    struct pf_timer *wake_timer; /* a request waits for the session before */
    unsigned workers;
    bool stopping, rtsp_gone;
};

/* For tests, before the first launch. */
void pf_gs_play_set_hooks(struct pf_gs_play *play, const struct pf_gs_play_hooks *hooks);

/* A session ends: the game goes on waiting for its client if `resumable`. */
void pf_gs_play_lost(struct pf_gs_play *play, struct pf_gs_session *s, bool resumable);
/* A session is gone. May free `play`. */
void pf_gs_play_removed(struct pf_gs_play *play);
void pf_gs_play_changed(struct pf_gs_play *play);
/* Nothing runs, and nobody may come back. */
void pf_gs_play_end_game(struct pf_gs_play *play);
/* Removes what displays linger for the client with this label; takes its time, elsewhere. */
void pf_gs_play_release_display(struct pf_gs_play *play, const char *label);
/* The last part of it may just have gone. */
void pf_gs_play_free_if_stopped(struct pf_gs_play *play);
/* Whether a session that it replaces has not ended yet and may still get its time. */
bool pf_gs_play_has_predecessor(struct pf_gs_play *play, const struct pf_gs_session *s);

#endif

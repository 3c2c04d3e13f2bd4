#include "gamestream/play.h"

#include "base/env.h"
#include "base/log.h"
#include "gamestream/play/play_impl.h"
#include "net/address.h"
#include "session/virtual_feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RTSP_PORT      48010
#define CONTROL_PORT   47999
#define VIDEO_PORT     47998
#define AUDIO_PORT     48000
#define PARITY_PERCENT 20

/* ---- hooks ----------------------------------------------------------------------------------------------
 */

static struct pf_host_facts real_facts(void *user)
{
    const struct pf_gs_play *play = user;
    return pf_machine_facts(play->deps.machine);
}

static void real_policy(void *user, struct pf_display_policy *ret_policy)
{
    const struct pf_gs_play *play = user;
    struct pf_error err;
    if (pf_display_policy_load(play->deps.config_dir, ret_policy, &err) < 0)
        pf_log_warn(PF_GS_SCOPE, "%s", err.text);
}

static int real_feed(void *user, const struct pf_session_plan *plan, const struct pf_feed_sink *sink,
    struct pf_feed **ret_feed, struct pf_error *err)
{
    const struct pf_gs_play *play = user;
    struct pf_machine machine = pf_machine_of((struct pf_real_machine *)play->deps.machine);
    return pf_virtual_feed_start(plan, &machine, sink, ret_feed, err);
}

void pf_gs_play_set_hooks(struct pf_gs_play *play, const struct pf_gs_play_hooks *hooks)
{
    play->hooks = *hooks;
}

/* ---- who is expected ------------------------------------------------------------------------------------
 */

static bool is_owner(const struct pf_gs_play *play, const struct sockaddr *from)
{
    return play->current && pf_address_same_ip((const struct sockaddr *)&play->current->launch.peer, from);
}

static bool expects(void *user, const struct sockaddr *from)
{
    return is_owner(user, from);
}

/* Sessions that end still say goodbye. */
static bool expects_control(void *user, const struct sockaddr *from)
{
    const struct pf_gs_play *play = user;
    for (const struct pf_gs_session *s = play->first; s; s = s->next)
        if (pf_address_same_ip((const struct sockaddr *)&s->launch.peer, from))
            return true;
    return false;
}

/* ---- RTSP -----------------------------------------------------------------------------------------------
 */

static struct pf_gs_rtsp_seal *rtsp_seal(void *user, const struct sockaddr *from)
{
    const struct pf_gs_play *play = user;
    return is_owner(play, from) && play->current->launch.rtsp_encrypted ? &play->current->rtsp_seal : NULL;
}

static enum pf_gs_rtsp_answer rtsp_request(
    void *user, const struct pf_gs_rtsp_request *q, const struct sockaddr *from, struct pf_gs_rtsp_reply *r)
{
    struct pf_gs_play *play = user;
    int status = 401;
    if (q->method == PF_GS_RTSP_OPTIONS)
        status = 200;
    else if (is_owner(play, from))
        return pf_gs_session_request(play->current, q, r);
    pf_gs_rtsp_reply_begin(r, r->buf, r->cap, status, q->cseq);
    if (status == 200)
        pf_gs_rtsp_reply_header(r, "Public", "OPTIONS DESCRIBE SETUP ANNOUNCE PLAY TEARDOWN");
    return pf_gs_rtsp_reply_end(r, "", 0) < 0 ? PF_GS_RTSP_CLOSE : PF_GS_RTSP_REPLIED;
}

/* ---- control --------------------------------------------------------------------------------------------
 */

static struct pf_gs_session *session_of_peer(struct pf_gs_play *play, pf_gs_peer peer)
{
    struct pf_gs_session *s = play->first;
    while (s && s->peer != peer)
        s = s->next;
    return s;
}

static bool control_connected(void *user, pf_gs_peer peer, uint32_t connect_data, const struct sockaddr *from)
{
    struct pf_gs_play *play = user;
    struct pf_gs_session *s = play->current;
    if (!is_owner(play, from) || connect_data != s->connect_data || !pf_gs_session_connected(s, peer)) {
        pf_log_info(PF_GS_SCOPE, "a control connection that does not belong to the session was sent away");
        return false;
    }
    return true;
}

static void control_received(void *user, pf_gs_peer peer, const uint8_t *data, size_t len)
{
    struct pf_gs_session *s = session_of_peer(user, peer);
    if (s)
        pf_gs_session_received(s, data, len);
}

static void control_disconnected(void *user, pf_gs_peer peer)
{
    struct pf_gs_session *s = session_of_peer(user, peer);
    if (s)
        pf_gs_session_disconnected(s);
}

/* ---- media ----------------------------------------------------------------------------------------------
 */

static void ping(
    void *user, enum pf_gs_media media, const uint8_t *data, size_t len, const struct sockaddr_storage *from)
{
    struct pf_gs_play *play = user;
    struct pf_gs_session *s = play->current;
    if (!is_owner(play, (const struct sockaddr *)from))
        return;
    /* Before ANNOUNCE nobody knows which kind the client sends; audio pings come that early. */
    bool known = s->state != PF_GS_SESSION_PENDING;
    bool by_payload = !known || s->wish.client_features & PF_GS_CLIENT_SESSION_ID;
    if (pf_gs_is_ping(data, len, by_payload, s->ping_payload))
        pf_gs_session_ping(s, media, from);
}

/* ---- sessions come and go -------------------------------------------------------------------------------
 */

void pf_gs_play_changed(struct pf_gs_play *play)
{
    if (play->callbacks.changed)
        play->callbacks.changed(play->callbacks.user);
}

static void end_game(struct pf_gs_play *play)
{
    play->game = (struct pf_gs_game){0};
    pf_timer_disarm(play->game_timer);
}

static void game_expired(void *user)
{
    struct pf_gs_play *play = user;
    if (play->current)
        return;
    pf_log_info(PF_GS_SCOPE, "\"%s\" did not come back: its game is over", play->game.label);
    end_game(play);
    pf_gs_play_changed(play);
}

/* As long as its display stays. */
static void let_linger(struct pf_gs_play *play)
{
    struct pf_display_policy policy;
    play->hooks.policy(play->hooks.user, &policy);
    if (policy.linger.kind == PF_LINGER_IMMEDIATE)
        end_game(play);
    else if (policy.linger.kind == PF_LINGER_FOR)
        pf_timer_arm(play->game_timer, policy.linger.duration_ns);
}

void pf_gs_play_lost(struct pf_gs_play *play, struct pf_gs_session *s, bool resumable)
{
    if (play->current != s)
        return;
    play->current = NULL;
    if (resumable && !play->stopping)
        let_linger(play);
    else
        end_game(play);
    pf_gs_play_changed(play);
}

bool pf_gs_play_has_predecessor(struct pf_gs_play *play, const struct pf_gs_session *s)
{
    uint64_t end = s->begun_ns + play->limits.predecessor_ns, now = pf_time_mono_ns();
    if (now >= end)
        return false;
    for (const struct pf_gs_session *o = play->first; o; o = o->next)
        if (o != s && o->feed && !o->feed_over) {
            pf_timer_arm(play->wake_timer, end - now);
            return true;
        }
    return false;
}

static void wake_rtsp(void *user)
{
    struct pf_gs_play *play = user;
    pf_gs_rtsp_server_wake(play->rtsp);
}

static void free_if_stopped(struct pf_gs_play *play)
{
    if (!play->stopping || play->first || play->workers || !play->rtsp_gone)
        return;
    struct pf_gs_play_callbacks callbacks = play->callbacks;
    pf_gs_control_host_stop(play->control);
    pf_gs_media_ports_close(play->media);
    pf_timer_destroy(play->game_timer);
    pf_timer_destroy(play->wake_timer);
    free((char *)play->config.bind_address);
    free((char *)play->deps.config_dir);
    free(play);
    if (callbacks.stopped)
        callbacks.stopped(callbacks.user);
}

void pf_gs_play_removed(struct pf_gs_play *play)
{
    if (play->stopping) {
        free_if_stopped(play);
        return;
    }
    if (play->current) { /* it may wait for the one that is gone */
        pf_timer_arm(play->wake_timer, 0);
        pf_gs_session_try_video(play->current);
    }
}

/* ---- launch, resume, cancel -----------------------------------------------------------------------------
 */

static bool same_client(const uint8_t a[32], const uint8_t b[32])
{
    return !memcmp(a, b, 32);
}

static void write_url(const struct pf_gs_play *play, const struct pf_gs_launch *launch, char *out)
{
    struct sockaddr_storage local;
    char text[PF_ADDRESS_TEXT];
    pf_address_unmap((const struct sockaddr *)&launch->local, &local);
    pf_address_set_port(&local, pf_gs_rtsp_server_port(play->rtsp));
    snprintf(out, PF_GS_SESSION_URL_MAX, "%s://%s", launch->rtsp_encrypted ? "rtspenc" : "rtsp",
        pf_address_format((const struct sockaddr *)&local, text));
}

/* What the owner's display policy says to another client that plays. One game runs at a time, so whoever is
 * let in takes over. */
static enum pf_gs_play_verdict judge(
    struct pf_gs_play *play, const struct pf_gs_launch *launch, struct pf_error *err)
{
    struct pf_display_policy policy;
    struct pf_ticket ticket = {.has_fingerprint = true}, *other;
    memcpy(ticket.fingerprint, launch->fingerprint, sizeof(ticket.fingerprint));
    play->hooks.policy(play->hooks.user, &policy);
    if (pf_admission_judge(&play->admission, &ticket, &policy, &other) != PF_ADMIT_BUSY)
        return PF_GS_PLAY_OK;
    const struct pf_gs_session *s = other->user;
    const struct pf_mode *m = s->mode.width ? &s->mode : &s->launch.mode;
    pf_error_set(err, -EBUSY, "host busy: streaming %ux%u@%u to %s", m->width, m->height,
        (m->refresh_mhz + 500) / 1000, s->launch.label);
    return PF_GS_PLAY_BUSY;
}

static void end_current(struct pf_gs_play *play, const char *why)
{
    if (play->current)
        pf_gs_session_end(play->current, PF_GS_TERMINATED_GRACEFULLY, false, why);
}

static enum pf_gs_play_verdict begin(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    char ret_url[PF_GS_SESSION_URL_MAX], struct pf_error *err)
{
    struct pf_gs_session *s;
    if (play->stopping) {
        pf_error_set(err, -ESHUTDOWN, "the host stops");
        return PF_GS_PLAY_FAILED;
    }
    if (pf_gs_session_create(play, launch, &s, err) < 0)
        return PF_GS_PLAY_FAILED;
    end_game(play);
    play->game = (struct pf_gs_game){.exists = true, .app_id = launch->app_id};
    memcpy(play->game.fingerprint, launch->fingerprint, sizeof(play->game.fingerprint));
    memcpy(play->game.label, launch->label, sizeof(play->game.label));
    memcpy(play->game.library_id, launch->library_id, sizeof(play->game.library_id));
    play->current = s;
    write_url(play, launch, ret_url);
    pf_log_info(PF_GS_SCOPE, "launched client=\"%s\" app=%u rtsp=%s", launch->label, launch->app_id,
        launch->rtsp_encrypted ? "sealed" : "plain");
    pf_gs_play_changed(play);
    return PF_GS_PLAY_OK;
}

enum pf_gs_play_verdict pf_gs_play_launch(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    char ret_url[PF_GS_SESSION_URL_MAX], struct pf_error *err)
{
    bool own = play->game.exists && same_client(play->game.fingerprint, launch->fingerprint);
    if (play->current && !own) {
        enum pf_gs_play_verdict verdict = judge(play, launch, err);
        if (verdict != PF_GS_PLAY_OK)
            return verdict;
    }
    end_current(play, own ? "the client begins anew" : "another client takes over");
    return begin(play, launch, ret_url, err);
}

enum pf_gs_play_verdict pf_gs_play_resume(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    char ret_url[PF_GS_SESSION_URL_MAX], struct pf_error *err)
{
    if (!play->game.exists) {
        pf_error_set(err, -ENOENT, "no game runs");
        return PF_GS_PLAY_NOTHING;
    }
    if (!same_client(play->game.fingerprint, launch->fingerprint)) {
        pf_error_set(err, -EACCES, "the game was started by another device");
        return PF_GS_PLAY_FOREIGN;
    }
    struct pf_gs_launch again = *launch;
    again.app_id = play->game.app_id;
    memcpy(again.library_id, play->game.library_id, sizeof(again.library_id));
    end_current(play, "the client resumes");
    enum pf_gs_play_verdict verdict = begin(play, &again, ret_url, err);
    explicit_bzero(&again, sizeof(again));
    return verdict;
}

/* ---- kept displays go with the game: removing one takes time --------------------------------------------
 */

struct release_work {
    uv_work_t uv;
    struct pf_gs_play *play;
    struct pf_registry *registry;
    char label[65];
};

static void release(uv_work_t *uv)
{
    enum { ROWS = 16 };
    struct release_work *w = uv->data;
    struct pf_display_row rows[ROWS];
    size_t n = pf_registry_snapshot(w->registry, rows, ROWS);
    for (size_t i = 0; i < n && i < ROWS; i++)
        if (rows[i].state == PF_LIFECYCLE_LINGERING &&
            !strncmp(rows[i].client, w->label, sizeof(rows[i].client) - 1))
            pf_registry_force_release(w->registry, rows[i].slot);
}

static void released(uv_work_t *uv, int status)
{
    struct release_work *w = uv->data;
    struct pf_gs_play *play = w->play;
    free(w);
    play->workers--;
    free_if_stopped(play);
}

static void release_display(struct pf_gs_play *play, const char *label)
{
    struct release_work *w =
        play->deps.machine && play->deps.machine->registry ? calloc(1, sizeof(*w)) : NULL;
    if (!w)
        return;
    *w = (struct release_work){.play = play, .registry = play->deps.machine->registry};
    snprintf(w->label, sizeof(w->label), "%s", label);
    w->uv.data = w;
    if (uv_queue_work(pf_loop_uv(play->loop), &w->uv, release, released) == 0)
        play->workers++;
    else
        free(w);
}

static void quit(struct pf_gs_play *play, const char *why)
{
    char label[sizeof(play->game.label)];
    memcpy(label, play->game.label, sizeof(label));
    for (struct pf_gs_session *s = play->first, *next; s; s = next) {
        next = s->next;
        if (same_client(s->launch.fingerprint, play->game.fingerprint))
            pf_gs_session_end(s, PF_GS_TERMINATED_GRACEFULLY, true, why);
    }
    end_game(play);
    release_display(play, label);
    pf_gs_play_changed(play);
}

enum pf_gs_play_verdict pf_gs_play_cancel(struct pf_gs_play *play, const uint8_t fingerprint[32])
{
    if (!play->game.exists)
        return PF_GS_PLAY_NOTHING;
    if (!same_client(play->game.fingerprint, fingerprint))
        return PF_GS_PLAY_FOREIGN;
    quit(play, "the client quits");
    return PF_GS_PLAY_OK;
}

void pf_gs_play_cut(struct pf_gs_play *play, const uint8_t fingerprint[32])
{
    if (play->game.exists && same_client(play->game.fingerprint, fingerprint))
        quit(play, "the client is no longer paired");
}

int pf_gs_play_end(struct pf_gs_play *play)
{
    if (!play->game.exists)
        return -ENOENT;
    quit(play, "it was stopped");
    return 0;
}

/* ---- facts ----------------------------------------------------------------------------------------------
 */

uint32_t pf_gs_play_current_app(const struct pf_gs_play *play)
{
    return play->game.exists ? play->game.app_id : 0;
}

int pf_gs_play_request_idr(struct pf_gs_play *play)
{
    struct pf_gs_session *s = play->current;
    if (!s || !s->has_started)
        return -ENOENT;
    s->feed->ops->keyframe(s->feed);
    return 0;
}

static void session_info(struct pf_gs_session *s, struct pf_gs_play_info *ret)
{
    struct pf_gs_video_state video;
    ret->mode = s->mode.width ? s->mode : s->launch.mode;
    if (!s->video)
        return;
    pf_gs_video_state(s->video, &video);
    ret->state = PF_GS_PLAY_STREAMING;
    ret->audio_streaming = s->audio && pf_gs_audio_sender_has_begun(s->audio);
    ret->codec = s->plan.codec;
    ret->bitrate_kbps = s->bitrate_kbps;
    ret->packet_size = s->wish.packet_size;
    ret->min_fec = s->wish.min_parity;
    ret->fps = video.fps;
    ret->started_real_ns = s->started_real_ns;
}

void pf_gs_play_info(const struct pf_gs_play *play, struct pf_gs_play_info *ret_info)
{
    *ret_info = (struct pf_gs_play_info){.state = play->game.exists ? PF_GS_PLAY_LAUNCHED : PF_GS_PLAY_IDLE};
    memcpy(ret_info->fingerprint, play->game.fingerprint, sizeof(ret_info->fingerprint));
    memcpy(ret_info->label, play->game.label, sizeof(ret_info->label));
    if (play->current)
        session_info(play->current, ret_info);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static uint16_t port_or(uint16_t port, uint16_t otherwise)
{
    return port ? port : otherwise;
}

static void rtsp_stopped(void *user)
{
    struct pf_gs_play *play = user;
    play->rtsp_gone = true;
    free_if_stopped(play);
}

static int listen_all(struct pf_gs_play *play, struct pf_error *err)
{
    const struct pf_gs_play_config *c = &play->config;
    const struct pf_gs_control_events control = {.user = play,
        .expects = expects_control,
        .connected = control_connected,
        .received = control_received,
        .disconnected = control_disconnected};
    const struct pf_gs_media_events media = {.user = play, .ping = ping};
    const struct pf_gs_rtsp_events rtsp = {.user = play,
        .seal = rtsp_seal,
        .request = rtsp_request,
        .expects = expects,
        .stopped = rtsp_stopped};
    int rc = pf_gs_control_host_start(
        play->loop, c->bind_address, port_or(c->control_port, CONTROL_PORT), &control, &play->control, err);
    if (rc == 0)
        rc = pf_gs_media_ports_open(play->loop, c->bind_address, port_or(c->video_port, VIDEO_PORT),
            port_or(c->audio_port, AUDIO_PORT), &media, &play->media, err);
    if (rc == 0)
        rc = pf_gs_rtsp_server_start(
            play->loop, c->bind_address, port_or(c->rtsp_port, RTSP_PORT), NULL, &rtsp, &play->rtsp, err);
    return rc;
}

static int copy_texts(struct pf_gs_play *play)
{
    const char *bind = play->config.bind_address, *dir = play->deps.config_dir;
    play->config.bind_address = bind ? strdup(bind) : NULL;
    play->deps.config_dir = dir ? strdup(dir) : NULL;
    return (bind && !play->config.bind_address) || (dir && !play->deps.config_dir) ? -ENOMEM : 0;
}

int pf_gs_play_start(struct pf_loop *loop, const struct pf_gs_play_config *config,
    const struct pf_gs_play_deps *deps, const struct pf_gs_play_callbacks *callbacks,
    struct pf_gs_play **ret_play, struct pf_error *err)
{
    struct pf_gs_play *play = calloc(1, sizeof(*play));
    if (!play)
        return pf_error_set(err, -ENOMEM, "there is no memory for GameStream");
    *play = (struct pf_gs_play){.loop = loop,
        .config = *config,
        .deps = *deps,
        .callbacks = *callbacks,
        .hooks = {.user = play, .facts = real_facts, .policy = real_policy, .start_feed = real_feed},
        .limits = {.pending_ns = 10 * PF_NS_PER_S,
            .connect_ns = 10 * PF_NS_PER_S,
            .ping_ns = 10 * PF_NS_PER_S,
            .predecessor_ns = 2 * PF_NS_PER_S,
            .goodbye_ns = PF_NS_PER_S},
        .policy = pf_session_policy_from_env(),
        .parity_percent = (unsigned)pf_env_long("PUNKTFUNK_FEC_PCT", 0, 255, PARITY_PERCENT)};
    pf_admission_init(&play->admission, 0, 0);
    int rc = copy_texts(play);
    if (rc == 0)
        rc = pf_timer_create(loop, game_expired, play, &play->game_timer);
    if (rc == 0)
        rc = pf_timer_create(loop, wake_rtsp, play, &play->wake_timer);
    if (rc < 0)
        pf_error_set(err, rc, "there is no memory for GameStream");
    else
        rc = listen_all(play, err);
    if (rc == 0) {
        *ret_play = play;
        return 0;
    }
    play->stopping = play->rtsp_gone = true;
    play->callbacks.stopped = NULL;
    free_if_stopped(play);
    return rc;
}

void pf_gs_play_stop(struct pf_gs_play *play)
{
    if (play->stopping)
        return;
    play->stopping = true;
    for (struct pf_gs_session *s = play->first, *next; s; s = next) {
        next = s->next;
        pf_gs_session_end(s, PF_GS_TERMINATED_GRACEFULLY, false, "the host stops");
    }
    pf_gs_rtsp_server_stop(play->rtsp);
}

#include "gamestream/play.h"

#include "base/env.h"
#include "base/log.h"
#include "gamestream/play/play_impl.h"
#include "gamestream/well_known.h"
#include "net/address.h"
#include "session/virtual_feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void pf_gs_play_end_game(struct pf_gs_play *play)
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
    pf_gs_play_end_game(play);
    pf_gs_play_changed(play);
}

/* As long as its display stays. */
static void let_linger(struct pf_gs_play *play)
{
    struct pf_display_policy policy;
    play->hooks.policy(play->hooks.user, &policy);
    if (policy.linger.kind == PF_LINGER_IMMEDIATE)
        pf_gs_play_end_game(play);
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
        pf_gs_play_end_game(play);
    pf_gs_play_changed(play);
}

bool pf_gs_play_has_predecessor(struct pf_gs_play *play, const struct pf_gs_session *s)
{
    uint64_t now = pf_time_mono_ns();
    if (!pf_seat_must_wait(play->deps.seats, &s->seat, now))
        return false;
    pf_timer_arm(play->wake_timer, s->seat.wait_until_ns - now);
    return true;
}

static void wake_rtsp(void *user)
{
    struct pf_gs_play *play = user;
    pf_gs_rtsp_server_wake(play->rtsp);
}

void pf_gs_play_free_if_stopped(struct pf_gs_play *play)
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
        pf_gs_play_free_if_stopped(play);
        return;
    }
    if (play->current) /* it may wait for the socket of the one that is gone */
        pf_gs_session_try_video(play->current);
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
    pf_gs_play_free_if_stopped(play);
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
    int rc = pf_gs_control_host_start(play->loop, c->bind_address,
        port_or(c->control_port, PF_GAMESTREAM_CONTROL_PORT), &control, &play->control, err);
    if (rc == 0)
        rc = pf_gs_media_ports_open(play->loop, c->bind_address,
            port_or(c->video_port, PF_GAMESTREAM_VIDEO_PORT),
            port_or(c->audio_port, PF_GAMESTREAM_AUDIO_PORT), &media, &play->media, err);
    if (rc == 0)
        rc = pf_gs_rtsp_server_start(play->loop, c->bind_address,
            port_or(c->rtsp_port, PF_GAMESTREAM_RTSP_PORT), NULL, &rtsp, &play->rtsp, err);
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
        .parity_pin = (int)pf_env_long("PUNKTFUNK_FEC_PCT", 0, 255, -1)};
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
    pf_gs_play_free_if_stopped(play);
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

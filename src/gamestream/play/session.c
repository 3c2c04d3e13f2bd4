#include "gamestream/play/session.h"

#include "base/hex.h"
#include "base/log.h"
#include "gamestream/play/play_impl.h"
#include "net/media_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* ---- what the machine can do: a worker looks ------------------------------------------------------------
 */

struct pf_gs_facts_work {
    uv_work_t uv;
    struct pf_gs_session *session;
    struct pf_gs_play_hooks hooks;
    struct pf_host_facts facts;
};

static void look(uv_work_t *uv)
{
    struct pf_gs_facts_work *w = uv->data;
    w->facts = w->hooks.facts(w->hooks.user);
}

static void looked(uv_work_t *uv, int status)
{
    struct pf_gs_facts_work *w = uv->data;
    struct pf_gs_session *s = w->session;
    s->work = NULL;
    s->has_facts = true;
    s->facts = w->facts;
    free(w);
    if (s->state == PF_GS_SESSION_ENDING)
        pf_gs_session_free_if_over(s);
    else
        pf_gs_rtsp_server_wake(s->play->rtsp);
}

static int begin_look(struct pf_gs_session *s)
{
    struct pf_gs_facts_work *w = calloc(1, sizeof(*w));
    if (!w)
        return -ENOMEM;
    *w = (struct pf_gs_facts_work){.session = s, .hooks = s->play->hooks};
    w->uv.data = w;
    s->work = w;
    return uv_queue_work(pf_loop_uv(s->play->loop), &w->uv, look, looked);
}

/* ---- the end --------------------------------------------------------------------------------------------
 */

static void unlink_session(struct pf_gs_session *s)
{
    struct pf_gs_play *play = s->play;
    *(s->prev ? &s->prev->next : &play->first) = s->next;
    *(s->next ? &s->next->prev : &play->last) = s->prev;
}

static void free_session(struct pf_gs_session *s)
{
    if (s->feed)
        s->feed->ops->destroy(s->feed);
    pf_gs_video_destroy(s->video);
    pf_signal_destroy(s->signal);
    pf_timer_destroy(s->timer);
    pf_gs_rtsp_seal_finish(&s->rtsp_seal);
    if (s->has_seal)
        pf_gs_control_seal_finish(&s->control_seal);
    pthread_mutex_destroy(&s->news.lock);
    explicit_bzero(&s->launch, sizeof(s->launch));
    free(s);
}

/* Its display is free. */
static void leave_seat(struct pf_gs_session *s)
{
    if (s->state == PF_GS_SESSION_ENDING && (!s->feed || s->feed_over))
        pf_seat_leave(s->play->deps.seats, &s->seat);
}

void pf_gs_session_free_if_over(struct pf_gs_session *s)
{
    struct pf_gs_play *play = s->play;
    leave_seat(s);
    if (s->state != PF_GS_SESSION_ENDING || s->work || s->peer || (s->feed && !s->feed_over) ||
        pf_gs_session_holds_video(s))
        return;
    unlink_session(s);
    if (s->quit_late)
        pf_gs_play_release_display(play, s->launch.label);
    free_session(s);
    pf_gs_play_removed(play);
}

static void log_end(struct pf_gs_session *s, const char *why)
{
    struct pf_gs_video_state state = {0};
    if (s->video)
        pf_gs_video_state(s->video, &state);
    pf_log_info(PF_GS_SCOPE,
        "the session has ended client=\"%s\" units=%llu packets=%llu mended=%llu lost=%llu: %s",
        s->launch.label, (unsigned long long)state.units, (unsigned long long)state.packets,
        (unsigned long long)s->blocks_mended, (unsigned long long)s->blocks_lost, why);
}

static void say_goodbye(struct pf_gs_session *s, uint32_t code)
{
    uint8_t out[PF_GS_HOST_MESSAGE_MAX];
    if (!s->peer)
        return;
    if (!code) {
        pf_gs_control_host_reset(s->play->control, s->peer);
        s->peer = 0;
        return;
    }
    pf_gs_session_tell(s, out, pf_gs_write_termination(out, code));
    pf_gs_control_host_disconnect(s->play->control, s->peer);
}

static void stop_media(struct pf_gs_session *s, bool quit)
{
    if (s->video)
        pf_gs_video_stop(s->video);
    if (s->feed && !s->feed_over)
        s->feed->ops->stop(s->feed, quit);
    pf_gs_audio_sender_stop(s->audio);
    pf_session_pads_stop(s->pads);
    s->audio = NULL;
    s->pads = NULL;
}

/* Freed from the loop, so that nobody on the way here loses it under his feet. */
static void finish(void *user)
{
    struct pf_gs_session *s = user;
    if (s->peer) { /* it had its time */
        pf_gs_control_host_reset(s->play->control, s->peer);
        s->peer = 0;
    }
    pf_gs_session_free_if_over(s);
}

void pf_gs_session_end(struct pf_gs_session *s, uint32_t code, bool quit, const char *why)
{
    bool resumable = !quit && s->played && code != PF_GS_TERMINATED_GRACEFULLY;
    if (s->state == PF_GS_SESSION_ENDING) {
        if (quit && s->feed && !s->feed_over) {
            s->feed->ops->stop(s->feed, true);
            s->quit_late = true;
        }
        return;
    }
    log_end(s, why);
    pf_seat_end(s->play->deps.seats, &s->seat);
    say_goodbye(s, code);
    pf_gs_session_enter(s, PF_GS_SESSION_ENDING, s->peer ? s->play->limits.goodbye_ns : 1);
    stop_media(s, quit);
    explicit_bzero(s->launch.key, sizeof(s->launch.key));
    pf_gs_play_lost(s->play, s, resumable);
    leave_seat(s);
}

void pf_gs_session_disconnected(struct pf_gs_session *s)
{
    s->peer = 0;
    if (s->state == PF_GS_SESSION_ENDING)
        pf_gs_session_enter(s, PF_GS_SESSION_ENDING, 1);
    else
        pf_gs_session_end(s, 0, false, "the client left");
}

/* ---- the beginning --------------------------------------------------------------------------------------
 */

static void expired(void *user)
{
    struct pf_gs_session *s = user;
    switch (s->state) {
    case PF_GS_SESSION_PENDING:
        pf_gs_session_end(s, 0, false, "the client did not come");
        break;
    case PF_GS_SESSION_STARTING:
        pf_gs_session_end(s, 0, false, "the client opened no control connection");
        break;
    case PF_GS_SESSION_RUNNING:
        pf_gs_session_end(s, PF_GS_TERMINATED_GRACEFULLY, false, "the client did not ask for video");
        break;
    case PF_GS_SESSION_ENDING:
        finish(s);
        break;
    }
}

void pf_gs_session_enter(struct pf_gs_session *s, enum pf_gs_session_state state, uint64_t limit_ns)
{
    s->state = state;
    if (limit_ns)
        pf_timer_arm(s->timer, limit_ns);
    else
        pf_timer_disarm(s->timer);
}

static int draw_secrets(struct pf_gs_session *s)
{
    uint8_t random[20];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return -EIO;
    pf_hex_encode(random, 8, s->id);
    pf_hex_encode(random + 8, 8, s->ping_payload);
    memcpy(&s->connect_data, random + 16, 4);
    s->connect_data |= 1; /* never the 0 of those who were told nothing */
    return 0;
}

int pf_gs_session_create(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    struct pf_gs_session **ret_session, struct pf_error *err)
{
    struct pf_gs_session *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "there is no memory for another session");
    s->play = play;
    s->launch = *launch;
    s->begun_ns = pf_time_mono_ns();
    s->noise = (struct pf_rate_limit){.interval_ns = 10 * PF_NS_PER_S, .burst = 3};
    s->seat = pf_gs_seat_of(launch);
    s->seat.user = s;
    pthread_mutex_init(&s->news.lock, NULL);
    int rc = draw_secrets(s);
    if (rc == 0)
        rc = pf_timer_create(play->loop, expired, s, &s->timer);
    if (rc == 0 && launch->rtsp_encrypted)
        rc = pf_gs_rtsp_seal_init(&s->rtsp_seal, launch->key);
    if (rc == 0)
        rc = begin_look(s);
    if (rc < 0) {
        free(s->work);
        free_session(s);
        return pf_error_set(err, rc, "the session could not be prepared: %s", strerror(-rc));
    }
    pf_gs_session_control_init(s);
    s->prev = play->last;
    *(play->last ? &play->last->next : &play->first) = s;
    play->last = s;
    pf_gs_session_enter(s, PF_GS_SESSION_PENDING, play->limits.pending_ns);
    *ret_session = s;
    return 0;
}

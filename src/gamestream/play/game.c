/* The one game: who may begin, resume and quit it (docs/spec/gamestream.md 2.7, 8.2, 8.3). */
#include "base/log.h"
#include "gamestream/play/play_impl.h"
#include "net/address.h"
#include "session/launcher.h"
#include "session/number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- who else plays --------------------------------------------------------------------------------------
 */

static void describe(const struct pf_seat *seat, struct pf_mode *ret_mode, char *ret_label)
{
    const struct pf_gs_session *s = seat->user;
    *ret_mode = s->mode.width ? s->mode : s->joined.width ? s->joined : s->launch.mode;
    snprintf(ret_label, PF_SEAT_LABEL, "%s", s->launch.label);
}

static void end(struct pf_seat *seat, const char *why)
{
    pf_gs_session_end(seat->user, PF_GS_TERMINATED_GRACEFULLY, false, why);
}

static void wake(struct pf_seat *seat)
{
    struct pf_gs_session *s = seat->user;
    pf_timer_arm(s->play->wake_timer, 0);
}

struct pf_seat pf_gs_seat_of(const struct pf_gs_launch *launch)
{
    static const struct pf_seat_ops ops = {.describe = describe, .end = end, .wake = wake};
    struct pf_seat seat = {.ops = &ops,
        .protocol = PF_SEAT_GAMESTREAM,
        .needs_display = true,
        .replaces_own = true,
        .has_fingerprint = true};
    memcpy(seat.fingerprint, launch->fingerprint, sizeof(seat.fingerprint));
    return seat;
}

/* OK: the judgement says how it is let in. */
static enum pf_gs_play_verdict judge(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    struct pf_judgement *ret_judgement, struct pf_error *err)
{
    struct pf_display_policy policy;
    const struct pf_seat seat = pf_gs_seat_of(launch);
    play->hooks.policy(play->hooks.user, &policy);
    pf_seats_judge(play->deps.seats, &seat, &policy, ret_judgement);
    pf_error_set(err, -EBUSY, "%s", ret_judgement->why);
    return ret_judgement->verdict == PF_VERDICT_BUSY   ? PF_GS_PLAY_BUSY
           : ret_judgement->verdict == PF_VERDICT_FULL ? PF_GS_PLAY_FULL
                                                       : PF_GS_PLAY_OK;
}

/* What was started for its client ends, whether anybody shows it or not. */
static void quit_titles(struct pf_gs_play *play)
{
    if (play->deps.machine && play->deps.machine->launcher)
        pf_launcher_quit(play->deps.machine->launcher, play->game.fingerprint);
}

static enum pf_gs_play_verdict begin(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    const struct pf_judgement *judgement, uint32_t number, char ret_url[PF_GS_SESSION_URL_MAX],
    struct pf_error *err)
{
    struct pf_gs_session *s;
    if (play->stopping) {
        pf_error_set(err, -ESHUTDOWN, "the host stops");
        return PF_GS_PLAY_FAILED;
    }
    if (pf_gs_session_create(play, launch, &s, err) < 0)
        return PF_GS_PLAY_FAILED;
    s->joined = judgement->joined;
    pf_seat_claim(play->deps.seats, &s->seat, judgement, s->begun_ns, play->limits.predecessor_ns);
    pf_seat_take(play->deps.seats, &s->seat);
    pf_gs_play_end_game(play);
    s->number = number;
    play->game = (struct pf_gs_game){.exists = true, .number = number, .app_id = launch->app_id};
    memcpy(play->game.fingerprint, launch->fingerprint, sizeof(play->game.fingerprint));
    memcpy(play->game.label, launch->label, sizeof(play->game.label));
    memcpy(play->game.library_id, launch->library_id, sizeof(play->game.library_id));
    play->game.compositor = launch->compositor;
    play->current = s;
    write_url(play, launch, ret_url);
    pf_log_info(PF_GS_SCOPE, "launched client=\"%s\" app=%u rtsp=%s", launch->label, launch->app_id,
        launch->rtsp_encrypted ? "sealed" : "plain");
    pf_gs_play_changed(play);
    return PF_GS_PLAY_OK;
}

static bool owns_game(const struct pf_gs_play *play, const struct pf_gs_launch *launch)
{
    return play->game.exists && same_client(play->game.fingerprint, launch->fingerprint);
}

enum pf_gs_play_verdict pf_gs_play_launch(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    char ret_url[PF_GS_SESSION_URL_MAX], struct pf_error *err)
{
    struct pf_judgement judgement;
    enum pf_gs_play_verdict verdict = judge(play, launch, &judgement, err);
    if (verdict != PF_GS_PLAY_OK)
        return verdict;
    if (owns_game(play, launch) && strcmp(play->game.library_id, launch->library_id) != 0)
        quit_titles(play);
    return begin(play, launch, &judgement, pf_session_number(), ret_url, err);
}

enum pf_gs_play_verdict pf_gs_play_resume(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    char ret_url[PF_GS_SESSION_URL_MAX], struct pf_error *err)
{
    struct pf_judgement judgement;
    if (!play->game.exists) {
        pf_error_set(err, -ENOENT, "no game runs");
        return PF_GS_PLAY_NOTHING;
    }
    if (!owns_game(play, launch)) {
        pf_error_set(err, -EACCES, "the game was started by another device");
        return PF_GS_PLAY_FOREIGN;
    }
    enum pf_gs_play_verdict verdict = judge(play, launch, &judgement, err);
    if (verdict != PF_GS_PLAY_OK)
        return verdict;
    struct pf_gs_launch again = *launch;
    again.app_id = play->game.app_id;
    memcpy(again.library_id, play->game.library_id, sizeof(again.library_id));
    again.compositor = play->game.compositor;
    verdict = begin(play, &again, &judgement, play->game.number, ret_url, err);
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
    pf_gs_play_free_if_stopped(play);
}

void pf_gs_play_release_display(struct pf_gs_play *play, const char *label)
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
    quit_titles(play);
    char label[sizeof(play->game.label)];
    memcpy(label, play->game.label, sizeof(label));
    for (struct pf_gs_session *s = play->first, *next; s; s = next) {
        next = s->next;
        if (same_client(s->launch.fingerprint, play->game.fingerprint))
            pf_gs_session_end(s, PF_GS_TERMINATED_GRACEFULLY, true, why);
    }
    pf_gs_play_end_game(play);
    pf_gs_play_release_display(play, label);
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
    ret->sent = video.second;
    ret->started_real_ns = s->started_real_ns;
}

void pf_gs_play_info(const struct pf_gs_play *play, struct pf_gs_play_info *ret_info)
{
    *ret_info = (struct pf_gs_play_info){.state = play->game.exists ? PF_GS_PLAY_LAUNCHED : PF_GS_PLAY_IDLE};
    ret_info->number = play->game.exists ? play->game.number : 0;
    memcpy(ret_info->fingerprint, play->game.fingerprint, sizeof(ret_info->fingerprint));
    memcpy(ret_info->label, play->game.label, sizeof(ret_info->label));
    if (play->current)
        session_info(play->current, ret_info);
}

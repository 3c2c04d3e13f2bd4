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

/* What was started for its client ends, whether anybody shows it or not. */
static void quit_titles(struct pf_gs_play *play)
{
    if (play->deps.machine && play->deps.machine->launcher)
        pf_launcher_quit(play->deps.machine->launcher, play->game.fingerprint);
}

static void end_current(struct pf_gs_play *play, const char *why)
{
    if (play->current)
        pf_gs_session_end(play->current, PF_GS_TERMINATED_GRACEFULLY, false, why);
}

static enum pf_gs_play_verdict begin(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    uint32_t number, char ret_url[PF_GS_SESSION_URL_MAX], struct pf_error *err)
{
    struct pf_gs_session *s;
    if (play->stopping) {
        pf_error_set(err, -ESHUTDOWN, "the host stops");
        return PF_GS_PLAY_FAILED;
    }
    if (pf_gs_session_create(play, launch, &s, err) < 0)
        return PF_GS_PLAY_FAILED;
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

enum pf_gs_play_verdict pf_gs_play_launch(struct pf_gs_play *play, const struct pf_gs_launch *launch,
    char ret_url[PF_GS_SESSION_URL_MAX], struct pf_error *err)
{
    bool own = play->game.exists && same_client(play->game.fingerprint, launch->fingerprint);
    if (play->current && !own) {
        enum pf_gs_play_verdict verdict = judge(play, launch, err);
        if (verdict != PF_GS_PLAY_OK)
            return verdict;
    }
    if (own && strcmp(play->game.library_id, launch->library_id) != 0)
        quit_titles(play);
    end_current(play, own ? "the client begins anew" : "another client takes over");
    return begin(play, launch, pf_session_number(), ret_url, err);
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
    again.compositor = play->game.compositor;
    end_current(play, "the client resumes");
    enum pf_gs_play_verdict verdict = begin(play, &again, play->game.number, ret_url, err);
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
    ret->fps = video.fps;
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

/* The media of a session: its feed, what is sent of it, and where to. */
#include "base/hex.h"
#include "base/log.h"
#include "gamestream/play/play_impl.h"
#include "net/media_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- the feed's threads ---------------------------------------------------------------------------------
 */

static int push(void *user, struct pf_access_unit *au)
{
    struct pf_gs_session *s = user;
    return pf_gs_video_push(s->video, au);
}

static void settled(
    void *user, const struct pf_mode *wanted, const struct pf_mode *mode, uint32_t bitrate_kbps)
{
    struct pf_gs_session *s = user;
    pthread_mutex_lock(&s->news.lock);
    s->news.settled = true;
    s->news.mode = *mode;
    s->news.bitrate_kbps = bitrate_kbps;
    pthread_mutex_unlock(&s->news.lock);
    pf_signal_raise(s->signal);
}

static void gap(void *user, uint32_t gap_ms)
{
    (void)user; /* clients see it for themselves, and the next unit is an IDR */
}

static void feed_ended(void *user, int rc, const char *why)
{
    struct pf_gs_session *s = user;
    pthread_mutex_lock(&s->news.lock);
    s->news.ended = true;
    s->news.rc = rc;
    snprintf(s->news.why, sizeof(s->news.why), "%s", why);
    pthread_mutex_unlock(&s->news.lock);
    pf_signal_raise(s->signal);
}

/* ---- news -----------------------------------------------------------------------------------------------
 */

static void read_feed(struct pf_gs_session *s)
{
    pthread_mutex_lock(&s->news.lock);
    bool has_settled = s->news.settled, ended = s->news.ended;
    struct pf_mode mode = s->news.mode;
    uint32_t kbps = s->news.bitrate_kbps;
    int rc = s->news.rc;
    s->news.settled = s->news.ended = false;
    pthread_mutex_unlock(&s->news.lock);
    if (has_settled) {
        s->mode = mode;
        s->bitrate_kbps = kbps;
        pf_gs_video_set_bitrate(s->video, kbps);
        pf_gs_video_set_mode(s->video, &mode);
        pf_gs_play_changed(s->play);
    }
    if (!ended)
        return;
    s->feed_over = true;
    if (rc < 0)
        pf_gs_session_end(s, PF_GS_TERMINATED_CONVERSION, false, s->news.why);
    else
        pf_gs_session_end(s, PF_GS_TERMINATED_GRACEFULLY, false,
            rc == PF_FEED_TITLE_ENDED ? "the title has ended" : "the stream has ended");
}

static void read_video(struct pf_gs_session *s)
{
    struct pf_gs_video_state state;
    pf_gs_video_state(s->video, &state);
    if (state.started && !s->has_started) {
        s->has_started = true;
        pf_log_info(PF_GS_SCOPE, "streaming client=\"%s\" after_ms=%llu", s->launch.label,
            (unsigned long long)((pf_time_mono_ns() - s->begun_ns) / PF_NS_PER_MS));
        pf_gs_play_changed(s->play);
    }
    if (state.ended && state.rc < 0)
        pf_gs_session_end(s, PF_GS_TERMINATED_GRACEFULLY, false, "the network refused to take video packets");
}

static void read_news(void *user)
{
    struct pf_gs_session *s = user;
    bool ending = s->state == PF_GS_SESSION_ENDING;
    if (!ending)
        read_video(s);
    if (s->state == PF_GS_SESSION_ENDING && !ending)
        return; /* it may be gone */
    if (ending) {
        pthread_mutex_lock(&s->news.lock);
        s->feed_over |= s->news.ended;
        pthread_mutex_unlock(&s->news.lock);
        pf_gs_session_free_if_over(s);
    } else {
        read_feed(s);
    }
}

/* ---- media ----------------------------------------------------------------------------------------------
 */

/* What recordings are told of the session. */
static struct pf_recorded_session recorded(const struct pf_gs_session *s)
{
    const struct pf_mode *mode = &s->plan.mode;
    struct pf_recorded_session r = {.id = s->number,
        .kind = "gamestream",
        .codec = pf_codec_name(s->plan.codec),
        .width = mode->width,
        .height = mode->height,
        .fps = (mode->refresh_mhz + 500) / 1000};
    pf_hex_encode(s->launch.fingerprint, 6, r.client);
    return r;
}

static int make_video(struct pf_gs_session *s)
{
    struct pf_gs_video_config config = {.packet_size = s->wish.packet_size,
        .parity_percent = s->parity.control.percent,
        .min_parity = s->wish.min_parity,
        .bitrate_kbps = s->plan.bitrate_kbps,
        .sealed = s->wish.encryption & PF_GS_ENCRYPT_VIDEO,
        .recorder = s->play->deps.recorder,
        .recorded = recorded(s)};
    memcpy(config.label, s->launch.label, sizeof(config.label));
    memcpy(config.key, s->launch.key, sizeof(config.key));
    struct pf_media_socket *socket = pf_gs_media_ports_socket(s->play->media, PF_GS_MEDIA_VIDEO);
    int rc = pf_signal_create(s->play->loop, read_news, s, &s->signal);
    if (rc == 0)
        rc = pf_gs_video_create(&config, socket, s->signal, &s->video);
    explicit_bzero(&config, sizeof(config));
    return rc;
}

/* A session without audio goes on. */
static void begin_audio(struct pf_gs_session *s)
{
    struct pf_error err;
    struct pf_gs_play *play = s->play;
    struct pf_gs_audio_sender_config config = {.audio = play->deps.audio,
        .wish = {.channels = s->wish.audio_channels,
            .frame_ms = s->wish.audio_ms,
            .high_quality = s->wish.audio_channels == 2 ? !s->low_stereo : s->wish.audio_high_quality,
            .encrypted = s->wish.encryption & PF_GS_ENCRYPT_AUDIO},
        .key_id = s->launch.key_id,
        .label = s->launch.label};
    if (!config.audio)
        return;
    memcpy(config.key, s->launch.key, sizeof(config.key));
    struct pf_media_socket *socket = pf_gs_media_ports_socket(play->media, PF_GS_MEDIA_AUDIO);
    pf_media_socket_mark(socket, s->wish.mark_audio ? PF_MEDIA_VOICE : PF_MEDIA_UNMARKED);
    if (pf_gs_audio_sender_start(&config, socket, &s->audio, &err) < 0)
        pf_log_warn(PF_GS_SCOPE, "the session has no audio client=\"%s\": %s", s->launch.label, err.text);
    else if (s->knows_audio)
        pf_gs_audio_sender_send_to(s->audio, &s->audio_to);
    explicit_bzero(&config, sizeof(config));
}

/* A session without gamepads goes on. */
static void begin_pads(struct pf_gs_session *s)
{
    struct pf_error err;
    const struct pf_session_pads_config config = {
        .kind = s->plan.gamepad, .label = s->launch.label, .user = s, .feedback = pf_gs_session_pad_feedback};
    if (pf_session_pads_start(s->play->loop, &config, &s->pads, &err) < 0)
        pf_log_warn(PF_GS_SCOPE, "the session has no gamepads client=\"%s\": %s", s->launch.label, err.text);
}

int pf_gs_session_start_media(struct pf_gs_session *s, struct pf_error *err)
{
    const struct pf_feed_sink sink = {
        .user = s, .push = push, .settled = settled, .gap = gap, .ended = feed_ended};
    int rc = make_video(s);
    if (rc < 0)
        return pf_error_set(err, rc, "there is no memory for the video of another session");
    rc = s->play->hooks.start_feed(s->play->hooks.user, &s->plan, &sink, &s->feed, err);
    if (rc < 0)
        return rc;
    s->mode = s->plan.mode;
    s->bitrate_kbps = s->plan.bitrate_kbps;
    s->started_real_ns = pf_time_real_ns();
    begin_pads(s);
    begin_audio(s);
    return 0;
}

bool pf_gs_session_holds_video(const struct pf_gs_session *s)
{
    struct pf_gs_video_state state;
    if (!s->video || !pf_gs_video_is_running(s->video))
        return false;
    pf_gs_video_state(s->video, &state);
    return !state.ended;
}

static bool is_socket_free(const struct pf_gs_session *s)
{
    for (const struct pf_gs_session *o = s->play->first; o; o = o->next)
        if (o != s && pf_gs_session_holds_video(o))
            return false;
    return true;
}

/* Pings come every 500 ms: what does not work now is tried again. */
void pf_gs_session_try_video(struct pf_gs_session *s)
{
    if (!s->knows_video || !s->video || s->state != PF_GS_SESSION_RUNNING || !is_socket_free(s))
        return;
    bool first = !pf_gs_video_is_running(s->video);
    if (first)
        pf_media_socket_mark(pf_gs_media_ports_socket(s->play->media, PF_GS_MEDIA_VIDEO),
            s->wish.mark_video ? PF_MEDIA_VIDEO : PF_MEDIA_UNMARKED);
    if (pf_gs_video_send_to(s->video, &s->video_to) < 0)
        pf_gs_session_end(
            s, PF_GS_TERMINATED_CONVERSION, false, "there is no thread for another video stream");
    else if (first)
        pf_gs_session_enter(s, PF_GS_SESSION_RUNNING, 0);
}

void pf_gs_session_ping(struct pf_gs_session *s, enum pf_gs_media media, const struct sockaddr_storage *from)
{
    if (media == PF_GS_MEDIA_VIDEO) {
        s->knows_video = true;
        s->video_to = *from;
        pf_gs_session_try_video(s);
    } else {
        s->knows_audio = true;
        s->audio_to = *from;
        if (s->audio)
            pf_gs_audio_sender_send_to(s->audio, from);
    }
}

/* What the management API sees of the sessions, in lists. */
#include "cli/host_parts.h"

#include "base/hex.h"
#include "encode/encoder.h"

#include <stdio.h>
#include <string.h>

static const char *state_name(enum pf_native_session_state state)
{
    static const char *const names[] = {
        [PF_NATIVE_SESSION_STARTING] = "starting",
        [PF_NATIVE_SESSION_STREAMING] = "streaming",
        [PF_NATIVE_SESSION_ENDING] = "ending",
    };
    return names[state];
}

static const char *api_codec(enum pf_codec codec)
{
    return codec == PF_CODEC_NONE ? NULL : codec == PF_CODEC_HEVC ? "h265" : pf_codec_name(codec);
}

static void show(const struct pf_native_session_info *s, struct pf_mgmt_session *ret)
{
    *ret = (struct pf_mgmt_session){.id = s->id,
        .kind = "native",
        .state = state_name(s->state),
        .mode = s->mode,
        .codec = api_codec(s->codec),
        .bitrate_kbps = s->bitrate_kbps,
        .sent_fps = s->sent.fps,
        .sent_kbps = s->sent.kbps,
        .latency_us = s->sent.latency_us,
        .fec_percent = s->fec_percent,
        .started_unix_ms = s->started_real_ns / 1000000};
    snprintf(ret->name, sizeof(ret->name), "%s", s->name);
    snprintf(ret->client, sizeof(ret->client), "%s", s->label);
}

static size_t list_native(const struct pf_host *host, struct pf_native_session_info *list)
{
    size_t n = host->native ? pf_native_sessions(host->native, list, PF_MGMT_SESSIONS_MAX) : 0;
    return n < PF_MGMT_SESSIONS_MAX ? n : PF_MGMT_SESSIONS_MAX;
}

/* The one session of the GameStream plane; false: there is none. */
static bool find_gamestream(const struct pf_host *host, struct pf_gs_play_info *ret)
{
    if (!host->gamestream)
        return false;
    pf_gamestream_info(host->gamestream, ret);
    return ret->state != PF_GS_PLAY_IDLE;
}

static void show_gamestream(const struct pf_gs_play_info *s, struct pf_mgmt_session *ret)
{
    char hex[65];
    *ret = (struct pf_mgmt_session){.id = s->number,
        .kind = "gamestream",
        .state = s->state == PF_GS_PLAY_STREAMING ? "streaming" : "starting",
        .mode = s->mode,
        .codec = api_codec(s->codec),
        .bitrate_kbps = s->bitrate_kbps,
        .sent_fps = s->sent.fps,
        .sent_kbps = s->sent.kbps,
        .latency_us = s->sent.latency_us,
        .started_unix_ms = s->started_real_ns / 1000000};
    snprintf(ret->name, sizeof(ret->name), "%s", s->label);
    snprintf(ret->client, sizeof(ret->client), "%.12s", pf_hex_encode(s->fingerprint, 32, hex));
}

static size_t on_sessions(void *user, struct pf_mgmt_session *ret, size_t max)
{
    struct pf_native_session_info list[PF_MGMT_SESSIONS_MAX];
    struct pf_gs_play_info play;
    size_t n = list_native(user, list), i = 0;
    for (; i < n && i < max; i++)
        show(&list[i], &ret[i]);
    if (i < max && find_gamestream(user, &play))
        show_gamestream(&play, &ret[i++]);
    return i;
}

/* The back end that the sessions use: the first that works here and has what they stream. */
static void on_encoding(void *user, struct pf_mgmt_encoding *ret)
{
    const struct pf_host *host = user;
    struct pf_native_session_info list[PF_MGMT_SESSIONS_MAX];
    size_t n = list_native(host, list);
    for (size_t i = 0; i < n; i++)
        ret->sessions += list[i].codec != PF_CODEC_NONE && list[i].state == PF_NATIVE_SESSION_STREAMING;
    struct pf_gs_play_info play;
    ret->sessions += find_gamestream(host, &play) && play.state == PF_GS_PLAY_STREAMING;
    const struct pf_encoder_backend *backend = pf_encoder_chosen(host->config->encoder);
    if (!backend)
        ret->sessions = 0;
    if (!ret->sessions)
        return;
    ret->backend = backend->api_name;
    ret->name = backend->name;
}

void pf_host_make_session_api(struct pf_host *host)
{
    host->api.config_dir = host->dir;
    host->api.logs = host->logs;
    host->api.library = host->library;
    host->api.recorder = &host->recorder;
    host->api.loop = pf_loop_uv(host->loop);
    host->api.sessions = on_sessions;
    host->api.encoding = on_encoding;
}

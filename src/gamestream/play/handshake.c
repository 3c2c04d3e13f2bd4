/* The RTSP dialogue of a session (docs/spec/gamestream.md 3, 12.6). */
#include "base/log.h"
#include "gamestream/play/play_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_S 90 /* as the Session header says; nobody counts it */

/* ---- replies --------------------------------------------------------------------------------------------
 */

static enum pf_gs_rtsp_answer say(
    struct pf_gs_rtsp_reply *r, const struct pf_gs_rtsp_request *q, int status, const char *body, size_t len)
{
    if (!r->len) /* headers may have been written */
        pf_gs_rtsp_reply_begin(r, r->buf, r->cap, status, q->cseq);
    return pf_gs_rtsp_reply_end(r, body, len) < 0 ? PF_GS_RTSP_CLOSE : PF_GS_RTSP_REPLIED;
}

static enum pf_gs_rtsp_answer refuse(struct pf_gs_session *s, struct pf_gs_rtsp_reply *r,
    const struct pf_gs_rtsp_request *q, int status, const char *why)
{
    pf_log_info(PF_GS_SCOPE, "refused with %d client=\"%s\": %s", status, s->launch.label, why);
    return say(r, q, status, "", 0);
}

/* ---- DESCRIBE, SETUP ------------------------------------------------------------------------------------
 */

static enum pf_gs_rtsp_answer describe(
    struct pf_gs_session *s, const struct pf_gs_rtsp_request *q, struct pf_gs_rtsp_reply *r)
{
    char body[1024];
    const struct pf_gs_offer offer = {.features = PF_GS_FEATURE_PEN_TOUCH | PF_GS_FEATURE_PAD_TOUCH_MOTION,
        .supported = PF_GS_ENCRYPT_CONTROL | PF_GS_ENCRYPT_VIDEO | PF_GS_ENCRYPT_AUDIO,
        .requested = PF_GS_ENCRYPT_CONTROL,
        .hevc = s->facts.codecs & PF_CODEC_HEVC,
        .av1 = s->facts.codecs & PF_CODEC_AV1,
        .reference_invalidation = s->facts.invalidation};
    int len = pf_gs_describe_write(&offer, body, sizeof(body));
    return say(r, q, len < 0 ? 500 : 200, body, len < 0 ? 0 : (size_t)len);
}

static enum pf_gs_rtsp_answer setup(
    struct pf_gs_session *s, const struct pf_gs_rtsp_request *q, struct pf_gs_rtsp_reply *r)
{
    struct pf_gs_play *play = s->play;
    uint16_t port = q->stream == PF_GS_RTSP_CONTROL ? pf_gs_control_host_port(play->control)
                    : q->stream == PF_GS_RTSP_AUDIO
                        ? pf_gs_media_ports_number(play->media, PF_GS_MEDIA_AUDIO)
                        : pf_gs_media_ports_number(play->media, PF_GS_MEDIA_VIDEO);
    if (q->stream == PF_GS_RTSP_NO_STREAM)
        return say(r, q, 404, "", 0);
    pf_gs_rtsp_reply_begin(r, r->buf, r->cap, 200, q->cseq);
    pf_gs_rtsp_reply_header(r, "Session", "%s;timeout = %d", s->id, TIMEOUT_S);
    pf_gs_rtsp_reply_header(r, "Transport", "server_port=%u", port);
    if (q->stream == PF_GS_RTSP_CONTROL)
        pf_gs_rtsp_reply_header(r, "X-SS-Connect-Data", "%" PRIu32, s->connect_data);
    else
        pf_gs_rtsp_reply_header(r, "X-SS-Ping-Payload", "%s", s->ping_payload);
    return say(r, q, 200, "", 0);
}

/* ---- ANNOUNCE -------------------------------------------------------------------------------------------
 */

/* Clients say whole frames per second and, apart, what their screen really does: 60 on a screen of 59.94 Hz,
 * or 30 on the same, mean that rate or a whole part of it. */
static uint32_t exact_refresh_mhz(unsigned fps, unsigned refresh_x100)
{
    unsigned times = (refresh_x100 + fps * 50) / (fps * 100);
    if (times) {
        uint32_t mhz = refresh_x100 * 10 / times, whole = fps * 1000;
        if (mhz >= whole - whole / 100 && mhz <= whole + whole / 100)
            return mhz;
    }
    return fps * 1000;
}

static enum pf_codec codec_of(enum pf_gs_codec codec)
{
    return codec == PF_GS_AV1 ? PF_CODEC_AV1 : codec == PF_GS_HEVC ? PF_CODEC_HEVC : PF_CODEC_H264;
}

static enum pf_matrix matrix_of(unsigned colour_space)
{
    return colour_space == 0 ? PF_MATRIX_BT601 : colour_space == 2 ? PF_MATRIX_BT2020 : PF_MATRIX_BT709;
}

struct pf_session_request pf_gs_request_of(const struct pf_gs_wish *wish, const struct pf_gs_launch *launch)
{
    struct pf_session_request r = {.source = PF_SESSION_SOURCE_VIRTUAL,
        .mode = {.width = wish->width,
            .height = wish->height,
            .refresh_mhz = exact_refresh_mhz(wish->fps, wish->refresh_x100)},
        .codecs = codec_of(wish->codec),
        .preferred = codec_of(wish->codec),
        .ten_bit = wish->ten_bit,
        .chroma_444 = wish->chroma_444,
        .colour = {matrix_of(wish->colour_space), wish->full_range},
        .slices = wish->slices,
        .one_reference = wish->max_references == 1,
        .audio_channels = wish->audio_channels,
        .has_fingerprint = true};
    memcpy(r.fingerprint, launch->fingerprint, sizeof(r.fingerprint));
    snprintf(r.label, sizeof(r.label), "%s", launch->label);
    snprintf(r.launch, sizeof(r.launch), "%s", launch->library_id);
    r.compositor = launch->compositor;
    return r;
}

uint32_t pf_gs_encoder_kbps(const struct pf_gs_wish *wish, unsigned parity_percent)
{
    uint32_t kbps = wish->bitrate_kbps;
    if (parity_percent <= 80)
        kbps = kbps * (100 - parity_percent) / 100;
    uint32_t audio = wish->audio_channels * (wish->audio_high_quality ? 256 : 96), fifth = kbps / 5;
    kbps -= audio < fifth ? audio : fifth;
    kbps -= kbps / 10 < 500 ? kbps / 10 : 500;
    return kbps;
}

/* Whether the plan is what the client believes it will get. */
static const char *missing(const struct pf_gs_session *s)
{
    if (s->wish.ten_bit && s->plan.bit_depth != 10)
        return "10 bits of colour are not offered";
    if (s->wish.chroma_444 && s->plan.chroma != 3)
        return "4:4:4 is not offered";
    return NULL;
}

static int status_of(enum pf_refusal refusal)
{
    return refusal == PF_REFUSAL_NO_ENCODER ? 500 : refusal == PF_REFUSAL_NO_COMPOSITOR ? 503 : 400;
}

static enum pf_gs_rtsp_answer start_media(
    struct pf_gs_session *s, const struct pf_gs_rtsp_request *q, struct pf_gs_rtsp_reply *r)
{
    struct pf_error err;
    char text[160];
    int rc = pf_gs_control_seal_init(&s->control_seal,
        s->wish.encryption & PF_GS_ENCRYPT_CONTROL ? PF_GS_CONTROL_V2 : PF_GS_CONTROL_V1, s->launch.key);
    s->has_seal = rc == 0;
    if (rc < 0)
        pf_error_set(&err, rc, "there is no memory for another session");
    else
        rc = pf_gs_session_start_media(s, &err);
    if (rc < 0) {
        enum pf_gs_rtsp_answer answer = refuse(s, r, q, 500, err.text);
        pf_gs_session_end(s, 0, false, "it could not be started");
        return answer;
    }
    pf_log_info(PF_GS_SCOPE, "announced client=\"%s\" packet=%u fec=%u%%/%u encryption=%u audio=%u/%ums: %s",
        s->launch.label, s->wish.packet_size, s->parity.control.percent, s->wish.min_parity,
        s->wish.encryption, s->wish.audio_channels, s->wish.audio_ms,
        pf_session_plan_describe(&s->plan, text, sizeof(text)));
    pf_gs_session_enter(s, PF_GS_SESSION_STARTING, s->play->limits.connect_ns);
    pf_gs_play_changed(s->play);
    return say(r, q, 200, "", 0);
}

static void begin_parity(struct pf_gs_session *s)
{
    int pin = s->play->parity_pin;
    bool reports = s->wish.client_features & PF_GS_CLIENT_FEC_STATUS_FLAG;
    unsigned percent = !s->wish.parity ? 0 : pin < 0 ? PF_GS_PARITY_PERCENT : (unsigned)pin;
    pf_gs_parity_start(&s->parity, percent, pin >= 0 || !s->wish.parity || !reports);
}

static enum pf_gs_rtsp_answer announce(
    struct pf_gs_session *s, const struct pf_gs_rtsp_request *q, struct pf_gs_rtsp_reply *r)
{
    struct pf_gs_wish wish;
    const char *why;
    struct pf_error err;
    if (s->state != PF_GS_SESSION_PENDING)
        return refuse(s, r, q, 400, "the session has begun already");
    if (pf_gs_announce_parse(q->body.p, q->body.len, &wish, &why) < 0)
        return refuse(s, r, q, 400, why);
    if (pf_gs_play_has_predecessor(s->play, s))
        return PF_GS_RTSP_LATER;
    s->wish = wish;
    struct pf_session_request request = pf_gs_request_of(&wish, &s->launch);
    if (s->joined.width)
        request.mode = s->joined;
    begin_parity(s);
    request.bitrate_kbps = pf_gs_encoder_kbps(&wish, s->parity.control.percent);
    enum pf_refusal refusal = pf_session_plan_make(&request, &s->facts, &s->play->policy, &s->plan, &err);
    if (refusal != PF_REFUSAL_NONE)
        return refuse(s, r, q, status_of(refusal), err.text);
    why = missing(s);
    return why ? refuse(s, r, q, 400, why) : start_media(s, q, r);
}

/* ---- the rest -------------------------------------------------------------------------------------------
 */

static enum pf_gs_rtsp_answer play(
    struct pf_gs_session *s, const struct pf_gs_rtsp_request *q, struct pf_gs_rtsp_reply *r)
{
    if (s->state != PF_GS_SESSION_STARTING && s->state != PF_GS_SESSION_RUNNING)
        return refuse(s, r, q, 400, "PLAY came before ANNOUNCE");
    s->played = true;
    return say(r, q, 200, "", 0);
}

static enum pf_gs_rtsp_answer teardown(
    struct pf_gs_session *s, const struct pf_gs_rtsp_request *q, struct pf_gs_rtsp_reply *r)
{
    enum pf_gs_rtsp_answer answer = say(r, q, 200, "", 0);
    pf_gs_session_end(s, 0, false, "the client tore it down");
    return answer;
}

enum pf_gs_rtsp_answer pf_gs_session_request(
    struct pf_gs_session *s, const struct pf_gs_rtsp_request *q, struct pf_gs_rtsp_reply *r)
{
    if (s->state == PF_GS_SESSION_PENDING) /* it makes progress */
        pf_gs_session_enter(s, PF_GS_SESSION_PENDING, s->play->limits.pending_ns);
    if (!s->has_facts)
        return PF_GS_RTSP_LATER;
    s->low_stereo |= q->host.len >= 7 && !memcmp(q->host.p, "0.0.0.0", 7);
    switch (q->method) {
    case PF_GS_RTSP_DESCRIBE:
        return describe(s, q, r);
    case PF_GS_RTSP_SETUP:
        return setup(s, q, r);
    case PF_GS_RTSP_ANNOUNCE:
        return announce(s, q, r);
    case PF_GS_RTSP_PLAY:
        return play(s, q, r);
    case PF_GS_RTSP_TEARDOWN:
        return teardown(s, q, r);
    default:
        return say(r, q, 501, "", 0);
    }
}

/* The control stream of a session: the client's wishes and input, what games do with its pads
 * (docs/spec/gamestream.md 4, 7). */
#include "base/log.h"
#include "gamestream/play/play_impl.h"

#include <errno.h>

/* ---- to the client --------------------------------------------------------------------------------------
 */

void pf_gs_session_tell(struct pf_gs_session *s, const uint8_t *message, size_t len)
{
    uint8_t sealed[PF_GS_CONTROL_OVERHEAD + PF_GS_HOST_MESSAGE_MAX];
    if (!s->peer || !s->has_seal)
        return;
    int n = pf_gs_control_seal(&s->control_seal, PF_GS_FROM_HOST, message, len, sealed, sizeof(sealed));
    if (n > 0)
        pf_gs_control_host_send(s->play->control, s->peer, sealed, (size_t)n);
}

static uint16_t nits(uint32_t tenthousandths)
{
    return (uint16_t)(tenthousandths / 10000 < UINT16_MAX ? tenthousandths / 10000 : UINT16_MAX);
}

/* Until the source says better: what the specification calls generic BT.2020. */
static void tell_hdr(struct pf_gs_session *s)
{
    const struct pf_hdr_volume *v = &pf_hdr_volume_bt2020;
    const struct pf_gs_hdr_metadata hdr = {.red = {v->r_x, v->r_y},
        .green = {v->g_x, v->g_y},
        .blue = {v->b_x, v->b_y},
        .white = {v->w_x, v->w_y},
        .max_luminance = nits(v->max_luminance),
        .min_luminance = (uint16_t)v->min_luminance,
        .max_content = v->max_cll,
        .max_frame_average = v->max_fall,
        .max_full_frame = v->max_fall};
    uint8_t out[PF_GS_HOST_MESSAGE_MAX];
    if (s->wish.ten_bit)
        pf_gs_session_tell(s, out, pf_gs_write_hdr(out, s->plan.hdr ? &hdr : NULL));
}

static void tell(void *user, const uint8_t *message, size_t len)
{
    pf_gs_session_tell(user, message, len);
}

void pf_gs_session_pad_feedback(void *user, const struct pf_pad_feedback *feedback)
{
    struct pf_gs_session *s = user;
    pf_gs_pad_map_feedback(&s->pad_map, feedback);
}

/* ---- from the client ------------------------------------------------------------------------------------
 */

static void keyframe(void *user)
{
    struct pf_gs_session *s = user;
    s->feed->ops->keyframe(s->feed);
}

/* Frames count from 1, units from 0; and units that no client could take have no frame. */
static void invalidate(void *user, uint32_t first, uint32_t last)
{
    struct pf_gs_session *s = user;
    uint32_t shift = pf_gs_video_skipped(s->video) - 1;
    if (s->feed->ops->invalidate)
        s->feed->ops->invalidate(s->feed, first + shift, last + shift);
    else
        s->feed->ops->keyframe(s->feed);
}

static void play_event(void *user, const struct pf_input *event)
{
    struct pf_gs_session *s = user;
    if (s->feed->ops->input)
        s->feed->ops->input(s->feed, event);
}

static void pad_event(void *user, const struct pf_input_event *event)
{
    struct pf_gs_session *s = user;
    if (s->pads)
        pf_session_pads_event(s->pads, event);
}

static void pad_rich(void *user, const struct pf_datagram *rich)
{
    struct pf_gs_session *s = user;
    if (s->pads)
        pf_session_pads_rich(s->pads, rich);
}

static void input(void *user, const struct pf_gs_input_packet *packet)
{
    struct pf_gs_session *s = user;
    pf_gs_input_map_take(&s->input, packet);
    pf_gs_pad_map_take(&s->pad_map, packet);
}

/* A block came in damaged. If parity could not mend it, the client asks for a repair by itself. */
static void fec_status(void *user, const struct pf_gs_fec_status *status)
{
    struct pf_gs_session *s = user;
    bool mended = pf_gs_parity_report(&s->parity, status);
    ++*(mended ? &s->blocks_mended : &s->blocks_lost);
    pf_log_debug(PF_GS_SCOPE,
        "the client reports loss client=\"%s\" frame=%u block=%u of=%u shards=%u+%u came=%u+%u",
        s->launch.label, status->frame, status->block, status->blocks, status->data_shards,
        status->parity_shards, status->received_data, status->received_parity);
}

/* What parity takes, the encoder gives: the client's user set the rate of both. */
static void adapt_parity(struct pf_gs_session *s)
{
    struct pf_gs_video_state state;
    pf_gs_video_state(s->video, &state);
    if (!pf_gs_parity_step(&s->parity, state.data_packets, pf_time_mono_ns()))
        return;
    unsigned percent = s->parity.control.percent;
    pf_log_debug(PF_GS_SCOPE, "parity follows the loss client=\"%s\" percent=%u", s->launch.label, percent);
    pf_gs_video_set_parity(s->video, percent);
    if (s->feed->ops->set_bitrate)
        s->feed->ops->set_bitrate(
            s->feed, pf_session_plan_bitrate(&s->play->policy, pf_gs_encoder_kbps(&s->wish, percent)));
}

void pf_gs_session_control_init(struct pf_gs_session *s)
{
    const struct pf_gs_pad_sink sink = {.user = s, .event = pad_event, .rich = pad_rich, .tell = tell};
    pf_gs_input_map_init(&s->input, s, play_event);
    pf_gs_pad_map_init(&s->pad_map, &sink, PF_PAD_KIND_AUTO);
}

bool pf_gs_session_connected(struct pf_gs_session *s, pf_gs_peer peer)
{
    if (s->peer || (s->state != PF_GS_SESSION_STARTING && s->state != PF_GS_SESSION_RUNNING))
        return false;
    s->peer = peer;
    s->pad_map.kind = s->plan.gamepad;
    pf_log_info(PF_GS_SCOPE, "the control connection is there client=\"%s\"", s->launch.label);
    pf_gs_session_enter(s, PF_GS_SESSION_RUNNING, s->play->limits.ping_ns);
    tell_hdr(s);
    pf_gs_session_try_video(s);
    pf_gs_play_changed(s->play);
    return true;
}

void pf_gs_session_received(struct pf_gs_session *s, const uint8_t *data, size_t len)
{
    const struct pf_gs_control_sink sink = {
        .user = s, .keyframe = keyframe, .invalidate = invalidate, .input = input, .fec_status = fec_status};
    if (s->state != PF_GS_SESSION_RUNNING)
        return;
    int rc = pf_gs_control_dispatch(&s->control_seal, data, len, &sink);
    if (rc == 0)
        adapt_parity(s); /* keep-alives come every 100 ms */
    if (rc == -EBADMSG)
        pf_gs_session_end(s, PF_GS_TERMINATED_GRACEFULLY, false, "a control packet had a wrong seal");
    else if (rc < 0 && pf_rate_limit_pass(&s->noise, pf_time_mono_ns(), NULL))
        pf_log_debug(
            PF_GS_SCOPE, "a control packet meant nothing client=\"%s\" error=%d", s->launch.label, rc);
}

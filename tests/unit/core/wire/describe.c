#include "describe.h"

#include "base/hex.h"

#include <stdlib.h>

static json_t *number(uint64_t v)
{
    return json_integer((json_int_t)v);
}

static json_t *hex(const void *data, size_t n)
{
    char *text = malloc(2 * n + 1);
    json_t *j = json_string(pf_hex_encode(data, n, text));
    free(text);
    return j;
}

static json_t *text_or_null(const char *text, size_t len)
{
    return len ? json_stringn(text, len) : json_null();
}

static json_t *describe_hdr(const struct pf_hdr_volume *v)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "g_x", v->g_x, "g_y",
        v->g_y, "b_x", v->b_x, "b_y", v->b_y, "r_x", v->r_x, "r_y", v->r_y, "w_x", v->w_x, "w_y", v->w_y,
        "max_lum", v->max_luminance, "min_lum", v->min_luminance, "max_cll", v->max_cll, "max_fall",
        v->max_fall);
}

json_t *describe_hello(const struct pf_hello *m)
{
    json_t *j = json_pack("{s:o, s:o, s:o, s:o, s:i, s:i, s:o, s:o, s:o, s:i, s:i, s:i, s:i}", "version",
        number(m->version), "width", number(m->width), "height", number(m->height), "refresh",
        number(m->refresh), "compositor", m->compositor, "gamepad", m->gamepad, "bitrate_kbps",
        number(m->bitrate_kbps), "name", text_or_null(m->name, m->name_len), "launch",
        text_or_null(m->launch, m->launch_len), "video_caps", m->video_caps, "audio_channels",
        m->audio_channels, "video_codecs", m->video_codecs, "preferred", m->preferred);
    json_object_set_new(j, "hdr", m->has_hdr ? describe_hdr(&m->hdr) : json_null());
    json_object_set_new(j, "client_caps", number(m->client_caps));
    json_object_set_new(j, "max_shard_payload", number(m->max_shard_payload));
    json_object_set_new(j, "audio_rate", number(m->audio_rate));
    json_object_set_new(j, "audio_bits", number(m->audio_bits));
    return j;
}

json_t *describe_welcome(const struct pf_welcome *m)
{
    json_t *j = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "version",
        m->version, "udp_port", m->udp_port, "width", m->width, "height", m->height, "refresh", m->refresh,
        "fec_scheme", m->fec_scheme, "fec_percent", m->fec_percent, "max_data_per_block",
        m->max_data_per_block, "shard_payload", m->shard_payload, "encrypt", m->encrypt, "frames", m->frames,
        "compositor", m->compositor);
    json_t *more = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:o, s:o}", "gamepad",
        m->gamepad, "bitrate_kbps", m->bitrate_kbps, "bit_depth", m->bit_depth, "primaries", m->primaries,
        "transfer", m->transfer, "matrix", m->matrix, "full_range", m->full_range, "chroma_format_idc",
        m->chroma_format_idc, "audio_channels", m->audio_channels, "codec", m->codec, "key_hex",
        hex(m->key, sizeof(m->key)), "salt_hex", hex(m->salt, sizeof(m->salt)));
    json_t *v31 = json_pack("{s:i, s:i, s:o, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "host_caps", m->host_caps,
        "cipher", m->cipher, "chacha_key_hex", hex(m->chacha_key, sizeof(m->chacha_key)), "mgmt_port",
        m->mgmt_port, "grants", m->grants, "expires_in_secs", m->expires_in_s, "audio_codec", m->audio_codec,
        "audio_rate", m->audio_rate, "audio_bits", m->audio_bits, "audio_frame_us", m->audio_frame_us);
    json_object_update_new(j, more);
    json_object_update_new(j, v31);
    return j;
}

static json_t *describe_clip_offer(const struct pf_control *m)
{
    json_t *kinds = json_array();
    for (unsigned i = 0; i < m->clip_offer.count; i++) {
        const struct pf_clip_mime *mime = &m->clip_offer.kinds[i].mime;
        json_array_append_new(kinds, json_pack("{s:o, s:o}", "mime", json_stringn(mime->text, mime->len),
                                         "size_hint", number(m->clip_offer.kinds[i].size_hint)));
    }
    return json_pack("{s:o, s:o}", "seq", number(m->clip_offer.seq), "kinds", kinds);
}

static json_t *describe_cursor_shape(const struct pf_control *m)
{
    return json_pack("{s:o, s:i, s:i, s:i, s:i, s:o}", "serial", number(m->cursor_shape.serial), "width",
        m->cursor_shape.width, "height", m->cursor_shape.height, "hot_x", m->cursor_shape.hot_x, "hot_y",
        m->cursor_shape.hot_y, "rgba_hex",
        hex(m->cursor_shape.rgba, 4u * m->cursor_shape.width * m->cursor_shape.height));
}

static json_t *describe_phase(const struct pf_control *m)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:i}", "next_latch_host_ns", number(m->phase.next_latch_host_ns),
        "latch_period_ns", number(m->phase.latch_period_ns), "uncertainty_ns",
        number(m->phase.uncertainty_ns), "arrival_lead_ns", number(m->phase.arrival_lead_ns),
        "coherence_milli", m->phase.coherence_milli);
}

static json_t *describe_probe_result(const struct pf_control *m)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "bytes_sent", number(m->probe_result.bytes_sent),
        "access_units", number(m->probe_result.access_units), "duration_ms",
        number(m->probe_result.duration_ms), "wire_packets_sent", number(m->probe_result.wire_packets_sent),
        "send_dropped", number(m->probe_result.send_dropped));
}

json_t *describe_control(const struct pf_control *m)
{
    switch (m->type) {
    case PF_CONTROL_RECONFIGURE:
        return json_pack("{s:o, s:o, s:o}", "width", number(m->mode.width), "height", number(m->mode.height),
            "refresh", number(m->mode.refresh));
    case PF_CONTROL_RECONFIGURED:
        return json_pack("{s:i, s:o, s:o, s:o}", "accepted", m->reconfigured.accepted, "width",
            number(m->reconfigured.width), "height", number(m->reconfigured.height), "refresh",
            number(m->reconfigured.refresh));
    case PF_CONTROL_REQUEST_KEYFRAME:
        return json_object();
    case PF_CONTROL_LOSS_REPORT:
        return json_pack("{s:o}", "loss_ppm", number(m->loss_ppm));
    case PF_CONTROL_PROBE_REQUEST:
        return json_pack("{s:o, s:o}", "target_kbps", number(m->probe_request.target_kbps), "duration_ms",
            number(m->probe_request.duration_ms));
    case PF_CONTROL_PROBE_RESULT:
        return describe_probe_result(m);
    case PF_CONTROL_CLOCK_PROBE:
        return json_pack("{s:o}", "t1_ns", number(m->clock.t1_ns));
    case PF_CONTROL_CLOCK_ECHO:
        return json_pack("{s:o, s:o, s:o}", "t1_ns", number(m->clock.t1_ns), "t2_ns", number(m->clock.t2_ns),
            "t3_ns", number(m->clock.t3_ns));
    case PF_CONTROL_SET_BITRATE:
    case PF_CONTROL_BITRATE_CHANGED:
        return json_pack("{s:o}", "kbps", number(m->kbps));
    case PF_CONTROL_RFI_REQUEST:
        return json_pack(
            "{s:o, s:o}", "first_frame", number(m->rfi.first_frame), "last_frame", number(m->rfi.last_frame));
    case PF_CONTROL_SHARD_PAYLOAD:
    case PF_CONTROL_SHARD_PAYLOAD_ACK:
        return json_pack("{s:i}", "shard_payload", m->shard_payload);
    case PF_CONTROL_PIPELINE_GAP:
        return json_pack("{s:o}", "gap_ms", number(m->gap_ms));
    case PF_CONTROL_PHASE_REPORT:
        return describe_phase(m);
    case PF_CONTROL_CLIP_CONTROL:
        return json_pack("{s:i, s:i}", "enabled", m->clip_control.enabled, "flags", m->clip_control.flags);
    case PF_CONTROL_CLIP_STATE:
        return json_pack("{s:i, s:i, s:i}", "enabled", m->clip_state.enabled, "policy", m->clip_state.policy,
            "reason", m->clip_state.reason);
    case PF_CONTROL_CLIP_OFFER:
        return describe_clip_offer(m);
    case PF_CONTROL_CLIP_FETCH:
        return json_pack("{s:o, s:o, s:o}", "seq", number(m->clip_fetch.seq), "file_index",
            number(m->clip_fetch.file_index), "mime",
            json_stringn(m->clip_fetch.mime.text, m->clip_fetch.mime.len));
    case PF_CONTROL_CLIP_FETCH_HDR:
        return json_pack("{s:i, s:o}", "status", m->clip_fetch_hdr.status, "total_size",
            number(m->clip_fetch_hdr.total_size));
    case PF_CONTROL_CURSOR_SHAPE:
        return describe_cursor_shape(m);
    case PF_CONTROL_CURSOR_RENDER_MODE:
        return json_pack("{s:i}", "client_draws", m->client_draws);
    case PF_CONTROL_ACCESS_UPDATE:
        return json_pack("{s:o, s:o}", "grants", number(m->access.grants), "remaining_secs",
            number(m->access.remaining_s));
    }
    return NULL;
}

static json_t *describe_pen(const struct pf_datagram *m)
{
    json_t *samples = json_array();
    for (unsigned i = 0; i < m->pen.count; i++) {
        const struct pf_pen_sample *s = &m->pen.samples[i];
        json_array_append_new(samples,
            json_pack("{s:i, s:i, s:f, s:f, s:i, s:i, s:i, s:i, s:i, s:i}", "state", s->state, "tool",
                s->tool, "x", (double)s->x, "y", (double)s->y, "pressure", s->pressure, "distance",
                s->distance, "tilt", s->tilt, "azimuth", s->azimuth, "roll", s->roll, "dt_us", s->dt_us));
    }
    return json_pack("{s:i, s:o}", "seq", m->pen.seq, "samples", samples);
}

static json_t *describe_rich(const struct pf_datagram *m)
{
    switch (m->kind) {
    case PF_RICH_TOUCHPAD:
        return json_pack("{s:i, s:i, s:i, s:i, s:i}", "pad", m->touchpad.pad, "finger", m->touchpad.finger,
            "active", m->touchpad.active, "x", m->touchpad.x, "y", m->touchpad.y);
    case PF_RICH_MOTION:
        return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "pad", m->motion.pad, "gyro_pitch",
            m->motion.gyro[0], "gyro_yaw", m->motion.gyro[1], "gyro_roll", m->motion.gyro[2], "accel_x",
            m->motion.accel[0], "accel_y", m->motion.accel[1], "accel_z", m->motion.accel[2]);
    case PF_RICH_TOUCHPAD_EX:
        return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "pad", m->touchpad_ex.pad, "surface",
            m->touchpad_ex.surface, "finger", m->touchpad_ex.finger, "state", m->touchpad_ex.state, "x",
            m->touchpad_ex.x, "y", m->touchpad_ex.y, "pressure", m->touchpad_ex.pressure);
    case PF_RICH_PEN:
        return describe_pen(m);
    default:
        return json_object();
    }
}

static json_t *describe_hid(const struct pf_datagram *m)
{
    switch (m->kind) {
    case PF_HID_LIGHT_BAR:
        return json_pack("{s:i, s:i, s:i, s:i}", "pad", m->light_bar.pad, "r", m->light_bar.r, "g",
            m->light_bar.g, "b", m->light_bar.b);
    case PF_HID_PLAYER_LEDS:
        return json_pack("{s:i, s:i}", "pad", m->player_leds.pad, "bits", m->player_leds.bits);
    case PF_HID_TRIGGER:
        return json_pack("{s:i, s:i, s:o}", "pad", m->trigger.pad, "which", m->trigger.which, "effect_hex",
            hex(m->trigger.effect, m->trigger.effect_len));
    case PF_HID_TRACKPAD_HAPTIC:
        return json_pack("{s:i, s:i, s:i, s:i, s:i}", "pad", m->haptic.pad, "side", m->haptic.side,
            "amplitude", m->haptic.amplitude, "period_us", m->haptic.period_us, "count", m->haptic.count);
    default:
        return json_object();
    }
}

static json_t *describe_packet(const struct pf_audio_packet *p, const char *name)
{
    return json_pack(
        "{s:o, s:o, s:o}", "seq", number(p->seq), "pts_ns", number(p->pts_ns), name, hex(p->data, p->len));
}

static json_t *describe_red(const struct pf_datagram *m)
{
    json_t *j = describe_packet(&m->red.now, "opus_hex");
    json_object_set_new(j, "previous_hex", hex(m->red.previous, m->red.previous_len));
    return j;
}

static json_t *describe_pad_audio(const struct pf_datagram *m)
{
    json_t *j = describe_packet(&m->pad_audio.packet, "opus_hex");
    json_object_set_new(j, "pad", number(m->pad_audio.pad));
    json_object_set_new(j, "kind", number(m->pad_audio.kind));
    return j;
}

json_t *describe_datagram(const struct pf_datagram *m)
{
    switch (m->tag) {
    case PF_DATAGRAM_INPUT:
        return json_pack("{s:i, s:o, s:i, s:i, s:o}", "kind", m->input.kind, "code", number(m->input.code),
            "x", m->input.x, "y", m->input.y, "flags", number(m->input.flags));
    case PF_DATAGRAM_AUDIO:
    case PF_DATAGRAM_MIC:
        return describe_packet(&m->audio, "opus_hex");
    case PF_DATAGRAM_AUDIO_PCM:
        return describe_packet(&m->audio, "pcm_hex");
    case PF_DATAGRAM_AUDIO_RED:
        return describe_red(m);
    case PF_DATAGRAM_PAD_AUDIO:
        return describe_pad_audio(m);
    case PF_DATAGRAM_RUMBLE:
        return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "pad", m->rumble.pad, "low", m->rumble.low,
            "high", m->rumble.high, "seq", m->rumble.seq, "ttl_ms", m->rumble.ttl_ms, "left_trigger",
            m->rumble.left_trigger, "right_trigger", m->rumble.right_trigger);
    case PF_DATAGRAM_RICH:
        return describe_rich(m);
    case PF_DATAGRAM_HID:
        return describe_hid(m);
    case PF_DATAGRAM_HDR:
        return describe_hdr(&m->hdr);
    case PF_DATAGRAM_HOST_TIMING:
        return json_pack("{s:o, s:o, s:o, s:o, s:o}", "pts_ns", number(m->timing.pts_ns), "host_us",
            number(m->timing.host_us), "queue_us", number(m->timing.queue_us), "encode_us",
            number(m->timing.encode_us), "pace_us", number(m->timing.pace_us));
    case PF_DATAGRAM_CURSOR:
        return json_pack("{s:o, s:i, s:i, s:i}", "serial", number(m->cursor.serial), "flags", m->cursor.flags,
            "x", m->cursor.x, "y", m->cursor.y);
    }
    return NULL;
}

json_t *describe_pairing(const struct pf_pairing_message *m)
{
    switch (m->type) {
    case PF_PAIRING_REQUEST:
        return json_pack("{s:o, s:o}", "name", json_stringn(m->request.name, m->request.name_len),
            "spake_hex", hex(m->request.spake, m->request.spake_len));
    case PF_PAIRING_CHALLENGE:
        return json_pack("{s:o, s:o}", "spake_hex", hex(m->challenge.spake, m->challenge.spake_len),
            "confirm_hex", hex(m->challenge.confirm, PF_PAIRING_CONFIRM_LEN));
    case PF_PAIRING_PROOF:
        return json_pack("{s:o}", "confirm_hex", hex(m->proof.confirm, PF_PAIRING_CONFIRM_LEN));
    case PF_PAIRING_RESULT:
        return json_pack("{s:i}", "ok", m->result_ok);
    }
    return NULL;
}

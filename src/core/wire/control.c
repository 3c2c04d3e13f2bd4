#include "punktfunk/wire_control.h"

#include "base/bytes.h"
#include "core/wire/fields.h"

#include <errno.h>

/* Every message: its exact length (or the smallest, if `open`), and since when it exists. */
static const struct form {
    enum pf_control_type type;
    uint16_t len;
    bool open;
    enum pf_wire_level since;
    const char *name;
} forms[] = {
    {PF_CONTROL_RECONFIGURE, 17, false, PF_WIRE_BASELINE, "Reconfigure"},
    {PF_CONTROL_RECONFIGURED, 18, false, PF_WIRE_BASELINE, "Reconfigured"},
    {PF_CONTROL_REQUEST_KEYFRAME, 5, false, PF_WIRE_BASELINE, "RequestKeyframe"},
    {PF_CONTROL_LOSS_REPORT, 9, false, PF_WIRE_BASELINE, "LossReport"},
    {PF_CONTROL_PROBE_REQUEST, 13, false, PF_WIRE_BASELINE, "ProbeRequest"},
    {PF_CONTROL_PROBE_RESULT, 21, true, PF_WIRE_BASELINE, "ProbeResult"},
    {PF_CONTROL_CLOCK_PROBE, 13, false, PF_WIRE_BASELINE, "ClockProbe"},
    {PF_CONTROL_CLOCK_ECHO, 29, false, PF_WIRE_BASELINE, "ClockEcho"},
    {PF_CONTROL_SET_BITRATE, 9, false, PF_WIRE_V31, "SetBitrate"},
    {PF_CONTROL_BITRATE_CHANGED, 9, false, PF_WIRE_V31, "BitrateChanged"},
    {PF_CONTROL_RFI_REQUEST, 13, false, PF_WIRE_V31, "RfiRequest"},
    {PF_CONTROL_SHARD_PAYLOAD, 7, false, PF_WIRE_V31, "ShardPayloadChanged"},
    {PF_CONTROL_SHARD_PAYLOAD_ACK, 7, false, PF_WIRE_V31, "ShardPayloadAck"},
    {PF_CONTROL_PIPELINE_GAP, 9, false, PF_WIRE_V31, "PipelineGap"},
    {PF_CONTROL_PHASE_REPORT, 25, true, PF_WIRE_V31, "PhaseReport"},
    {PF_CONTROL_CLIP_CONTROL, 7, false, PF_WIRE_V31, "ClipControl"},
    {PF_CONTROL_CLIP_STATE, 8, false, PF_WIRE_V31, "ClipState"},
    {PF_CONTROL_CLIP_OFFER, 10, true, PF_WIRE_V31, "ClipOffer"},
    {PF_CONTROL_CLIP_FETCH, 14, true, PF_WIRE_V31, "ClipFetch"},
    {PF_CONTROL_CLIP_FETCH_HDR, 14, false, PF_WIRE_V31, "ClipFetchHdr"},
    {PF_CONTROL_CURSOR_SHAPE, 21, true, PF_WIRE_V31, "CursorShape"},
    {PF_CONTROL_CURSOR_RENDER_MODE, 6, false, PF_WIRE_V31, "CursorRenderMode"},
    {PF_CONTROL_ACCESS_UPDATE, 13, false, PF_WIRE_V31, "AccessUpdate"},
};

static const struct form *form_of(unsigned type)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (forms[i].type == type)
            return &forms[i];
    return NULL;
}

const char *pf_control_name(enum pf_control_type type)
{
    const struct form *f = form_of(type);
    return f ? f->name : "unknown";
}

/* ---- reading: the body behind the type byte; false for content that cannot be ---- */

static bool read_probe_result(struct pf_reader *r, struct pf_control *m)
{
    m->probe_result.bytes_sent = pf_read_u64le(r);
    m->probe_result.access_units = pf_read_u32le(r);
    m->probe_result.duration_ms = pf_read_u32le(r);
    m->probe_result.wire_packets_sent = (uint32_t)pf_fields_read_or(r, 4, 0);
    m->probe_result.send_dropped = (uint32_t)pf_fields_read_or(r, 4, 0);
    r->left = 0; /* later additions are ignored */
    return true;
}

static bool read_phase(struct pf_reader *r, struct pf_control *m)
{
    m->phase.next_latch_host_ns = pf_read_u64le(r);
    m->phase.latch_period_ns = pf_read_u32le(r);
    m->phase.uncertainty_ns = pf_read_u32le(r);
    m->phase.arrival_lead_ns = pf_read_u32le(r);
    m->phase.has_coherence = r->left > 0;
    if (m->phase.has_coherence)
        m->phase.coherence_milli = pf_read_u16le(r);
    return true;
}

static bool read_mime(struct pf_reader *r, struct pf_clip_mime *mime)
{
    mime->len = pf_read_u8(r);
    mime->text = (const char *)pf_read_bytes(r, mime->len);
    return mime->text && mime->len <= PF_CLIP_MIME_MAX;
}

static bool read_clip_offer(struct pf_reader *r, struct pf_control *m)
{
    m->clip_offer.seq = pf_read_u32le(r);
    m->clip_offer.count = pf_read_u8(r);
    if (m->clip_offer.count > PF_CLIP_KINDS_MAX)
        return false;
    for (unsigned i = 0; i < m->clip_offer.count; i++) {
        if (!read_mime(r, &m->clip_offer.kinds[i].mime))
            return false;
        m->clip_offer.kinds[i].size_hint = pf_read_u64le(r);
    }
    return true;
}

static bool cursor_side_fits(uint16_t side)
{
    return side >= 1 && side <= PF_CURSOR_SIDE_MAX;
}

static bool read_cursor_shape(struct pf_reader *r, struct pf_control *m)
{
    m->cursor_shape.serial = pf_read_u32le(r);
    m->cursor_shape.width = pf_read_u16le(r);
    m->cursor_shape.height = pf_read_u16le(r);
    m->cursor_shape.hot_x = pf_read_u16le(r);
    m->cursor_shape.hot_y = pf_read_u16le(r);
    if (!cursor_side_fits(m->cursor_shape.width) || !cursor_side_fits(m->cursor_shape.height))
        return false;
    m->cursor_shape.rgba = pf_read_bytes(r, 4u * m->cursor_shape.width * m->cursor_shape.height);
    return true;
}

static bool read_v31(struct pf_reader *r, struct pf_control *m)
{
    switch (m->type) {
    case PF_CONTROL_SET_BITRATE:
    case PF_CONTROL_BITRATE_CHANGED:
        m->kbps = pf_read_u32le(r);
        return true;
    case PF_CONTROL_RFI_REQUEST:
        m->rfi.first_frame = pf_read_u32le(r);
        m->rfi.last_frame = pf_read_u32le(r);
        return true;
    case PF_CONTROL_SHARD_PAYLOAD:
    case PF_CONTROL_SHARD_PAYLOAD_ACK:
        m->shard_payload = pf_read_u16le(r);
        return true;
    case PF_CONTROL_PIPELINE_GAP:
        m->gap_ms = pf_read_u32le(r);
        return true;
    case PF_CONTROL_PHASE_REPORT:
        return read_phase(r, m);
    case PF_CONTROL_CLIP_CONTROL:
        m->clip_control.enabled = pf_read_u8(r) != 0;
        m->clip_control.flags = pf_read_u8(r);
        return true;
    case PF_CONTROL_CLIP_STATE:
        m->clip_state.enabled = pf_read_u8(r) != 0;
        m->clip_state.policy = pf_read_u8(r);
        m->clip_state.reason = pf_read_u8(r);
        return true;
    case PF_CONTROL_CLIP_OFFER:
        return read_clip_offer(r, m);
    case PF_CONTROL_CLIP_FETCH:
        m->clip_fetch.seq = pf_read_u32le(r);
        m->clip_fetch.file_index = pf_read_u32le(r);
        return read_mime(r, &m->clip_fetch.mime);
    case PF_CONTROL_CLIP_FETCH_HDR:
        m->clip_fetch_hdr.status = pf_read_u8(r);
        m->clip_fetch_hdr.total_size = pf_read_u64le(r);
        return true;
    case PF_CONTROL_CURSOR_SHAPE:
        return read_cursor_shape(r, m);
    case PF_CONTROL_CURSOR_RENDER_MODE:
        m->client_draws = pf_read_u8(r) != 0;
        return true;
    case PF_CONTROL_ACCESS_UPDATE:
        m->access.grants = pf_read_u32le(r);
        m->access.remaining_s = pf_read_u32le(r);
        return true;
    default:
        return false;
    }
}

static bool read_body(struct pf_reader *r, struct pf_control *m)
{
    switch (m->type) {
    case PF_CONTROL_REQUEST_KEYFRAME:
        return true;
    case PF_CONTROL_RECONFIGURE:
        m->mode.width = pf_read_u32le(r);
        m->mode.height = pf_read_u32le(r);
        m->mode.refresh = pf_read_u32le(r);
        return true;
    case PF_CONTROL_RECONFIGURED:
        m->reconfigured.accepted = pf_read_u8(r) != 0;
        m->reconfigured.width = pf_read_u32le(r);
        m->reconfigured.height = pf_read_u32le(r);
        m->reconfigured.refresh = pf_read_u32le(r);
        return true;
    case PF_CONTROL_LOSS_REPORT:
        m->loss_ppm = pf_read_u32le(r);
        return true;
    case PF_CONTROL_PROBE_REQUEST:
        m->probe_request.target_kbps = pf_read_u32le(r);
        m->probe_request.duration_ms = pf_read_u32le(r);
        return true;
    case PF_CONTROL_PROBE_RESULT:
        return read_probe_result(r, m);
    case PF_CONTROL_CLOCK_PROBE:
        m->clock.t1_ns = pf_read_u64le(r);
        return true;
    case PF_CONTROL_CLOCK_ECHO:
        m->clock.t1_ns = pf_read_u64le(r);
        m->clock.t2_ns = pf_read_u64le(r);
        m->clock.t3_ns = pf_read_u64le(r);
        return true;
    default:
        return read_v31(r, m);
    }
}

int pf_control_decode(enum pf_wire_level level, const void *data, size_t len, struct pf_control *ret)
{
    struct pf_reader r = pf_reader_of(data, len);
    bool magic = pf_fields_read_magic(&r, PF_MAGIC_TYPED);
    uint8_t type = pf_read_u8(&r);
    if (r.failed || !magic)
        return -EBADMSG;
    const struct form *f = form_of(type);
    if (!f || f->since > level)
        return PF_WIRE_UNKNOWN;
    if (f->open ? len < f->len : len != f->len)
        return -EBADMSG;
    struct pf_control m = {.type = f->type};
    if (!read_body(&r, &m) || r.failed || r.left > 0)
        return -EBADMSG;
    *ret = m;
    return 0;
}

/* ---- writing ---- */

static bool write_mime(struct pf_writer *w, const struct pf_clip_mime *mime)
{
    pf_write_u8(w, mime->len);
    pf_write_bytes(w, mime->text, mime->len);
    return mime->len <= PF_CLIP_MIME_MAX;
}

static bool write_clip_offer(struct pf_writer *w, const struct pf_control *m)
{
    if (m->clip_offer.count > PF_CLIP_KINDS_MAX)
        return false;
    pf_write_u32le(w, m->clip_offer.seq);
    pf_write_u8(w, m->clip_offer.count);
    for (unsigned i = 0; i < m->clip_offer.count; i++) {
        if (!write_mime(w, &m->clip_offer.kinds[i].mime))
            return false;
        pf_write_u64le(w, m->clip_offer.kinds[i].size_hint);
    }
    return true;
}

static bool write_cursor_shape(struct pf_writer *w, const struct pf_control *m)
{
    if (!cursor_side_fits(m->cursor_shape.width) || !cursor_side_fits(m->cursor_shape.height))
        return false;
    pf_write_u32le(w, m->cursor_shape.serial);
    pf_write_u16le(w, m->cursor_shape.width);
    pf_write_u16le(w, m->cursor_shape.height);
    pf_write_u16le(w, m->cursor_shape.hot_x);
    pf_write_u16le(w, m->cursor_shape.hot_y);
    pf_write_bytes(w, m->cursor_shape.rgba, 4u * m->cursor_shape.width * m->cursor_shape.height);
    return true;
}

static void write_phase(struct pf_writer *w, const struct pf_control *m)
{
    pf_write_u64le(w, m->phase.next_latch_host_ns);
    pf_write_u32le(w, m->phase.latch_period_ns);
    pf_write_u32le(w, m->phase.uncertainty_ns);
    pf_write_u32le(w, m->phase.arrival_lead_ns);
    if (m->phase.has_coherence)
        pf_write_u16le(w, m->phase.coherence_milli);
}

static bool write_v31(struct pf_writer *w, const struct pf_control *m)
{
    switch (m->type) {
    case PF_CONTROL_SET_BITRATE:
    case PF_CONTROL_BITRATE_CHANGED:
        pf_write_u32le(w, m->kbps);
        return true;
    case PF_CONTROL_RFI_REQUEST:
        pf_write_u32le(w, m->rfi.first_frame);
        pf_write_u32le(w, m->rfi.last_frame);
        return true;
    case PF_CONTROL_SHARD_PAYLOAD:
    case PF_CONTROL_SHARD_PAYLOAD_ACK:
        pf_write_u16le(w, m->shard_payload);
        return true;
    case PF_CONTROL_PIPELINE_GAP:
        pf_write_u32le(w, m->gap_ms);
        return true;
    case PF_CONTROL_PHASE_REPORT:
        write_phase(w, m);
        return true;
    case PF_CONTROL_CLIP_CONTROL:
        pf_write_u8(w, m->clip_control.enabled);
        pf_write_u8(w, m->clip_control.flags);
        return true;
    case PF_CONTROL_CLIP_STATE:
        pf_write_u8(w, m->clip_state.enabled);
        pf_write_u8(w, m->clip_state.policy);
        pf_write_u8(w, m->clip_state.reason);
        return true;
    case PF_CONTROL_CLIP_OFFER:
        return write_clip_offer(w, m);
    case PF_CONTROL_CLIP_FETCH:
        pf_write_u32le(w, m->clip_fetch.seq);
        pf_write_u32le(w, m->clip_fetch.file_index);
        return write_mime(w, &m->clip_fetch.mime);
    case PF_CONTROL_CLIP_FETCH_HDR:
        pf_write_u8(w, m->clip_fetch_hdr.status);
        pf_write_u64le(w, m->clip_fetch_hdr.total_size);
        return true;
    case PF_CONTROL_CURSOR_SHAPE:
        return write_cursor_shape(w, m);
    case PF_CONTROL_CURSOR_RENDER_MODE:
        pf_write_u8(w, m->client_draws);
        return true;
    case PF_CONTROL_ACCESS_UPDATE:
        pf_write_u32le(w, m->access.grants);
        pf_write_u32le(w, m->access.remaining_s);
        return true;
    default:
        return false;
    }
}

static bool write_body(struct pf_writer *w, const struct pf_control *m)
{
    switch (m->type) {
    case PF_CONTROL_REQUEST_KEYFRAME:
        return true;
    case PF_CONTROL_RECONFIGURE:
        pf_write_u32le(w, m->mode.width);
        pf_write_u32le(w, m->mode.height);
        pf_write_u32le(w, m->mode.refresh);
        return true;
    case PF_CONTROL_RECONFIGURED:
        pf_write_u8(w, m->reconfigured.accepted);
        pf_write_u32le(w, m->reconfigured.width);
        pf_write_u32le(w, m->reconfigured.height);
        pf_write_u32le(w, m->reconfigured.refresh);
        return true;
    case PF_CONTROL_LOSS_REPORT:
        pf_write_u32le(w, m->loss_ppm);
        return true;
    case PF_CONTROL_PROBE_REQUEST:
        pf_write_u32le(w, m->probe_request.target_kbps);
        pf_write_u32le(w, m->probe_request.duration_ms);
        return true;
    case PF_CONTROL_PROBE_RESULT:
        pf_write_u64le(w, m->probe_result.bytes_sent);
        pf_write_u32le(w, m->probe_result.access_units);
        pf_write_u32le(w, m->probe_result.duration_ms);
        pf_write_u32le(w, m->probe_result.wire_packets_sent);
        pf_write_u32le(w, m->probe_result.send_dropped);
        return true;
    case PF_CONTROL_CLOCK_PROBE:
        pf_write_u64le(w, m->clock.t1_ns);
        return true;
    case PF_CONTROL_CLOCK_ECHO:
        pf_write_u64le(w, m->clock.t1_ns);
        pf_write_u64le(w, m->clock.t2_ns);
        pf_write_u64le(w, m->clock.t3_ns);
        return true;
    default:
        return write_v31(w, m);
    }
}

int pf_control_encode(const struct pf_control *m, void *buf, size_t cap)
{
    struct pf_writer w = pf_writer_of(buf, cap);
    pf_write_bytes(&w, PF_MAGIC_TYPED, PF_MAGIC_LEN);
    pf_write_u8(&w, (uint8_t)m->type);
    if (!write_body(&w, m))
        return -EINVAL;
    return w.failed ? -ENOBUFS : (int)w.len;
}

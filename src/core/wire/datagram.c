#include "punktfunk/wire_datagram.h"

#include "base/bytes.h"
#include "core/wire/fields.h"
#include "core/wire/rich.h"

#include <errno.h>

#define INPUT_KEY_FLAGS 0x7FFFFFFFu /* bit 31 is an internal mark of the reference host */

static int read_input(struct pf_reader *r, enum pf_wire_level level, struct pf_input_event *e)
{
    uint8_t newest = level >= PF_WIRE_V31 ? PF_INPUT_TEXT : PF_INPUT_TOUCH_UP;
    e->kind = pf_read_u8(r);
    e->code = pf_read_u32le(r);
    e->x = (int32_t)pf_read_u32le(r);
    e->y = (int32_t)pf_read_u32le(r);
    e->flags = pf_read_u32le(r);
    if (e->kind == PF_INPUT_KEY_DOWN || e->kind == PF_INPUT_KEY_UP)
        e->flags &= INPUT_KEY_FLAGS;
    return !r->failed && e->kind > newest ? PF_WIRE_UNKNOWN : 0;
}

static void write_input(struct pf_writer *w, const struct pf_input_event *e)
{
    pf_write_u8(w, e->kind);
    pf_write_u32le(w, e->code);
    pf_write_u32le(w, (uint32_t)e->x);
    pf_write_u32le(w, (uint32_t)e->y);
    pf_write_u32le(w, e->flags);
}

static void read_packet_header(struct pf_reader *r, struct pf_audio_packet *p)
{
    p->seq = pf_read_u32le(r);
    p->pts_ns = pf_read_u64le(r);
}

static void read_packet(struct pf_reader *r, struct pf_audio_packet *p)
{
    read_packet_header(r, p);
    p->len = r->left;
    p->data = pf_read_bytes(r, p->len);
}

static void write_packet_header(struct pf_writer *w, const struct pf_audio_packet *p)
{
    pf_write_u32le(w, p->seq);
    pf_write_u64le(w, p->pts_ns);
}

static void write_packet(struct pf_writer *w, const struct pf_audio_packet *p)
{
    write_packet_header(w, p);
    pf_write_bytes(w, p->data, p->len);
}

static void read_red(struct pf_reader *r, struct pf_datagram *m)
{
    read_packet_header(r, &m->red.now);
    m->red.now.len = pf_read_u16le(r);
    m->red.now.data = pf_read_bytes(r, m->red.now.len);
    m->red.previous_len = r->left;
    m->red.previous = r->left ? pf_read_bytes(r, r->left) : NULL;
}

static bool write_red(struct pf_writer *w, const struct pf_datagram *m)
{
    write_packet_header(w, &m->red.now);
    pf_write_u16le(w, (uint16_t)m->red.now.len);
    pf_write_bytes(w, m->red.now.data, m->red.now.len);
    pf_write_bytes(w, m->red.previous, m->red.previous_len);
    return m->red.now.len <= UINT16_MAX;
}

static void read_rumble(struct pf_reader *r, enum pf_wire_level level, struct pf_datagram *m)
{
    m->rumble.pad = pf_read_u16le(r);
    m->rumble.low = pf_read_u16le(r);
    m->rumble.high = pf_read_u16le(r);
    m->rumble.has_envelope = level >= PF_WIRE_V31 && r->left >= 3;
    m->rumble.has_triggers = level >= PF_WIRE_V31 && r->left >= 7;
    if (m->rumble.has_envelope) {
        m->rumble.seq = pf_read_u8(r);
        m->rumble.ttl_ms = pf_read_u16le(r);
    }
    if (m->rumble.has_triggers) {
        m->rumble.left_trigger = pf_read_u16le(r);
        m->rumble.right_trigger = pf_read_u16le(r);
    }
}

static bool write_rumble(struct pf_writer *w, const struct pf_datagram *m)
{
    pf_write_u16le(w, m->rumble.pad);
    pf_write_u16le(w, m->rumble.low);
    pf_write_u16le(w, m->rumble.high);
    if (m->rumble.has_envelope) {
        pf_write_u8(w, m->rumble.seq);
        pf_write_u16le(w, m->rumble.ttl_ms);
    }
    if (m->rumble.has_triggers) {
        pf_write_u16le(w, m->rumble.left_trigger);
        pf_write_u16le(w, m->rumble.right_trigger);
    }
    return m->rumble.has_envelope || !m->rumble.has_triggers;
}

static void read_timing(struct pf_reader *r, enum pf_wire_level level, struct pf_datagram *m)
{
    m->timing.pts_ns = pf_read_u64le(r);
    m->timing.host_us = pf_read_u32le(r);
    m->timing.has_stages = level >= PF_WIRE_V31 && r->left >= 12;
    m->timing.has_phase = level >= PF_WIRE_V31 && r->left >= 16;
    if (m->timing.has_stages) {
        m->timing.queue_us = pf_read_u32le(r);
        m->timing.encode_us = pf_read_u32le(r);
        m->timing.pace_us = pf_read_u32le(r);
    }
    if (m->timing.has_phase)
        m->timing.phase_ns = (int32_t)pf_read_u32le(r);
}

static bool write_timing(struct pf_writer *w, const struct pf_datagram *m)
{
    pf_write_u64le(w, m->timing.pts_ns);
    pf_write_u32le(w, m->timing.host_us);
    if (m->timing.has_stages) {
        pf_write_u32le(w, m->timing.queue_us);
        pf_write_u32le(w, m->timing.encode_us);
        pf_write_u32le(w, m->timing.pace_us);
    }
    if (m->timing.has_phase)
        pf_write_u32le(w, (uint32_t)m->timing.phase_ns);
    return m->timing.has_stages || !m->timing.has_phase;
}

static int read_v31(struct pf_reader *r, struct pf_datagram *m)
{
    switch (m->tag) {
    case PF_DATAGRAM_CURSOR:
        m->cursor.serial = pf_read_u32le(r);
        m->cursor.flags = pf_read_u8(r);
        m->cursor.x = (int32_t)pf_read_u32le(r);
        m->cursor.y = (int32_t)pf_read_u32le(r);
        return 0;
    case PF_DATAGRAM_PAD_AUDIO:
        m->pad_audio.pad = pf_read_u8(r);
        m->pad_audio.kind = pf_read_u8(r);
        read_packet(r, &m->pad_audio.packet);
        return 0;
    case PF_DATAGRAM_AUDIO_RED:
        read_red(r, m);
        return 0;
    case PF_DATAGRAM_AUDIO_PCM:
        read_packet(r, &m->audio);
        return 0;
    default:
        return PF_WIRE_UNKNOWN;
    }
}

static int read_body(struct pf_reader *r, enum pf_wire_level level, struct pf_datagram *m)
{
    switch (m->tag) {
    case PF_DATAGRAM_INPUT:
        return read_input(r, level, &m->input);
    case PF_DATAGRAM_AUDIO:
    case PF_DATAGRAM_MIC:
        read_packet(r, &m->audio);
        return 0;
    case PF_DATAGRAM_RUMBLE:
        read_rumble(r, level, m);
        return 0;
    case PF_DATAGRAM_RICH:
        return pf_rich_read(r, level, m);
    case PF_DATAGRAM_HID:
        return pf_hid_read(r, level, m);
    case PF_DATAGRAM_HDR:
        pf_fields_read_hdr(r, &m->hdr);
        return 0;
    case PF_DATAGRAM_HOST_TIMING:
        read_timing(r, level, m);
        return 0;
    default:
        return level >= PF_WIRE_V31 ? read_v31(r, m) : PF_WIRE_UNKNOWN;
    }
}

int pf_datagram_decode(enum pf_wire_level level, const void *data, size_t len, struct pf_datagram *ret)
{
    struct pf_reader r = pf_reader_of(data, len);
    struct pf_datagram m = {.tag = (enum pf_datagram_tag)pf_read_u8(&r)};
    if (r.failed)
        return -EBADMSG;
    int e = read_body(&r, level, &m);
    if (e != 0 || r.failed)
        return e != 0 ? e : -EBADMSG;
    *ret = m;
    return 0;
}

static bool write_body(struct pf_writer *w, const struct pf_datagram *m)
{
    switch (m->tag) {
    case PF_DATAGRAM_INPUT:
        write_input(w, &m->input);
        return true;
    case PF_DATAGRAM_AUDIO:
    case PF_DATAGRAM_MIC:
    case PF_DATAGRAM_AUDIO_PCM:
        write_packet(w, &m->audio);
        return true;
    case PF_DATAGRAM_RUMBLE:
        return write_rumble(w, m);
    case PF_DATAGRAM_RICH:
        return pf_rich_write(w, m);
    case PF_DATAGRAM_HID:
        return pf_hid_write(w, m);
    case PF_DATAGRAM_HDR:
        pf_fields_write_hdr(w, &m->hdr);
        return true;
    case PF_DATAGRAM_HOST_TIMING:
        return write_timing(w, m);
    case PF_DATAGRAM_CURSOR:
        pf_write_u32le(w, m->cursor.serial);
        pf_write_u8(w, m->cursor.flags);
        pf_write_u32le(w, (uint32_t)m->cursor.x);
        pf_write_u32le(w, (uint32_t)m->cursor.y);
        return true;
    case PF_DATAGRAM_PAD_AUDIO:
        pf_write_u8(w, m->pad_audio.pad);
        pf_write_u8(w, m->pad_audio.kind);
        write_packet(w, &m->pad_audio.packet);
        return true;
    case PF_DATAGRAM_AUDIO_RED:
        return write_red(w, m);
    }
    return false;
}

int pf_datagram_encode(const struct pf_datagram *m, void *buf, size_t cap)
{
    struct pf_writer w = pf_writer_of(buf, cap);
    pf_write_u8(&w, (uint8_t)m->tag);
    if (!write_body(&w, m))
        return -EINVAL;
    return w.failed ? -ENOBUFS : (int)w.len;
}

struct pf_pad_state pf_pad_state_of(const struct pf_input_event *e)
{
    uint32_t x = (uint32_t)e->x, y = (uint32_t)e->y;
    return (struct pf_pad_state){
        .pad = (uint8_t)e->flags,
        .rt = (uint8_t)(e->flags >> 8),
        .lt = (uint8_t)(e->flags >> 16),
        .seq = (uint8_t)(e->flags >> 24),
        .buttons = e->code,
        .lsx = (int16_t)(x >> 16),
        .lsy = (int16_t)x,
        .rsx = (int16_t)(y >> 16),
        .rsy = (int16_t)y,
    };
}

static int32_t stick(int16_t high, int16_t low)
{
    return (int32_t)((uint32_t)(uint16_t)high << 16 | (uint16_t)low);
}

struct pf_input_event pf_pad_state_event(const struct pf_pad_state *s)
{
    return (struct pf_input_event){
        .kind = PF_INPUT_PAD_STATE,
        .code = s->buttons,
        .x = stick(s->lsx, s->lsy),
        .y = stick(s->rsx, s->rsy),
        .flags = (uint32_t)s->seq << 24 | (uint32_t)s->lt << 16 | (uint32_t)s->rt << 8 | s->pad,
    };
}

#include "core/wire/rich.h"

#include <errno.h>
#include <math.h>

static size_t at_most(size_t n, size_t max)
{
    return n < max ? n : max;
}

static int16_t read_i16(struct pf_reader *r)
{
    return (int16_t)pf_read_u16le(r);
}

static float read_f32(struct pf_reader *r)
{
    uint32_t bits = pf_read_u32le(r);
    float f;
    memcpy(&f, &bits, sizeof(f));
    return f;
}

static void write_f32(struct pf_writer *w, float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof(bits));
    pf_write_u32le(w, bits);
}

static void read_touchpad(struct pf_reader *r, struct pf_datagram *m)
{
    m->touchpad.pad = pf_read_u8(r);
    m->touchpad.finger = pf_read_u8(r);
    m->touchpad.active = pf_read_u8(r) != 0;
    m->touchpad.x = pf_read_u16le(r);
    m->touchpad.y = pf_read_u16le(r);
}

static void read_motion(struct pf_reader *r, struct pf_datagram *m)
{
    m->motion.pad = pf_read_u8(r);
    for (int i = 0; i < 3; i++)
        m->motion.gyro[i] = read_i16(r);
    for (int i = 0; i < 3; i++)
        m->motion.accel[i] = read_i16(r);
}

static void read_touchpad_ex(struct pf_reader *r, struct pf_datagram *m)
{
    m->touchpad_ex.pad = pf_read_u8(r);
    m->touchpad_ex.surface = pf_read_u8(r);
    m->touchpad_ex.finger = pf_read_u8(r);
    m->touchpad_ex.state = pf_read_u8(r);
    m->touchpad_ex.x = read_i16(r);
    m->touchpad_ex.y = read_i16(r);
    m->touchpad_ex.pressure = pf_read_u16le(r);
}

static void read_raw_report(struct pf_reader *r, struct pf_datagram *m)
{
    m->raw.pad = pf_read_u8(r);
    size_t told = pf_read_u8(r);
    m->raw.len = at_most(told, at_most(r->left, PF_HID_RAW_MAX));
    m->raw.data = pf_read_bytes(r, m->raw.len);
}

static bool read_pen_sample(struct pf_reader *r, struct pf_pen_sample *s)
{
    s->state = pf_read_u8(r);
    s->tool = pf_read_u8(r);
    s->x = read_f32(r);
    s->y = read_f32(r);
    s->pressure = pf_read_u16le(r);
    s->distance = pf_read_u16le(r);
    s->tilt = pf_read_u8(r);
    s->azimuth = pf_read_u16le(r);
    s->roll = pf_read_u16le(r);
    s->dt_us = pf_read_u16le(r);
    return isfinite(s->x) && isfinite(s->y);
}

static int read_pen(struct pf_reader *r, struct pf_datagram *m)
{
    m->pen.flags = pf_read_u8(r);
    m->pen.count = pf_read_u8(r);
    m->pen.seq = pf_read_u16le(r);
    if (m->pen.count < 1 || m->pen.count > PF_PEN_SAMPLES_MAX)
        return -EBADMSG;
    for (unsigned i = 0; i < m->pen.count; i++)
        if (!read_pen_sample(r, &m->pen.samples[i]))
            return -EBADMSG; /* one bad sample drops the batch */
    return 0;
}

int pf_rich_read(struct pf_reader *r, enum pf_wire_level level, struct pf_datagram *m)
{
    m->kind = pf_read_u8(r);
    if (r->failed)
        return -EBADMSG;
    if (m->kind > PF_RICH_TOUCHPAD_EX && level < PF_WIRE_V31)
        return PF_WIRE_UNKNOWN;
    switch (m->kind) {
    case PF_RICH_TOUCHPAD:
        read_touchpad(r, m);
        return 0;
    case PF_RICH_MOTION:
        read_motion(r, m);
        return 0;
    case PF_RICH_TOUCHPAD_EX:
        read_touchpad_ex(r, m);
        return 0;
    case PF_RICH_RAW_REPORT:
        read_raw_report(r, m);
        return 0;
    case PF_RICH_PEN:
        return read_pen(r, m);
    default:
        return PF_WIRE_UNKNOWN;
    }
}

static void write_touchpad_ex(struct pf_writer *w, const struct pf_datagram *m)
{
    pf_write_u8(w, m->touchpad_ex.pad);
    pf_write_u8(w, m->touchpad_ex.surface);
    pf_write_u8(w, m->touchpad_ex.finger);
    pf_write_u8(w, m->touchpad_ex.state);
    pf_write_u16le(w, (uint16_t)m->touchpad_ex.x);
    pf_write_u16le(w, (uint16_t)m->touchpad_ex.y);
    pf_write_u16le(w, m->touchpad_ex.pressure);
}

static void write_motion(struct pf_writer *w, const struct pf_datagram *m)
{
    pf_write_u8(w, m->motion.pad);
    for (int i = 0; i < 3; i++)
        pf_write_u16le(w, (uint16_t)m->motion.gyro[i]);
    for (int i = 0; i < 3; i++)
        pf_write_u16le(w, (uint16_t)m->motion.accel[i]);
}

static void write_pen_sample(struct pf_writer *w, const struct pf_pen_sample *s)
{
    pf_write_u8(w, s->state);
    pf_write_u8(w, s->tool);
    write_f32(w, s->x);
    write_f32(w, s->y);
    pf_write_u16le(w, s->pressure);
    pf_write_u16le(w, s->distance);
    pf_write_u8(w, s->tilt);
    pf_write_u16le(w, s->azimuth);
    pf_write_u16le(w, s->roll);
    pf_write_u16le(w, s->dt_us);
}

static bool write_pen(struct pf_writer *w, const struct pf_datagram *m)
{
    if (m->pen.count < 1 || m->pen.count > PF_PEN_SAMPLES_MAX)
        return false;
    pf_write_u8(w, m->pen.flags);
    pf_write_u8(w, m->pen.count);
    pf_write_u16le(w, m->pen.seq);
    for (unsigned i = 0; i < m->pen.count; i++)
        write_pen_sample(w, &m->pen.samples[i]);
    return true;
}

bool pf_rich_write(struct pf_writer *w, const struct pf_datagram *m)
{
    pf_write_u8(w, m->kind);
    switch (m->kind) {
    case PF_RICH_TOUCHPAD:
        pf_write_u8(w, m->touchpad.pad);
        pf_write_u8(w, m->touchpad.finger);
        pf_write_u8(w, m->touchpad.active);
        pf_write_u16le(w, m->touchpad.x);
        pf_write_u16le(w, m->touchpad.y);
        return true;
    case PF_RICH_MOTION:
        write_motion(w, m);
        return true;
    case PF_RICH_TOUCHPAD_EX:
        write_touchpad_ex(w, m);
        return true;
    case PF_RICH_RAW_REPORT:
        pf_write_u8(w, m->raw.pad);
        pf_write_u8(w, (uint8_t)m->raw.len);
        pf_write_bytes(w, m->raw.data, m->raw.len);
        return m->raw.len <= PF_HID_RAW_MAX;
    case PF_RICH_PEN:
        return write_pen(w, m);
    default:
        return false;
    }
}

/* The rest of the datagram, cut to max. */
static const uint8_t *read_rest(struct pf_reader *r, size_t max, size_t *ret_len)
{
    *ret_len = at_most(r->left, max);
    return pf_read_bytes(r, *ret_len);
}

static void read_haptic(struct pf_reader *r, struct pf_datagram *m)
{
    m->haptic.pad = pf_read_u8(r);
    m->haptic.side = pf_read_u8(r);
    m->haptic.amplitude = pf_read_u16le(r);
    m->haptic.period_us = pf_read_u16le(r);
    m->haptic.count = pf_read_u16le(r);
}

static int read_audio_control(struct pf_reader *r, struct pf_datagram *m)
{
    m->audio_control.pad = pf_read_u16le(r);
    m->audio_control.flags = pf_read_u8(r);
    pf_read_copy(r, m->audio_control.raw, sizeof(m->audio_control.raw));
    return m->audio_control.pad < PF_PADS_MAX ? 0 : -EBADMSG;
}

int pf_hid_read(struct pf_reader *r, enum pf_wire_level level, struct pf_datagram *m)
{
    m->kind = pf_read_u8(r);
    if (r->failed)
        return -EBADMSG;
    if (m->kind > PF_HID_TRACKPAD_HAPTIC && level < PF_WIRE_V31)
        return PF_WIRE_UNKNOWN;
    switch (m->kind) {
    case PF_HID_LIGHT_BAR:
        m->light_bar.pad = pf_read_u8(r);
        m->light_bar.r = pf_read_u8(r);
        m->light_bar.g = pf_read_u8(r);
        m->light_bar.b = pf_read_u8(r);
        return 0;
    case PF_HID_PLAYER_LEDS:
        m->player_leds.pad = pf_read_u8(r);
        m->player_leds.bits = pf_read_u8(r);
        return 0;
    case PF_HID_TRIGGER:
        m->trigger.pad = pf_read_u8(r);
        m->trigger.which = pf_read_u8(r);
        m->trigger.effect = read_rest(r, PF_HID_EFFECT_MAX, &m->trigger.effect_len);
        return 0;
    case PF_HID_TRACKPAD_HAPTIC:
        read_haptic(r, m);
        return 0;
    case PF_HID_RAW:
        m->raw.pad = pf_read_u8(r);
        m->raw.report_kind = pf_read_u8(r);
        m->raw.data = read_rest(r, PF_HID_RAW_MAX, &m->raw.len);
        return 0;
    case PF_HID_AUDIO_CONTROL:
        return read_audio_control(r, m);
    default:
        return PF_WIRE_UNKNOWN;
    }
}

bool pf_hid_write(struct pf_writer *w, const struct pf_datagram *m)
{
    pf_write_u8(w, m->kind);
    switch (m->kind) {
    case PF_HID_LIGHT_BAR:
        pf_write_u8(w, m->light_bar.pad);
        pf_write_u8(w, m->light_bar.r);
        pf_write_u8(w, m->light_bar.g);
        pf_write_u8(w, m->light_bar.b);
        return true;
    case PF_HID_PLAYER_LEDS:
        pf_write_u8(w, m->player_leds.pad);
        pf_write_u8(w, m->player_leds.bits);
        return true;
    case PF_HID_TRIGGER:
        pf_write_u8(w, m->trigger.pad);
        pf_write_u8(w, m->trigger.which);
        pf_write_bytes(w, m->trigger.effect, m->trigger.effect_len);
        return m->trigger.effect_len <= PF_HID_EFFECT_MAX;
    case PF_HID_TRACKPAD_HAPTIC:
        pf_write_u8(w, m->haptic.pad);
        pf_write_u8(w, m->haptic.side);
        pf_write_u16le(w, m->haptic.amplitude);
        pf_write_u16le(w, m->haptic.period_us);
        pf_write_u16le(w, m->haptic.count);
        return true;
    case PF_HID_RAW:
        pf_write_u8(w, m->raw.pad);
        pf_write_u8(w, m->raw.report_kind);
        pf_write_bytes(w, m->raw.data, m->raw.len);
        return m->raw.len <= PF_HID_RAW_MAX;
    case PF_HID_AUDIO_CONTROL:
        pf_write_u16le(w, m->audio_control.pad);
        pf_write_u8(w, m->audio_control.flags);
        pf_write_bytes(w, m->audio_control.raw, sizeof(m->audio_control.raw));
        return m->audio_control.pad < PF_PADS_MAX;
    default:
        return false;
    }
}

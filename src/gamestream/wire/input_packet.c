#include "gamestream/wire/input_packet.h"

#include "base/bytes.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Coordinates are fractions and small physical values; anything beyond is damage. */
#define FLOAT_LIMIT 1e6f

static int16_t read_i16be(struct pf_reader *r)
{
    return (int16_t)pf_read_be(r, 2);
}

static int16_t read_i16le(struct pf_reader *r)
{
    return (int16_t)pf_read_u16le(r);
}

static float read_f32(struct pf_reader *r)
{
    uint32_t bits = pf_read_u32le(r);
    float value;
    memcpy(&value, &bits, sizeof(value));
    if (!(fabsf(value) <= FLOAT_LIMIT)) {
        r->failed = true;
        return 0;
    }
    return value;
}

/* Constants of the packet; another value means another layout. */
static void expect_u16le(struct pf_reader *r, uint16_t value)
{
    if (pf_read_u16le(r) != value)
        r->failed = true;
}

/* ---- bodies ---------------------------------------------------------------------------------------------
 */

static void read_haptics(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_HAPTICS;
    pf_read_u16le(r);
}

static void read_move(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_MOVE;
    p->move.x = read_i16be(r);
    p->move.y = read_i16be(r);
}

static void read_position(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_POSITION;
    p->position.x = read_i16be(r);
    p->position.y = read_i16be(r);
    pf_read_bytes(r, 2);
    p->position.right = read_i16be(r);
    p->position.bottom = read_i16be(r);
}

static void read_button(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_BUTTON;
    p->button.button = pf_read_u8(r);
}

static void read_button_down(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    read_button(r, p);
    p->button.down = true;
}

static void read_scroll(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_SCROLL;
    p->scroll.amount = read_i16be(r);
    pf_read_bytes(r, 4); /* the same amount again, and padding */
}

static void read_horizontal_scroll(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_SCROLL;
    p->scroll.amount = read_i16be(r);
    p->scroll.horizontal = true;
}

static void read_key(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_KEY;
    p->key.flags = pf_read_u8(r);
    p->key.code = pf_read_u16le(r);
    p->key.modifiers = pf_read_u8(r);
    pf_read_bytes(r, 2);
}

static void read_key_down(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    read_key(r, p);
    p->key.down = true;
}

static void read_text(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_TEXT;
    p->text.len = r->left;
    if (!r->left || r->left > PF_GS_TEXT_MAX)
        r->failed = true;
    else
        pf_read_copy(r, p->text.bytes, r->left);
}

static void read_pad(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_PAD;
    expect_u16le(r, 0x001A);
    p->pad.pad = pf_read_u16le(r);
    p->pad.active_mask = pf_read_u16le(r);
    pf_read_bytes(r, 2); /* middle mark */
    p->pad.buttons = pf_read_u16le(r);
    p->pad.left_trigger = pf_read_u8(r);
    p->pad.right_trigger = pf_read_u8(r);
    p->pad.left_x = read_i16le(r);
    p->pad.left_y = read_i16le(r);
    p->pad.right_x = read_i16le(r);
    p->pad.right_y = read_i16le(r);
    pf_read_bytes(r, 2); /* tail mark */
    p->pad.buttons |= (uint32_t)pf_read_u16le(r) << 16;
    pf_read_bytes(r, 2);
}

static void read_arrival(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_PAD_ARRIVAL;
    p->arrival.pad = pf_read_u8(r);
    p->arrival.type = pf_read_u8(r);
    p->arrival.capabilities = pf_read_u16le(r);
    p->arrival.buttons = pf_read_u32le(r);
}

static void read_pad_touch(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_PAD_TOUCH;
    p->pad_touch.pad = pf_read_u8(r);
    p->pad_touch.event = pf_read_u8(r);
    pf_read_u8(r);
    p->pad_touch.touchpad = pf_read_u8(r);
    p->pad_touch.finger = pf_read_u32le(r);
    p->pad_touch.x = read_f32(r);
    p->pad_touch.y = read_f32(r);
    p->pad_touch.pressure = read_f32(r);
}

static void read_motion(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_PAD_MOTION;
    p->motion.pad = pf_read_u8(r);
    p->motion.type = pf_read_u8(r);
    pf_read_bytes(r, 2);
    p->motion.x = read_f32(r);
    p->motion.y = read_f32(r);
    p->motion.z = read_f32(r);
}

static void read_battery(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_PAD_BATTERY;
    p->battery.pad = pf_read_u8(r);
    p->battery.state = pf_read_u8(r);
    p->battery.percent = pf_read_u8(r);
    pf_read_u8(r);
}

static void read_touch(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_TOUCH;
    p->touch.event = pf_read_u8(r);
    pf_read_u8(r);
    p->touch.rotation = pf_read_u16le(r);
    p->touch.finger = pf_read_u32le(r);
    p->touch.x = read_f32(r);
    p->touch.y = read_f32(r);
    p->touch.pressure = read_f32(r);
    p->touch.contact_major = read_f32(r);
    p->touch.contact_minor = read_f32(r);
}

static void read_pen(struct pf_reader *r, struct pf_gs_input_packet *p)
{
    p->kind = PF_GS_INPUT_PEN;
    p->pen.event = pf_read_u8(r);
    p->pen.tool = pf_read_u8(r);
    p->pen.buttons = pf_read_u8(r);
    pf_read_u8(r);
    p->pen.x = read_f32(r);
    p->pen.y = read_f32(r);
    p->pen.pressure = read_f32(r);
    p->pen.rotation = pf_read_u16le(r);
    p->pen.tilt = pf_read_u8(r);
    pf_read_u8(r);
    p->pen.contact_major = read_f32(r);
    p->pen.contact_minor = read_f32(r);
}

/* ---- the packet -----------------------------------------------------------------------------------------
 */

static const struct layout {
    uint32_t magic;
    uint32_t size; /* as written in front of it; 0: any */
    void (*read)(struct pf_reader *, struct pf_gs_input_packet *);
} layouts[] = {
    {0x0000000D, 6, read_haptics},
    {0x00000007, 8, read_move},
    {0x00000005, 14, read_position},
    {0x00000008, 5, read_button_down},
    {0x00000009, 5, read_button},
    {0x0000000A, 10, read_scroll},
    {0x55000001, 6, read_horizontal_scroll},
    {0x00000003, 10, read_key_down},
    {0x00000004, 10, read_key},
    {0x00000017, 0, read_text},
    {0x0000000C, 30, read_pad},
    {0x55000004, 12, read_arrival},
    {0x55000005, 24, read_pad_touch},
    {0x55000006, 20, read_motion},
    {0x55000007, 8, read_battery},
    {0x55000002, 32, read_touch},
    {0x55000003, 32, read_pen},
};

int pf_gs_input_packet_decode(const uint8_t *data, size_t len, struct pf_gs_input_packet *ret_packet)
{
    struct pf_reader r = pf_reader_of(data, len);
    uint32_t size = (uint32_t)pf_read_be(&r, 4);
    if (r.failed || size != r.left)
        return -EINVAL;
    uint32_t magic = pf_read_u32le(&r);
    for (size_t i = 0; !r.failed && i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        if (layouts[i].magic != magic)
            continue;
        if (layouts[i].size && layouts[i].size != size)
            return -EINVAL;
        struct pf_gs_input_packet packet = {0};
        layouts[i].read(&r, &packet);
        if (r.failed || r.left)
            return -EINVAL;
        *ret_packet = packet;
        return 0;
    }
    return r.failed ? -EINVAL : -ENOTSUP;
}

#include "gamestream/input/pad_map.h"

#include "gamestream/wire/control_message.h"

#include <math.h>
#include <string.h>

#define ACCEL_PER_MS2 (10000.0f / 9.80665f) /* of the wire: 10 000 per g */
#define GYRO_PER_DPS  20.0f
#define MOTION_HZ     100u

enum { TYPE_XBOX = 1, TYPE_PLAYSTATION = 2 };

void pf_gs_pad_map_init(
    struct pf_gs_pad_map *map, const struct pf_gs_pad_sink *sink, enum pf_pad_kind session_kind)
{
    *map = (struct pf_gs_pad_map){.sink = *sink, .kind = session_kind};
}

/* ---- coming and going -----------------------------------------------------------------------------------
 */

static void begin(struct pf_gs_pad *pad, uint16_t capabilities)
{
    uint8_t seq = pad->seq;
    *pad = (struct pf_gs_pad){.present = true, .seq = seq, .capabilities = capabilities};
    pad->motion = (struct pf_datagram){.tag = PF_DATAGRAM_RICH, .kind = PF_RICH_MOTION};
    struct pf_pad_report rest = pf_pad_report_neutral();
    memcpy(pad->motion.motion.accel, rest.accel, sizeof(rest.accel));
}

static enum pf_pad_kind kind_of(unsigned type)
{
    return type == TYPE_PLAYSTATION ? PF_PAD_KIND_DUALSENSE
           : type == TYPE_XBOX      ? PF_PAD_KIND_XBOX_360
                                    : PF_PAD_KIND_AUTO;
}

static bool has_motion(enum pf_pad_kind kind)
{
    return kind == PF_PAD_KIND_DUALSENSE || kind == PF_PAD_KIND_DUALSHOCK_4;
}

static void ask_for_motion(struct pf_gs_pad_map *m, unsigned pad, unsigned capability, uint8_t type)
{
    uint8_t out[PF_GS_HOST_MESSAGE_MAX];
    if (m->pads[pad].capabilities & capability)
        m->sink.tell(m->sink.user, out, pf_gs_write_motion_enable(out, (uint16_t)pad, MOTION_HZ, type));
}

static void take_arrival(struct pf_gs_pad_map *m, const struct pf_gs_input_packet *p)
{
    unsigned index = p->arrival.pad % PF_PADS_MAX;
    struct pf_gs_pad *pad = &m->pads[index];
    if (pad->present)
        return;
    begin(pad, p->arrival.capabilities);
    enum pf_pad_kind wish = kind_of(p->arrival.type);
    const struct pf_input_event arrival = {.kind = PF_INPUT_PAD_ARRIVAL, .code = wish, .flags = index};
    m->sink.event(m->sink.user, &arrival);
    if (!has_motion(wish == PF_PAD_KIND_AUTO ? m->kind : wish))
        return;
    ask_for_motion(m, index, PF_GS_PAD_ACCELEROMETER, 1);
    ask_for_motion(m, index, PF_GS_PAD_GYROSCOPE, 2);
}

static void remove_pad(struct pf_gs_pad_map *m, unsigned index)
{
    struct pf_gs_pad *pad = &m->pads[index];
    if (!pad->present)
        return;
    pad->present = false;
    struct pf_input_event gone =
        pf_pad_state_event(&(struct pf_pad_state){.pad = (uint8_t)index, .seq = ++pad->seq});
    gone.kind = PF_INPUT_PAD_REMOVE;
    m->sink.event(m->sink.user, &gone);
}

/* ---- states ---------------------------------------------------------------------------------------------
 */

static void take_state(struct pf_gs_pad_map *m, const struct pf_gs_input_packet *p)
{
    unsigned index = p->pad.pad % PF_PADS_MAX;
    struct pf_gs_pad *pad = &m->pads[index];
    for (unsigned i = 0; i < PF_PADS_MAX; i++)
        if (!(p->pad.active_mask >> i & 1))
            remove_pad(m, i);
    if (!(p->pad.active_mask >> index & 1))
        return;
    if (!pad->present)
        begin(pad, 0);
    const struct pf_pad_state state = {.pad = (uint8_t)index,
        .seq = ++pad->seq,
        .buttons = p->pad.buttons,
        .lsx = p->pad.left_x,
        .lsy = p->pad.left_y,
        .rsx = p->pad.right_x,
        .rsy = p->pad.right_y,
        .lt = p->pad.left_trigger,
        .rt = p->pad.right_trigger};
    struct pf_input_event event = pf_pad_state_event(&state);
    m->sink.event(m->sink.user, &event);
}

/* ---- motion ---------------------------------------------------------------------------------------------
 */

static int16_t scaled(float v, float scale)
{
    float s = roundf(v * scale);
    return s < INT16_MIN ? INT16_MIN : s > INT16_MAX ? INT16_MAX : (int16_t)s;
}

static void take_motion(struct pf_gs_pad_map *m, const struct pf_gs_input_packet *p)
{
    unsigned index = p->motion.pad % PF_PADS_MAX;
    struct pf_gs_pad *pad = &m->pads[index];
    if (!pad->present || (p->motion.type != 1 && p->motion.type != 2))
        return;
    bool gyro = p->motion.type == 2;
    float scale = gyro ? GYRO_PER_DPS : ACCEL_PER_MS2;
    const float axes[3] = {p->motion.x, p->motion.y, p->motion.z};
    int16_t *to = gyro ? pad->motion.motion.gyro : pad->motion.motion.accel;
    for (unsigned i = 0; i < 3; i++)
        to[i] = scaled(axes[i], scale);
    pad->motion.motion.pad = (uint8_t)index;
    m->sink.rich(m->sink.user, &pad->motion);
}

/* ---- touchpads ------------------------------------------------------------------------------------------
 */

static uint16_t fraction(float v)
{
    return v <= 0 ? 0 : v >= 1 ? UINT16_MAX : (uint16_t)(v * UINT16_MAX + 0.5f);
}

static void touch(struct pf_gs_pad_map *m, unsigned index, unsigned touchpad, unsigned contact, bool active,
    float x, float y)
{
    struct pf_datagram d = {.tag = PF_DATAGRAM_RICH, .kind = PF_RICH_TOUCHPAD};
    m->pads[index].touching[contact] = active;
    if (m->pads[index].capabilities & PF_GS_PAD_TWO_TOUCHPADS) {
        d.kind = PF_RICH_TOUCHPAD_EX;
        d.touchpad_ex.pad = (uint8_t)index;
        d.touchpad_ex.surface = touchpad ? 2 : 1;
        d.touchpad_ex.finger = (uint8_t)contact;
        d.touchpad_ex.state = active;
        d.touchpad_ex.x = (int16_t)(fraction(x) - 32768);
        d.touchpad_ex.y = (int16_t)(fraction(y) - 32768);
    } else {
        d.touchpad.pad = (uint8_t)index;
        d.touchpad.finger = (uint8_t)contact;
        d.touchpad.active = active;
        d.touchpad.x = fraction(x);
        d.touchpad.y = fraction(y);
    }
    m->sink.rich(m->sink.user, &d);
}

/* The contact of a finger, a free one for a new finger; PF_PAD_CONTACTS: none. */
static unsigned contact_of(struct pf_gs_pad *pad, uint32_t finger, bool may_begin)
{
    for (unsigned i = 0; i < PF_PAD_CONTACTS; i++)
        if (pad->touching[i] && pad->finger[i] == finger)
            return i;
    for (unsigned i = 0; may_begin && i < PF_PAD_CONTACTS; i++)
        if (!pad->touching[i]) {
            pad->finger[i] = finger;
            return i;
        }
    return PF_PAD_CONTACTS;
}

static void take_touch(struct pf_gs_pad_map *m, const struct pf_gs_input_packet *p)
{
    unsigned index = p->pad_touch.pad % PF_PADS_MAX;
    struct pf_gs_pad *pad = &m->pads[index];
    unsigned event = p->pad_touch.event, touchpad = p->pad_touch.touchpad;
    if (!pad->present)
        return;
    if (event == PF_GS_TOUCH_CANCEL_ALL) {
        for (unsigned i = 0; i < PF_PAD_CONTACTS; i++)
            if (pad->touching[i])
                touch(m, index, touchpad, i, false, 0, 0);
        return;
    }
    bool active = event == PF_GS_TOUCH_DOWN || event == PF_GS_TOUCH_MOVE;
    bool lifts = event == PF_GS_TOUCH_UP || event == PF_GS_TOUCH_CANCEL || event == PF_GS_TOUCH_HOVER_LEAVE;
    unsigned contact = contact_of(pad, p->pad_touch.finger, event == PF_GS_TOUCH_DOWN);
    if (contact < PF_PAD_CONTACTS && (active || lifts))
        touch(m, index, touchpad, contact, active, p->pad_touch.x, p->pad_touch.y);
}

/* Batteries are known to no device that is made. */
void pf_gs_pad_map_take(struct pf_gs_pad_map *m, const struct pf_gs_input_packet *p)
{
    switch (p->kind) {
    case PF_GS_INPUT_PAD:
        take_state(m, p);
        break;
    case PF_GS_INPUT_PAD_ARRIVAL:
        take_arrival(m, p);
        break;
    case PF_GS_INPUT_PAD_MOTION:
        take_motion(m, p);
        break;
    case PF_GS_INPUT_PAD_TOUCH:
        take_touch(m, p);
        break;
    default:
        break;
    }
}

/* ---- to the client --------------------------------------------------------------------------------------
 */

static size_t write_rumble(struct pf_gs_pad_map *m, const struct pf_pad_feedback *f, uint8_t *out)
{
    struct pf_gs_pad *pad = &m->pads[f->pad];
    uint16_t left = f->rumble.left_trigger, right = f->rumble.right_trigger;
    if (pad->capabilities & PF_GS_PAD_TRIGGER_RUMBLE &&
        (left != pad->left_trigger || right != pad->right_trigger)) {
        m->sink.tell(m->sink.user, out, pf_gs_write_trigger_rumble(out, f->pad, left, right));
        pad->left_trigger = left;
        pad->right_trigger = right;
    }
    return pf_gs_write_rumble(out, f->pad, f->rumble.low, f->rumble.high);
}

static size_t write_trigger(const struct pf_pad_feedback *f, uint8_t *out)
{
    bool right = f->trigger.which == 1;
    struct pf_gs_adaptive_triggers t = {.pad = f->pad, .flags = right ? 4 : 8};
    *(right ? &t.right_type : &t.left_type) = f->trigger.effect[0];
    memcpy(right ? t.right : t.left, f->trigger.effect + 1, sizeof(t.left));
    return pf_gs_write_adaptive_triggers(out, &t);
}

void pf_gs_pad_map_feedback(struct pf_gs_pad_map *m, const struct pf_pad_feedback *f)
{
    uint8_t out[PF_GS_HOST_MESSAGE_MAX];
    size_t len = 0;
    if (f->pad >= PF_PADS_MAX)
        return;
    switch (f->kind) {
    case PF_PAD_RUMBLE:
        len = write_rumble(m, f, out);
        break;
    case PF_PAD_LIGHT_BAR:
        len = pf_gs_write_led(out, f->pad, f->light_bar.r, f->light_bar.g, f->light_bar.b);
        break;
    case PF_PAD_TRIGGER:
        len = write_trigger(f, out);
        break;
    case PF_PAD_PLAYER_LEDS: /* clients have no message for them */
        break;
    }
    if (len)
        m->sink.tell(m->sink.user, out, len);
}

#include "input/uinput/play.h"

#define DETENT 120

static void add(struct pf_uinput_frame *f, uint16_t type, uint16_t code, int32_t value)
{
    f->events[f->count++] = (struct input_event){.type = type, .code = code, .value = value};
}

/* ---- keyboard and mouse ---------------------------------------------------------------------------------
 */

/* A second down of a held key is a repeat. */
static void key(struct pf_uinput_state *s, const struct pf_input *e, struct pf_uinput_frame *f)
{
    if (e->code >= PF_EVDEV_KEYS)
        return;
    uint64_t *word = &s->keys[e->code / 64], bit = UINT64_C(1) << e->code % 64;
    int32_t value = !e->down ? 0 : *word & bit ? 2 : 1;
    *word = e->down ? *word | bit : *word & ~bit;
    f->device = PF_UINPUT_KEYBOARD;
    add(f, EV_MSC, MSC_SCAN, (int32_t)e->code);
    add(f, EV_KEY, (uint16_t)e->code, value);
}

static void motion(const struct pf_input *e, struct pf_uinput_frame *f)
{
    f->device = PF_UINPUT_MOUSE;
    if (e->x)
        add(f, EV_REL, REL_X, e->x);
    if (e->y)
        add(f, EV_REL, REL_Y, e->y);
}

static void button(const struct pf_input *e, struct pf_uinput_frame *f)
{
    f->device = PF_UINPUT_MOUSE;
    add(f, EV_KEY, (uint16_t)e->code, e->down);
}

static void wheel(struct pf_uinput_state *s, const struct pf_input *e, struct pf_uinput_frame *f)
{
    int64_t sum = (int64_t)s->rest[e->horizontal] + e->x;
    s->rest[e->horizontal] = (int32_t)(sum % DETENT);
    f->device = PF_UINPUT_MOUSE;
    if (e->x)
        add(f, EV_REL, e->horizontal ? REL_HWHEEL_HI_RES : REL_WHEEL_HI_RES, e->x);
    if (sum / DETENT)
        add(f, EV_REL, e->horizontal ? REL_HWHEEL : REL_WHEEL, (int32_t)(sum / DETENT));
}

/* ---- positions ------------------------------------------------------------------------------------------
 */

/* Desktops divide an axis into as many equal parts as they have pixels: the smallest value of the pixel's
 * part. */
static int32_t on_axis(int32_t v, uint32_t extent, uint32_t begin, uint32_t size, uint32_t all)
{
    double pixel = begin + (double)pf_input_clamp(v, extent) * size / extent;
    double axis = pixel * (PF_UINPUT_AXIS_MAX + 1) / all + 1 - 1e-6; /* rounds up once it is whole */
    return axis > PF_UINPUT_AXIS_MAX ? PF_UINPUT_AXIS_MAX : (int32_t)axis;
}

static int32_t axis_x(const struct pf_uinput_state *s, const struct pf_input *e)
{
    return on_axis(e->x, e->width, s->area.x, s->area.width, s->area.all_width);
}

static int32_t axis_y(const struct pf_uinput_state *s, const struct pf_input *e)
{
    return on_axis(e->y, e->height, s->area.y, s->area.height, s->area.all_height);
}

/* The kernel swallows what has not changed; but another mouse may have taken the pointer away meanwhile. */
static void position(struct pf_uinput_state *s, const struct pf_input *e, struct pf_uinput_frame *f)
{
    int32_t x = axis_x(s, e), y = axis_y(s, e);
    f->device = PF_UINPUT_POINTER;
    if (x == s->x && y == s->y)
        add(f, EV_ABS, ABS_X, x ^ 1);
    add(f, EV_ABS, ABS_X, x);
    add(f, EV_ABS, ABS_Y, y);
    s->x = x;
    s->y = y;
}

/* ---- fingers --------------------------------------------------------------------------------------------
 */

static bool is_touched(const struct pf_uinput_state *s)
{
    for (unsigned i = 0; i < PF_UINPUT_SLOTS; i++)
        if (s->slots[i].down)
            return true;
    return false;
}

/* The finger's slot, a free one if it may begin; PF_UINPUT_SLOTS: none. */
static unsigned slot_of(const struct pf_uinput_state *s, uint32_t id, bool may_begin)
{
    for (unsigned i = 0; i < PF_UINPUT_SLOTS; i++)
        if (s->slots[i].down && s->slots[i].id == id)
            return i;
    for (unsigned i = 0; may_begin && i < PF_UINPUT_SLOTS; i++)
        if (!s->slots[i].down)
            return i;
    return PF_UINPUT_SLOTS;
}

static void place_finger(
    struct pf_uinput_state *s, unsigned slot, const struct pf_input *e, struct pf_uinput_frame *f)
{
    int32_t x = axis_x(s, e), y = axis_y(s, e);
    add(f, EV_ABS, ABS_MT_POSITION_X, x);
    add(f, EV_ABS, ABS_MT_POSITION_Y, y);
    if (slot == s->lead) {
        add(f, EV_ABS, ABS_X, x);
        add(f, EV_ABS, ABS_Y, y);
    }
}

static void touch(struct pf_uinput_state *s, const struct pf_input *e, struct pf_uinput_frame *f)
{
    bool was_touched = is_touched(s);
    unsigned slot = slot_of(s, e->id, e->down && !e->moved);
    f->device = PF_UINPUT_TOUCHSCREEN;
    if (slot == PF_UINPUT_SLOTS)
        return;
    bool begins = e->down && !s->slots[slot].down;
    s->slots[slot].down = e->down;
    s->slots[slot].id = e->id;
    if (begins && !was_touched)
        s->lead = slot;
    add(f, EV_ABS, ABS_MT_SLOT, (int32_t)slot);
    if (begins)
        add(f, EV_ABS, ABS_MT_TRACKING_ID, s->tracking++);
    if (e->down)
        place_finger(s, slot, e, f);
    else
        add(f, EV_ABS, ABS_MT_TRACKING_ID, -1);
    if (is_touched(s) != was_touched)
        add(f, EV_KEY, BTN_TOUCH, e->down);
}

struct pf_uinput_frame pf_uinput_play(struct pf_uinput_state *s, const struct pf_input *e)
{
    struct pf_uinput_frame f = {.count = 0};
    switch (e->type) {
    case PF_INPUT_KEY:
        key(s, e, &f);
        break;
    case PF_INPUT_MOTION:
        motion(e, &f);
        break;
    case PF_INPUT_BUTTON:
        button(e, &f);
        break;
    case PF_INPUT_WHEEL:
        wheel(s, e, &f);
        break;
    case PF_INPUT_POSITION:
        position(s, e, &f);
        break;
    case PF_INPUT_TOUCH:
        touch(s, e, &f);
        break;
    case PF_INPUT_CHARACTER:
        break;
    }
    if (f.count)
        add(&f, EV_SYN, SYN_REPORT, 0);
    return f;
}

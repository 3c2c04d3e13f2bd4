#include "input/pads/pad_set.h"

#define G_WIRE 10000 /* 1 g */

struct pf_pad_report pf_pad_report_neutral(void)
{
    return (struct pf_pad_report){.accel = {0, G_WIRE, 0}};
}

bool pf_pad_set_knows(const struct pf_input_event *e)
{
    return e->kind == PF_INPUT_PAD_BUTTON || e->kind == PF_INPUT_PAD_AXIS ||
           (e->kind >= PF_INPUT_PAD_STATE && e->kind <= PF_INPUT_PAD_ARRIVAL);
}

static struct pf_pad_slot *slot_of(struct pf_pad_set *set, uint32_t pad, unsigned *ret_pad)
{
    if (pad >= PF_PADS_MAX)
        return NULL;
    *ret_pad = (unsigned)pad;
    return &set->slots[pad];
}

static void make_present(struct pf_pad_slot *s)
{
    if (!s->present)
        s->report = pf_pad_report_neutral();
    s->present = true;
}

/* ---- single buttons and axes: the whole flags word is the pad's index ---- */

static enum pf_pad_change press(struct pf_pad_slot *s, uint32_t buttons, bool down)
{
    make_present(s);
    s->report.buttons = down ? s->report.buttons | buttons : s->report.buttons & ~buttons;
    return PF_PAD_UPDATED;
}

static int16_t stick(int32_t v)
{
    return (int16_t)(v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v);
}

static uint8_t trigger(int32_t v)
{
    return (uint8_t)(v < 0 ? 0 : v > UINT8_MAX ? UINT8_MAX : v);
}

static enum pf_pad_change move(struct pf_pad_slot *s, uint32_t axis, int32_t v)
{
    if (axis > PF_PAD_AXIS_RT)
        return PF_PAD_UNCHANGED;
    make_present(s);
    struct pf_pad_report *r = &s->report;
    int16_t *const sticks[] = {&r->lsx, &r->lsy, &r->rsx, &r->rsy};
    if (axis < PF_PAD_AXIS_LT)
        *sticks[axis] = stick(v);
    else
        *(axis == PF_PAD_AXIS_LT ? &r->lt : &r->rt) = trigger(v);
    return PF_PAD_UPDATED;
}

/* ---- snapshots, removal, arrival ---- */

static bool is_newer(struct pf_pad_slot *s, uint8_t seq)
{
    if (s->has_seq && (int8_t)(seq - s->seq) <= 0)
        return false;
    s->has_seq = true;
    s->seq = seq;
    return true;
}

static enum pf_pad_change take_state(struct pf_pad_slot *s, const struct pf_pad_state *state)
{
    if (!is_newer(s, state->seq))
        return PF_PAD_UNCHANGED;
    make_present(s);
    struct pf_pad_report *r = &s->report;
    r->buttons = state->buttons;
    r->lsx = state->lsx;
    r->lsy = state->lsy;
    r->rsx = state->rsx;
    r->rsy = state->rsy;
    r->lt = state->lt;
    r->rt = state->rt;
    return PF_PAD_UPDATED;
}

static enum pf_pad_change remove_pad(struct pf_pad_slot *s, uint8_t seq)
{
    if (!is_newer(s, seq) || !s->present)
        return PF_PAD_UNCHANGED;
    s->present = false;
    s->wish = 0;
    return PF_PAD_GONE;
}

/* The kind is for the device that is built next; one that is there stays. */
static enum pf_pad_change arrive(struct pf_pad_slot *s, uint32_t wish)
{
    if (s->present)
        return PF_PAD_UNCHANGED;
    s->wish = wish <= UINT8_MAX ? (uint8_t)wish : 0;
    make_present(s);
    return PF_PAD_UPDATED;
}

uint32_t pf_pad_set_index(const struct pf_input_event *e)
{
    bool packed = e->kind >= PF_INPUT_PAD_STATE; /* the index shares the word with other fields */
    return packed ? pf_pad_state_of(e).pad : e->flags;
}

enum pf_pad_change pf_pad_set_event(struct pf_pad_set *set, const struct pf_input_event *e, unsigned *ret_pad)
{
    const struct pf_pad_state state = pf_pad_state_of(e);
    struct pf_pad_slot *s = slot_of(set, pf_pad_set_index(e), ret_pad);
    if (!s)
        return PF_PAD_UNCHANGED;
    switch (e->kind) {
    case PF_INPUT_PAD_BUTTON:
        return press(s, e->code, e->x != 0);
    case PF_INPUT_PAD_AXIS:
        return move(s, e->code, e->x);
    case PF_INPUT_PAD_STATE:
        return take_state(s, &state);
    case PF_INPUT_PAD_REMOVE:
        return remove_pad(s, state.seq);
    case PF_INPUT_PAD_ARRIVAL:
        return arrive(s, e->code);
    default:
        return PF_PAD_UNCHANGED;
    }
}

/* ---- rich input ---- */

static void touch(struct pf_pad_report *r, unsigned contact, bool active, uint16_t x, uint16_t y)
{
    r->contacts[contact < PF_PAD_CONTACTS ? contact : PF_PAD_CONTACTS - 1] =
        (struct pf_pad_contact){.active = active, .x = x, .y = y};
}

/* A pad with two touch surfaces on one with a single: the left one is its left half, and so on. */
static void touch_surface(struct pf_pad_report *r, const struct pf_datagram *rich)
{
    enum { SINGLE, LEFT, RIGHT };
    enum { TOUCH = 1, CLICK = 2 };
    uint8_t surface = rich->touchpad_ex.surface;
    uint16_t x = (uint16_t)(rich->touchpad_ex.x + 32768), y = (uint16_t)(rich->touchpad_ex.y + 32768);
    bool active = rich->touchpad_ex.state & TOUCH;
    r->click = rich->touchpad_ex.state & CLICK;
    if (surface == SINGLE)
        touch(r, rich->touchpad_ex.finger, active, x, y);
    else
        touch(r, surface == LEFT ? 0 : 1, active, (uint16_t)(x / 2 + (surface == LEFT ? 0 : 32768)), y);
}

enum pf_pad_change pf_pad_set_rich(struct pf_pad_set *set, const struct pf_datagram *rich, unsigned *ret_pad)
{
    uint8_t pad = rich->kind == PF_RICH_TOUCHPAD      ? rich->touchpad.pad
                  : rich->kind == PF_RICH_MOTION      ? rich->motion.pad
                  : rich->kind == PF_RICH_TOUCHPAD_EX ? rich->touchpad_ex.pad
                                                      : PF_PADS_MAX;
    struct pf_pad_slot *s = slot_of(set, pad, ret_pad);
    if (!s || !s->present)
        return PF_PAD_UNCHANGED;
    struct pf_pad_report *r = &s->report;
    if (rich->kind == PF_RICH_TOUCHPAD)
        touch(r, rich->touchpad.finger, rich->touchpad.active, rich->touchpad.x, rich->touchpad.y);
    else if (rich->kind == PF_RICH_TOUCHPAD_EX)
        touch_surface(r, rich);
    for (unsigned i = 0; rich->kind == PF_RICH_MOTION && i < 3; i++) {
        r->gyro[i] = rich->motion.gyro[i];
        r->accel[i] = rich->motion.accel[i];
    }
    return PF_PAD_UPDATED;
}

#include "input/event.h"

#include "input/keymap.h"

#define AXIS_HORIZONTAL 1u
#define SCALAR_MAX      0x10FFFFu

static bool read_key(const struct pf_input_event *wire, struct pf_input *e)
{
    e->type = PF_INPUT_KEY;
    e->down = wire->kind == PF_INPUT_KEY_DOWN;
    e->code = pf_keymap_key((uint8_t)wire->code);
    return e->code != 0;
}

static bool read_button(const struct pf_input_event *wire, struct pf_input *e)
{
    e->type = PF_INPUT_BUTTON;
    e->down = wire->kind == PF_INPUT_BUTTON_DOWN;
    e->code = pf_keymap_button(wire->code);
    return e->code != 0;
}

static bool read_position(const struct pf_input_event *wire, struct pf_input *e)
{
    e->x = wire->x;
    e->y = wire->y;
    e->width = wire->flags >> 16;
    e->height = wire->flags & 0xFFFF;
    return e->width && e->height;
}

static bool read_touch(const struct pf_input_event *wire, struct pf_input *e)
{
    e->type = PF_INPUT_TOUCH;
    e->id = wire->code;
    e->down = wire->kind != PF_INPUT_TOUCH_UP;
    e->moved = wire->kind == PF_INPUT_TOUCH_MOVE;
    return !e->down || read_position(wire, e);
}

static bool read_wheel(const struct pf_input_event *wire, struct pf_input *e)
{
    e->type = PF_INPUT_WHEEL;
    e->horizontal = wire->code == AXIS_HORIZONTAL;
    e->x = wire->x;
    return wire->code <= AXIS_HORIZONTAL && wire->x;
}

static bool read_character(const struct pf_input_event *wire, struct pf_input *e)
{
    e->type = PF_INPUT_CHARACTER;
    e->code = wire->code;
    return e->code && e->code <= SCALAR_MAX && (e->code < 0xD800 || e->code > 0xDFFF);
}

static bool read_wire(const struct pf_input_event *wire, struct pf_input *e)
{
    switch (wire->kind) {
    case PF_INPUT_KEY_DOWN:
    case PF_INPUT_KEY_UP:
        return read_key(wire, e);
    case PF_INPUT_MOUSE_MOVE:
        e->type = PF_INPUT_MOTION;
        e->x = wire->x;
        e->y = wire->y;
        return wire->x || wire->y;
    case PF_INPUT_MOUSE_MOVE_ABS:
        e->type = PF_INPUT_POSITION;
        return read_position(wire, e);
    case PF_INPUT_BUTTON_DOWN:
    case PF_INPUT_BUTTON_UP:
        return read_button(wire, e);
    case PF_INPUT_SCROLL:
        return read_wheel(wire, e);
    case PF_INPUT_TOUCH_DOWN:
    case PF_INPUT_TOUCH_MOVE:
    case PF_INPUT_TOUCH_UP:
        return read_touch(wire, e);
    case PF_INPUT_TEXT:
        return read_character(wire, e);
    default:
        return false;
    }
}

bool pf_input_of_wire(const struct pf_input_event *wire, struct pf_input *ret_event)
{
    struct pf_input e = {0};
    if (!read_wire(wire, &e))
        return false;
    *ret_event = e;
    return true;
}

/* What reaches an injector: events of a client in terms of the kernel's codes.
 *
 * Defined by docs/spec/input-audio-encode.md 0.1. Pure.
 */
#ifndef PF_INPUT_EVENT_H
#define PF_INPUT_EVENT_H

#include "punktfunk/wire_datagram.h"

#include <stdbool.h>
#include <stdint.h>

enum pf_input_type {
    PF_INPUT_KEY,      /* code, down */
    PF_INPUT_MOTION,   /* x, y: relative pixels */
    PF_INPUT_POSITION, /* x, y within width × height */
    PF_INPUT_BUTTON,   /* code, down */
    PF_INPUT_WHEEL,    /* x: 120 per notch, + up or right; horizontal */
    PF_INPUT_TOUCH,    /* id, down; x, y within width × height unless it ends; `moved`: it was down before */
    PF_INPUT_CHARACTER /* code: Unicode scalar value */
};

struct pf_input {
    enum pf_input_type type;
    uint32_t code; /* KEY, BUTTON: evdev */
    bool down, moved, horizontal;
    uint32_t id;
    int32_t x, y;
    uint32_t width, height; /* of the client's surface, never 0 where they count */
};

/* Translates an event of the wire. False if there is nothing to inject: pads (they are no injector's
 * business), keys and buttons without meaning, positions on a surface without area. */
bool pf_input_of_wire(const struct pf_input_event *wire, struct pf_input *ret_event);

/* The coordinate within 0…extent−1: clients may send x == width, which is the neighbour's first column. */
static inline uint32_t pf_input_clamp(int32_t v, uint32_t extent)
{
    return v < 0 ? 0 : (uint32_t)v >= extent ? extent - 1 : (uint32_t)v;
}

#endif

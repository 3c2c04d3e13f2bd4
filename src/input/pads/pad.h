/* What a client's pad does at one moment, and what a game wants of it. Plain values in the units of the wire
 * (punktfunk1-control.md 4.1, 4.4, 4.5). */
#ifndef PF_INPUT_PADS_PAD_H
#define PF_INPUT_PADS_PAD_H

#include "punktfunk/wire_datagram.h"

#include <stdbool.h>
#include <stdint.h>

#define PF_PAD_CONTACTS 2u

struct pf_pad_contact {
    bool active;
    uint16_t x, y; /* 0…65535, origin top left */
};

/* Everything that a report of a device tells. */
struct pf_pad_report {
    uint32_t buttons;           /* PF_PAD_A, … */
    int16_t lsx, lsy, rsx, rsy; /* +y up */
    uint8_t lt, rt;
    bool click; /* of the touchpad, by rich input; apart from the button */
    struct pf_pad_contact contacts[PF_PAD_CONTACTS];
    int16_t gyro[3], accel[3]; /* 20 per °/s, 10 000 per g */
};

/* A pad at rest: no buttons, sticks in the middle, lying flat. */
struct pf_pad_report pf_pad_report_neutral(void);

enum pf_pad_feedback_kind {
    PF_PAD_RUMBLE,
    PF_PAD_LIGHT_BAR,
    PF_PAD_PLAYER_LEDS,
    PF_PAD_TRIGGER,
};

/* What a game does with a pad; told on change. */
struct pf_pad_feedback {
    enum pf_pad_feedback_kind kind;
    uint8_t pad;
    bool gone; /* with a RUMBLE of 0: the pad went, and with it all that it showed */
    union {
        struct {
            uint16_t low, high; /* absolute levels of both motors; 0, 0: stop */
            uint16_t left_trigger, right_trigger;
        } rumble;
        struct {
            uint8_t r, g, b;
        } light_bar;
        uint8_t player_leds; /* low 5 bits */
        struct {
            uint8_t which;                     /* 0 L2, 1 R2 */
            uint8_t effect[PF_HID_EFFECT_LEN]; /* mode and 10 parameters */
        } trigger;
    };
};

#endif

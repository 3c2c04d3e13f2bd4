/* What a client does as the events of kernel devices (input-audio-encode.md 0.2, 1.6, 1.7). Pure. */
#ifndef PF_INPUT_UINPUT_PLAY_H
#define PF_INPUT_UINPUT_PLAY_H

#include "input/event.h"
#include "input/keymap.h"

#include <linux/input.h>

#define PF_UINPUT_AXIS_MAX 65535 /* of positions: the far end of the desktop */
#define PF_UINPUT_SLOTS    16u   /* fingers */

enum pf_uinput_device {
    PF_UINPUT_KEYBOARD,
    PF_UINPUT_MOUSE,
    PF_UINPUT_POINTER, /* absolute */
    PF_UINPUT_TOUCHSCREEN,
    PF_UINPUT_DEVICES
};

/* The client's surface within what positions range over. No side is 0. */
struct pf_uinput_area {
    uint32_t x, y, width, height;
    uint32_t all_width, all_height;
};

/* All zero but the area at first. */
struct pf_uinput_state {
    struct pf_uinput_area area;
    uint64_t keys[PF_EVDEV_KEYS / 64]; /* held; bit: evdev code */
    int32_t rest[2];                   /* of the wheels: 120ths of a detent not told yet */
    int32_t x, y;                      /* of the pointer, as told last */
    struct {
        bool down;
        uint32_t id;
    } slots[PF_UINPUT_SLOTS];
    unsigned lead; /* the slot that programs without multitouch follow */
    uint16_t tracking;
};

/* Events of one device, the last one a SYN_REPORT. */
struct pf_uinput_frame {
    enum pf_uinput_device device;
    unsigned count; /* 0: there is nothing to tell */
    struct input_event events[8];
};

/* A 17th finger is dropped; characters are no event of a device (text.h). */
struct pf_uinput_frame pf_uinput_play(struct pf_uinput_state *state, const struct pf_input *event);

#endif

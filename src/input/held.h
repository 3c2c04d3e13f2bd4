/* What a client holds down, so that it can be let go when the client is gone. Pure. */
#ifndef PF_INPUT_HELD_H
#define PF_INPUT_HELD_H

#include "input/event.h"
#include "input/keymap.h"

#define PF_HELD_TOUCHES 32u /* fingers; more are not taken */

struct pf_held {
    uint64_t keys[PF_EVDEV_KEYS / 64]; /* bit: evdev code */
    uint32_t buttons;                  /* bit: evdev code − BTN_LEFT */
    uint32_t touches[PF_HELD_TOUCHES];
    unsigned touch_count;
};

/* Notes an event on its way to the injector. False if it must not go there: an up, or a finger's motion, of
 * something that is not down, and a finger too many. A second down of a held key is a repeat and passes. */
bool pf_held_note(struct pf_held *held, const struct pf_input *event);

/* Takes one thing out: buttons first, then keys, then touches. True and the event that lets it go; false if
 * nothing is held. */
bool pf_held_release(struct pf_held *held, struct pf_input *ret_event);

#endif

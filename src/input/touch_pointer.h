/* Fingers for desktops that take no touch: the first finger is the pointer with its left button held; fingers
 * that come while it is down are ignored until they lift (input-audio-encode.md 1.4). Pure. */
#ifndef PF_INPUT_TOUCH_POINTER_H
#define PF_INPUT_TOUCH_POINTER_H

#include "input/event.h"

#include <stddef.h>

/* All zero: no finger is down. */
struct pf_touch_pointer {
    bool down;
    uint32_t id; /* of the finger that is the pointer */
};

/* Says which events of a pointer stand for an event of type TOUCH. Returns how many, at most 2. */
size_t pf_touch_pointer_play(
    struct pf_touch_pointer *t, const struct pf_input *touch, struct pf_input ret_events[2]);

#endif

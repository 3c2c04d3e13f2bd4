/* Characters as strokes of a keyboard: by the key of the machine's layout that makes them, any other by its
 * number, as GTK and IBus take it: Ctrl and Shift held, U, hexadecimal digits (input-audio-encode.md 1.7,
 * gamestream.md 7.3).
 */
#ifndef PF_INPUT_UINPUT_TEXT_H
#define PF_INPUT_UINPUT_TEXT_H

#include "input/layout.h"
#include "input/uinput/play.h"

struct pf_uinput_strokes {
    unsigned count; /* 0: this cannot be typed */
    struct {
        uint16_t code; /* evdev */
        bool down;
    } strokes[64];
};

/* What the client holds is let go before, modifiers come back after. Pure. */
struct pf_uinput_strokes pf_uinput_text(
    const struct pf_layout *layout, const struct pf_uinput_state *state, uint32_t character);

#endif

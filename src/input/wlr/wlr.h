/* Input for wlroots compositors (sway): zwlr_virtual_pointer_v1 bound to the session's output, and
 * zwp_virtual_keyboard_v1, one for keys and one for text (input-audio-encode.md 1.4). wlroots has no protocol
 * for virtual touch: a finger is a pointer. */
#ifndef PF_INPUT_WLR_WLR_H
#define PF_INPUT_WLR_WLR_H

#include "input/injector.h"

extern const struct pf_input_backend pf_input_wlr;

#endif

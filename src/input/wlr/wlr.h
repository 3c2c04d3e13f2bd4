/* Input for wlroots compositors (sway): zwlr_virtual_pointer_v1 bound to the session's output, and
 * zwp_virtual_keyboard_v1 (input-audio-encode.md 1.4). Touch is dropped: wlroots has no protocol for it. */
#ifndef PF_INPUT_WLR_WLR_H
#define PF_INPUT_WLR_WLR_H

#include "input/injector.h"

extern const struct pf_input_backend pf_input_wlr;

#endif

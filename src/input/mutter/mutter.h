/* Input on GNOME, through the remote desktop session that made the display (input-audio-encode.md 1). */
#ifndef PF_INPUT_MUTTER_MUTTER_H
#define PF_INPUT_MUTTER_MUTTER_H

#include "input/injector.h"

/* Keys go by their place on the keyboard, the layout is the desktop's. Pointer and fingers stay on the
 * session's own monitor. The desktop has one pointer and one keyboard focus for all sessions: the pointer
 * comes back to a session's monitor with its next event, the focus with its next click. Text is typed by the
 * keys of the layout; characters that it does not have are lost. */
extern const struct pf_input_backend pf_input_mutter;

#endif

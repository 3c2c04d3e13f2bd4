/* Input on KDE Plasma, through KWin's fake input (input-audio-encode.md 1.5). */
#ifndef PF_INPUT_KWIN_KWIN_H
#define PF_INPUT_KWIN_KWIN_H

#include "input/injector.h"

/* Keys go by their place on the keyboard, the layout is the desktop's. Pointer and fingers stay on the
 * session's own output. The desktop has one pointer and one keyboard focus for all sessions: the pointer
 * comes back to a session's output with its next event, the focus with its next click. Text is typed where
 * KWin takes characters (version 6 of the protocol, known to the build); elsewhere it is lost. */
extern const struct pf_input_backend pf_input_kwin;

#endif

/* Input through the EI protocol: into gamescope (input-audio-encode.md 1.3). */
#ifndef PF_INPUT_EI_EI_H
#define PF_INPUT_EI_EI_H

#include "input/injector.h"

/* Keys go by their place on the keyboard, the layout is gamescope's, which is always American: of text, ASCII
 * is typed, the rest is lost. Where the server takes no fingers, the first one is the pointer. Events for a
 * device that is not there, or paused, are dropped. */
extern const struct pf_input_backend pf_input_gamescope;

#endif

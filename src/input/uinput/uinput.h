/* Keyboard and mouse of the kernel, for desktops that take no input from programs but read the machine's
 * devices. They belong to the seat: whatever runs there gets the input (input-audio-encode.md 1.7). */
#ifndef PF_INPUT_UINPUT_UINPUT_H
#define PF_INPUT_UINPUT_UINPUT_H

#include "input/injector.h"

extern const struct pf_input_backend pf_input_uinput;

#endif

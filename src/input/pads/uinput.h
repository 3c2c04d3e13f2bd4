/* Xbox pads through uinput (input-audio-encode.md 2.2). */
#ifndef PF_INPUT_PADS_UINPUT_H
#define PF_INPUT_PADS_UINPUT_H

#include "input/pads/device.h"

#define PF_UINPUT_NODE "/dev/uinput"

/* As pf_pad_device_open, for both Xbox kinds. */
int pf_uinput_pad_open(enum pf_pad_kind kind, struct pf_pad_device **ret_device, struct pf_error *err);

#endif

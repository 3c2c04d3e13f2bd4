/* Keyboard, mouse, absolute pointer and touchscreen as devices of the kernel, through uinput
 * (input-audio-encode.md 1.7). One thread. */
#ifndef PF_INPUT_UINPUT_DEVICES_H
#define PF_INPUT_UINPUT_DEVICES_H

#include "base/error.h"
#include "input/uinput/play.h"

#define PF_UINPUT_NODE "/dev/uinput"

/* "Punktfunk Keyboard" … */
const char *pf_uinput_device_name(enum pf_uinput_device device);

/* Makes one: a descriptor to close(), which removes it again and lets go of what is held. Otherwise -errno
 * with a sentence that names the command that helps if this user may not. */
int pf_uinput_device_open(enum pf_uinput_device device, struct pf_error *err);

/* 0 or -errno. */
int pf_uinput_device_write(int fd, const struct pf_uinput_frame *frame);

#endif

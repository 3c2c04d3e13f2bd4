/* Keys and buttons of the wire as the kernel numbers them (input-audio-encode.md 0.2). Pure. */
#ifndef PF_INPUT_KEYMAP_H
#define PF_INPUT_KEYMAP_H

#include <stdint.h>

#define PF_EVDEV_KEYS 384u /* every code is below */

/* evdev code of the position that a Windows virtual key has on a US keyboard; 0: there is none. Only the low
 * byte of a key on the wire counts. */
uint32_t pf_keymap_key(uint8_t vk);

/* evdev code of a mouse button: 1 left, 2 middle, 3 right, 4 and 5 the thumb's; 0: there is none. */
uint32_t pf_keymap_button(uint32_t button);

#endif

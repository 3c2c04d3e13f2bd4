/* The keys of GameStream clients as the kernel numbers them (docs/spec/gamestream.md 7.4). Pure.
 *
 * Not the table of punktfunk/1: a few East Asian keys and the keypad's separator differ. */
#ifndef PF_GAMESTREAM_INPUT_KEYS_H
#define PF_GAMESTREAM_INPUT_KEYS_H

#include <stdint.h>

/* evdev code of a Windows virtual key; 0: there is none. */
uint32_t pf_gs_key(uint8_t vk);

#endif

/* Text on an American keyboard. Pure. */
#ifndef PF_INPUT_EI_US_TEXT_H
#define PF_INPUT_EI_US_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* The key (evdev) that makes the character, with or without Shift. False if none does. */
bool pf_us_text_key(uint32_t character, uint32_t *ret_code, bool *ret_shift);

#endif

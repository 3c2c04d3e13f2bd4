/* Keymaps made for text: one key for each character. Pure. */
#ifndef PF_INPUT_WLR_TEXT_KEYMAP_H
#define PF_INPUT_WLR_TEXT_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_TEXT_KEYS 200u

/* False for what no key can make: control characters other than line ends, tab, backspace, escape and
 * delete, surrogates and noncharacters. */
bool pf_text_keymap_can(uint32_t character);

/* The evdev code of the key of the n-th character, n below PF_TEXT_KEYS. None is a key that programs know by
 * its place rather than by what it makes: modifiers, locks, Escape, Enter, Tab, Backspace. */
uint32_t pf_text_keymap_code(size_t n);

/* A keymap in XKB's text format for these characters, all of which can be; free(). NULL: out of memory. */
char *pf_text_keymap_make(const uint32_t *characters, size_t count);

#endif

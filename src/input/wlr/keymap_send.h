/* Passing a keymap to a virtual keyboard. */
#ifndef PF_INPUT_WLR_KEYMAP_SEND_H
#define PF_INPUT_WLR_KEYMAP_SEND_H

struct zwp_virtual_keyboard_v1;

/* `text`: a keymap in XKB's text format, version 1. Errors: any errno of making a memory file. */
int pf_wlr_keymap_send(struct zwp_virtual_keyboard_v1 *keyboard, const char *text);

#endif

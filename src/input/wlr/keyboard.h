/* A virtual keyboard with a layout of its own. */
#ifndef PF_INPUT_WLR_KEYBOARD_H
#define PF_INPUT_WLR_KEYBOARD_H

#include "input/keymap.h"
#include "input/layout.h"
#include "input/wlr/desk.h"

struct zwp_virtual_keyboard_v1;

struct pf_wlr_keyboard {
    struct zwp_virtual_keyboard_v1 *proxy;
    struct pf_layout layout;
    struct xkb_state *state;
    bool down[PF_EVDEV_KEYS]; /* evdev */
};

/* With the machine's layout. Errors: -EINVAL (there is none), -ENOMEM, or any errno of making a memory file.
 */
int pf_wlr_keyboard_init(struct pf_wlr_keyboard *k, struct pf_wlr_desk *desk, struct pf_error *err);

/* An all-zero structure is fine. */
void pf_wlr_keyboard_finish(struct pf_wlr_keyboard *k);

/* Presses or releases a key (evdev) and says which modifiers hold afterwards. */
void pf_wlr_keyboard_key(struct pf_wlr_keyboard *k, uint32_t time_ms, uint32_t code, bool down);

/* Types one character (Unicode scalar value) by the key of the layout that makes it. False if there is none,
 * or it is held down at the moment. */
bool pf_wlr_keyboard_type(struct pf_wlr_keyboard *k, uint32_t time_ms, uint32_t character);

#endif

/* A second virtual keyboard, for text: its keymap has the characters that come, 200 at a time. */
#ifndef PF_INPUT_WLR_TEXT_H
#define PF_INPUT_WLR_TEXT_H

#include "input/wlr/desk.h"
#include "input/wlr/text_keymap.h"

struct zwp_virtual_keyboard_v1;

struct pf_wlr_text {
    struct pf_wlr_desk *desk;
    struct zwp_virtual_keyboard_v1 *proxy; /* NULL: nothing was typed yet */
    uint32_t characters[PF_TEXT_KEYS];
    size_t count;
    bool stale; /* the compositor does not have this keymap yet */
};

/* The keyboard is made with the first character: programs see no keyboard that nobody needs. */
void pf_wlr_text_init(struct pf_wlr_text *t, struct pf_wlr_desk *desk);

/* An all-zero structure is fine. */
void pf_wlr_text_finish(struct pf_wlr_text *t);

/* The character follows soon: the next keymap has it. */
void pf_wlr_text_expect(struct pf_wlr_text *t, uint32_t character);

/* Types a Unicode scalar value. False if no key can make it, or for want of memory. */
bool pf_wlr_text_type(struct pf_wlr_text *t, uint32_t time_ms, uint32_t character);

#endif

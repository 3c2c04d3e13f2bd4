/* The machine's keyboard layout: which key makes a character (input-audio-encode.md 1.4, 1.7).
 *
 * It is what XKB_DEFAULT_RULES, _MODEL, _LAYOUT, _VARIANT and _OPTIONS say; without them what the machine's
 * owner chose (input/machine_layout.h), else evdev/pc105/us. A layout belongs to one thread at a time.
 */
#ifndef PF_INPUT_LAYOUT_H
#define PF_INPUT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <xkbcommon/xkbcommon.h>

#define PF_XKB_OFFSET 8u /* an XKB keycode is an evdev code plus 8 */

struct pf_layout {
    struct xkb_context *context;
    struct xkb_keymap *keymap;
};

/* -EINVAL if the variables name no layout. */
int pf_layout_init(struct pf_layout *layout);

/* An all-zero structure is fine. */
void pf_layout_finish(struct pf_layout *layout);

struct pf_layout_key {
    uint32_t code; /* evdev */
    xkb_mod_mask_t modifiers;
};

/* The key that makes exactly this character (Unicode scalar value; a line end is Return), and what has to be
 * held. `down`: what is held already cannot be it, by evdev code, up to 255; NULL: nothing is. False if there
 * is none. */
bool pf_layout_find(const struct pf_layout *layout, xkb_layout_index_t group, uint32_t character,
    const bool *down, struct pf_layout_key *ret_key);

/* The keys (evdev) to hold for these modifiers, at most two: Shift, and the one for the third level. Returns
 * their number, or -1 if others would be needed. */
int pf_layout_modifier_keys(const struct pf_layout *layout, xkb_mod_mask_t modifiers, uint32_t ret_codes[2]);

#endif

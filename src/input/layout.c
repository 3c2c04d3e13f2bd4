#include "input/layout.h"

#include "base/log.h"
#include "input/machine_layout.h"

#include <errno.h>
#include <stdlib.h>

#define CODES 248u /* what every program knows; more only travel as plain keys */

/* ---- making one -----------------------------------------------------------------------------------------
 */

static struct xkb_keymap *of_machine(struct xkb_context *context)
{
    struct pf_machine_layout machine;
    if (getenv("XKB_DEFAULT_LAYOUT") || !pf_machine_layout_read(PF_MACHINE_LAYOUT_FILE, &machine))
        return NULL;
    const struct xkb_rule_names names = {.model = machine.model,
        .layout = machine.layout,
        .variant = machine.variant,
        .options = machine.options};
    struct xkb_keymap *keymap = xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
    if (!keymap)
        pf_log_warn("input", "%s names a keyboard layout that is not installed: %s", PF_MACHINE_LAYOUT_FILE,
            machine.layout);
    return keymap;
}

int pf_layout_init(struct pf_layout *l)
{
    *l = (struct pf_layout){.context = xkb_context_new(XKB_CONTEXT_NO_FLAGS)};
    if (l->context)
        l->keymap = of_machine(l->context);
    if (l->context && !l->keymap)
        l->keymap = xkb_keymap_new_from_names(l->context, NULL, XKB_KEYMAP_COMPILE_NO_FLAGS);
    if (l->keymap)
        return 0;
    pf_layout_finish(l);
    return -EINVAL;
}

void pf_layout_finish(struct pf_layout *l)
{
    xkb_keymap_unref(l->keymap);
    xkb_context_unref(l->context);
    *l = (struct pf_layout){0};
}

/* ---- looking for keys -----------------------------------------------------------------------------------
 */

static xkb_keysym_t symbol_of(uint32_t character)
{
    bool line_end = character == '\n' || character == '\r';
    return line_end ? xkb_keysym_from_name("Return", XKB_KEYSYM_NO_FLAGS) : xkb_utf32_to_keysym(character);
}

/* The level of a key that makes exactly this symbol; false if none does. */
static bool find_level(const struct pf_layout *l, xkb_keycode_t key, xkb_layout_index_t group,
    xkb_keysym_t symbol, xkb_mod_mask_t *ret_modifiers)
{
    xkb_level_index_t levels = xkb_keymap_num_levels_for_key(l->keymap, key, group);
    for (xkb_level_index_t level = 0; level < levels; level++) {
        const xkb_keysym_t *symbols;
        if (xkb_keymap_key_get_syms_by_level(l->keymap, key, group, level, &symbols) == 1 &&
            symbols[0] == symbol &&
            xkb_keymap_key_get_mods_for_level(l->keymap, key, group, level, ret_modifiers, 1) == 1)
            return true;
    }
    return false;
}

bool pf_layout_find(const struct pf_layout *l, xkb_layout_index_t group, uint32_t character, const bool *down,
    struct pf_layout_key *ret_key)
{
    xkb_keysym_t symbol = symbol_of(character);
    for (uint32_t code = 1; symbol && code < CODES; code++) {
        xkb_mod_mask_t modifiers;
        if ((down && down[code]) || !find_level(l, code + PF_XKB_OFFSET, group, symbol, &modifiers))
            continue;
        *ret_key = (struct pf_layout_key){.code = code, .modifiers = modifiers};
        return true;
    }
    return false;
}

static xkb_mod_mask_t mask_of(const struct pf_layout *l, const char *name)
{
    xkb_mod_index_t index = xkb_keymap_mod_get_index(l->keymap, name);
    return index == XKB_MOD_INVALID ? 0 : (xkb_mod_mask_t)1 << index;
}

/* The key that is this symbol by itself; 0 if there is none. From above: beside the right Alt many layouts
 * have a place, further down, that no keyboard has. */
static uint32_t key_of(const struct pf_layout *l, const char *name)
{
    xkb_keysym_t wanted = xkb_keysym_from_name(name, XKB_KEYSYM_NO_FLAGS);
    for (uint32_t code = CODES - 1; code; code--) {
        const xkb_keysym_t *symbols;
        if (xkb_keymap_key_get_syms_by_level(l->keymap, code + PF_XKB_OFFSET, 0, 0, &symbols) == 1 &&
            symbols[0] == wanted)
            return code;
    }
    return 0;
}

int pf_layout_modifier_keys(const struct pf_layout *l, xkb_mod_mask_t modifiers, uint32_t ret_codes[2])
{
    static const struct {
        const char *modifier, *key;
    } known[] = {{XKB_MOD_NAME_SHIFT, "Shift_L"}, {"Mod5", "ISO_Level3_Shift"}};
    int n = 0;
    for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        xkb_mod_mask_t mask = mask_of(l, known[i].modifier);
        uint32_t code = modifiers & mask ? key_of(l, known[i].key) : 0;
        if (!code)
            continue;
        ret_codes[n++] = code;
        modifiers &= ~mask;
    }
    return modifiers ? -1 : n;
}

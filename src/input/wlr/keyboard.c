#include "input/wlr/keyboard.h"

#include "base/log.h"
#include "input/wlr/keymap_send.h"
#include "input/wlr/machine_layout.h"
#include "virtual-keyboard-unstable-v1-client-protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xkbcommon/xkbcommon.h>

#define XKB_OFFSET 8u   /* an XKB keycode is an evdev code plus 8 */
#define XKB_CODES  256u /* what every program knows; more only travel as plain keys */

/* ---- the keymap -----------------------------------------------------------------------------------------
 */

static int send_keymap(struct pf_wlr_keyboard *k)
{
    char *text = xkb_keymap_get_as_string(k->keymap, XKB_KEYMAP_FORMAT_TEXT_V1);
    int rc = text ? pf_wlr_keymap_send(k->proxy, text) : -ENOMEM;
    free(text);
    return rc;
}

/* The variables XKB_DEFAULT_… win; then the machine's layout; then the library's default. */
static struct xkb_keymap *make_keymap(struct xkb_context *context)
{
    struct pf_machine_layout machine;
    struct xkb_keymap *keymap = NULL;
    if (!getenv("XKB_DEFAULT_LAYOUT") && pf_machine_layout_read(PF_MACHINE_LAYOUT_FILE, &machine)) {
        const struct xkb_rule_names names = {.model = machine.model,
            .layout = machine.layout,
            .variant = machine.variant,
            .options = machine.options};
        keymap = xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
        if (!keymap)
            pf_log_warn("input", "%s names a keyboard layout that is not installed: %s",
                PF_MACHINE_LAYOUT_FILE, machine.layout);
    }
    return keymap ? keymap : xkb_keymap_new_from_names(context, NULL, XKB_KEYMAP_COMPILE_NO_FLAGS);
}

int pf_wlr_keyboard_init(struct pf_wlr_keyboard *k, struct pf_wlr_desk *desk, struct pf_error *err)
{
    *k = (struct pf_wlr_keyboard){.context = xkb_context_new(XKB_CONTEXT_NO_FLAGS)};
    if (k->context)
        k->keymap = make_keymap(k->context);
    if (k->keymap)
        k->state = xkb_state_new(k->keymap);
    if (!k->state) {
        pf_wlr_keyboard_finish(k);
        return pf_error_set(err, -EINVAL,
            "the keyboard layout cannot be made; check the variables XKB_DEFAULT_… and the package xkb-data");
    }
    k->proxy = zwp_virtual_keyboard_manager_v1_create_virtual_keyboard(desk->keyboards, desk->seat);
    int rc = send_keymap(k);
    if (rc < 0) {
        pf_wlr_keyboard_finish(k);
        return pf_error_set(err, rc, "the keyboard layout cannot be passed on: %s", strerror(-rc));
    }
    return 0;
}

void pf_wlr_keyboard_finish(struct pf_wlr_keyboard *k)
{
    if (k->proxy)
        zwp_virtual_keyboard_v1_destroy(k->proxy);
    xkb_state_unref(k->state);
    xkb_keymap_unref(k->keymap);
    xkb_context_unref(k->context);
    *k = (struct pf_wlr_keyboard){0};
}

/* ---- keys -----------------------------------------------------------------------------------------------
 */

static void send_modifiers(struct pf_wlr_keyboard *k)
{
    zwp_virtual_keyboard_v1_modifiers(k->proxy, xkb_state_serialize_mods(k->state, XKB_STATE_MODS_DEPRESSED),
        xkb_state_serialize_mods(k->state, XKB_STATE_MODS_LATCHED),
        xkb_state_serialize_mods(k->state, XKB_STATE_MODS_LOCKED),
        xkb_state_serialize_layout(k->state, XKB_STATE_LAYOUT_EFFECTIVE));
}

void pf_wlr_keyboard_key(struct pf_wlr_keyboard *k, uint32_t time_ms, uint32_t code, bool down)
{
    zwp_virtual_keyboard_v1_key(
        k->proxy, time_ms, code, down ? WL_KEYBOARD_KEY_STATE_PRESSED : WL_KEYBOARD_KEY_STATE_RELEASED);
    /* A repeat is no transition: fed twice, a modifier would need two releases. */
    if (k->down[code] != down)
        xkb_state_update_key(k->state, code + XKB_OFFSET, down ? XKB_KEY_DOWN : XKB_KEY_UP);
    k->down[code] = down;
    send_modifiers(k);
}

/* ---- characters -----------------------------------------------------------------------------------------
 */

/* The level of a key that makes exactly this symbol; false if none does. */
static bool find_level(struct pf_wlr_keyboard *k, xkb_keycode_t key, xkb_layout_index_t layout,
    xkb_keysym_t symbol, xkb_mod_mask_t *ret_modifiers)
{
    xkb_level_index_t levels = xkb_keymap_num_levels_for_key(k->keymap, key, layout);
    for (xkb_level_index_t level = 0; level < levels; level++) {
        const xkb_keysym_t *symbols;
        if (xkb_keymap_key_get_syms_by_level(k->keymap, key, layout, level, &symbols) == 1 &&
            symbols[0] == symbol &&
            xkb_keymap_key_get_mods_for_level(k->keymap, key, layout, level, ret_modifiers, 1) == 1)
            return true;
    }
    return false;
}

bool pf_wlr_keyboard_type(struct pf_wlr_keyboard *k, uint32_t time_ms, uint32_t character)
{
    bool line_end = character == '\n' || character == '\r';
    xkb_keysym_t symbol =
        line_end ? xkb_keysym_from_name("Return", XKB_KEYSYM_NO_FLAGS) : xkb_utf32_to_keysym(character);
    xkb_layout_index_t layout = xkb_state_serialize_layout(k->state, XKB_STATE_LAYOUT_EFFECTIVE);
    xkb_mod_mask_t modifiers;
    for (uint32_t code = 1; symbol && code < XKB_CODES - XKB_OFFSET; code++) {
        if (k->down[code] || !find_level(k, code + XKB_OFFSET, layout, symbol, &modifiers))
            continue;
        /* Text is meant as it is, whatever modifiers the client holds. */
        zwp_virtual_keyboard_v1_modifiers(k->proxy, modifiers, 0, 0, layout);
        zwp_virtual_keyboard_v1_key(k->proxy, time_ms, code, WL_KEYBOARD_KEY_STATE_PRESSED);
        zwp_virtual_keyboard_v1_key(k->proxy, time_ms, code, WL_KEYBOARD_KEY_STATE_RELEASED);
        send_modifiers(k);
        return true;
    }
    return false;
}

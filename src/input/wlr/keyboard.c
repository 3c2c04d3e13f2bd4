#include "input/wlr/keyboard.h"

#include "input/wlr/keymap_send.h"
#include "virtual-keyboard-unstable-v1-client-protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xkbcommon/xkbcommon.h>

/* ---- the keymap -----------------------------------------------------------------------------------------
 */

static int send_keymap(struct pf_wlr_keyboard *k)
{
    char *text = xkb_keymap_get_as_string(k->layout.keymap, XKB_KEYMAP_FORMAT_TEXT_V1);
    int rc = text ? pf_wlr_keymap_send(k->proxy, text) : -ENOMEM;
    free(text);
    return rc;
}

int pf_wlr_keyboard_init(struct pf_wlr_keyboard *k, struct pf_wlr_desk *desk, struct pf_error *err)
{
    *k = (struct pf_wlr_keyboard){0};
    if (pf_layout_init(&k->layout) == 0)
        k->state = xkb_state_new(k->layout.keymap);
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
    pf_layout_finish(&k->layout);
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
        xkb_state_update_key(k->state, code + PF_XKB_OFFSET, down ? XKB_KEY_DOWN : XKB_KEY_UP);
    k->down[code] = down;
    send_modifiers(k);
}

/* ---- characters -----------------------------------------------------------------------------------------
 */

bool pf_wlr_keyboard_type(struct pf_wlr_keyboard *k, uint32_t time_ms, uint32_t character)
{
    xkb_layout_index_t group = xkb_state_serialize_layout(k->state, XKB_STATE_LAYOUT_EFFECTIVE);
    struct pf_layout_key key;
    if (!pf_layout_find(&k->layout, group, character, k->down, &key))
        return false;
    /* Text is meant as it is, whatever modifiers the client holds. */
    zwp_virtual_keyboard_v1_modifiers(k->proxy, key.modifiers, 0, 0, group);
    zwp_virtual_keyboard_v1_key(k->proxy, time_ms, key.code, WL_KEYBOARD_KEY_STATE_PRESSED);
    zwp_virtual_keyboard_v1_key(k->proxy, time_ms, key.code, WL_KEYBOARD_KEY_STATE_RELEASED);
    send_modifiers(k);
    return true;
}

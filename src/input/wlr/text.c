#include "input/wlr/text.h"

#include "input/wlr/keymap_send.h"
#include "virtual-keyboard-unstable-v1-client-protocol.h"

#include <stdlib.h>

void pf_wlr_text_init(struct pf_wlr_text *t, struct pf_wlr_desk *desk)
{
    *t = (struct pf_wlr_text){.desk = desk};
}

void pf_wlr_text_finish(struct pf_wlr_text *t)
{
    if (t->proxy)
        zwp_virtual_keyboard_v1_destroy(t->proxy);
    *t = (struct pf_wlr_text){0};
}

/* Its place in the keymap; `count` if it has none. */
static size_t place_of(const struct pf_wlr_text *t, uint32_t character)
{
    size_t i = 0;
    while (i < t->count && t->characters[i] != character)
        i++;
    return i;
}

void pf_wlr_text_expect(struct pf_wlr_text *t, uint32_t character)
{
    if (!pf_text_keymap_can(character) || place_of(t, character) < t->count)
        return;
    if (t->count == PF_TEXT_KEYS)
        t->count = 0;
    t->characters[t->count++] = character;
    t->stale = true;
}

static bool bring_keymap(struct pf_wlr_text *t)
{
    if (!t->stale)
        return true;
    if (!t->proxy)
        t->proxy = zwp_virtual_keyboard_manager_v1_create_virtual_keyboard(t->desk->keyboards, t->desk->seat);
    char *keymap = pf_text_keymap_make(t->characters, t->count);
    t->stale = !keymap || pf_wlr_keymap_send(t->proxy, keymap) < 0;
    free(keymap);
    return !t->stale;
}

bool pf_wlr_text_type(struct pf_wlr_text *t, uint32_t time_ms, uint32_t character)
{
    pf_wlr_text_expect(t, character);
    size_t place = place_of(t, character);
    if (place == t->count || !bring_keymap(t))
        return false;
    uint32_t code = pf_text_keymap_code(place);
    zwp_virtual_keyboard_v1_key(t->proxy, time_ms, code, WL_KEYBOARD_KEY_STATE_PRESSED);
    zwp_virtual_keyboard_v1_key(t->proxy, time_ms, code, WL_KEYBOARD_KEY_STATE_RELEASED);
    return true;
}

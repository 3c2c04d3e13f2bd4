#include "input/uinput/text.h"

#include <stdio.h>

static void stroke(struct pf_uinput_strokes *s, uint32_t code, bool down)
{
    s->strokes[s->count].code = (uint16_t)code;
    s->strokes[s->count++].down = down;
}

static bool is_held(const struct pf_uinput_state *state, uint32_t code)
{
    return state->keys[code / 64] >> code % 64 & 1;
}

static void move_modifiers(struct pf_uinput_strokes *s, const struct pf_uinput_state *state, bool down)
{
    static const uint16_t codes[] = {KEY_LEFTSHIFT, KEY_RIGHTSHIFT, KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_LEFTALT,
        KEY_RIGHTALT, KEY_LEFTMETA, KEY_RIGHTMETA};
    for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (is_held(state, codes[i]))
            stroke(s, codes[i], down);
}

/* A key that is held makes no character when it is pressed once more. */
static void tap(struct pf_uinput_strokes *s, const struct pf_uinput_state *state, uint32_t code)
{
    if (is_held(state, code))
        stroke(s, code, false);
    stroke(s, code, true);
    stroke(s, code, false);
}

static bool add_key(struct pf_uinput_strokes *s, const struct pf_layout *layout,
    const struct pf_uinput_state *state, uint32_t character)
{
    struct pf_layout_key key;
    uint32_t hold[2];
    int n = pf_layout_find(layout, 0, character, NULL, &key)
                ? pf_layout_modifier_keys(layout, key.modifiers, hold)
                : -1;
    for (int i = 0; i < n; i++)
        stroke(s, hold[i], true);
    if (n >= 0)
        tap(s, state, key.code);
    for (int i = n - 1; i >= 0; i--)
        stroke(s, hold[i], false);
    return n >= 0;
}

/* Controls, surrogates and noncharacters are no text. */
static bool is_text(uint32_t c)
{
    return c >= 0xA0 && c <= 0x10FFFF && c >> 11 != 0xD800 >> 11 && (c & 0xFFFE) != 0xFFFE;
}

/* Whoever reads the number goes by the keys, whatever Shift makes of them: on some layouts digits need it. */
static bool add_number(struct pf_uinput_strokes *s, const struct pf_layout *layout,
    const struct pf_uinput_state *state, uint32_t character)
{
    char keys[16];
    struct pf_layout_key key;
    if (!is_text(character))
        return false;
    snprintf(keys, sizeof(keys), "u%x", (unsigned)character);
    stroke(s, KEY_LEFTCTRL, true);
    stroke(s, KEY_LEFTSHIFT, true);
    for (const char *c = keys; *c; c++) {
        if (!pf_layout_find(layout, 0, (uint8_t)*c, NULL, &key))
            return false;
        tap(s, state, key.code);
    }
    stroke(s, KEY_LEFTSHIFT, false);
    stroke(s, KEY_LEFTCTRL, false);
    return true;
}

struct pf_uinput_strokes pf_uinput_text(
    const struct pf_layout *layout, const struct pf_uinput_state *state, uint32_t character)
{
    struct pf_uinput_strokes s = {.count = 0};
    move_modifiers(&s, state, false);
    if (!add_key(&s, layout, state, character) && !add_number(&s, layout, state, character))
        return (struct pf_uinput_strokes){.count = 0};
    move_modifiers(&s, state, true);
    return s;
}

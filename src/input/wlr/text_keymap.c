#include "input/wlr/text_keymap.h"

#include <linux/input-event-codes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xkbcommon/xkbcommon.h>

#define XKB_OFFSET 8u /* an XKB keycode is an evdev code plus 8 */
#define LAST_CODE  247u

static xkb_keysym_t symbol_of(uint32_t character)
{
    if (character == '\n' || character == '\r')
        return xkb_keysym_from_name("Return", XKB_KEYSYM_NO_FLAGS);
    return xkb_utf32_to_keysym(character);
}

/* A keymap with a symbol that the compositor cannot read ends the connection: names must lead back. */
bool pf_text_keymap_can(uint32_t character)
{
    char name[64];
    xkb_keysym_t symbol = symbol_of(character);
    bool is_control = character < 0x20 || (character >= 0x7F && character < 0xA0);
    bool is_surrogate = character >> 11 == 0xD800 >> 11;
    if (!symbol || (is_control && symbol >> 8 != 0xFF) || is_surrogate || (character & 0xFFFE) == 0xFFFE)
        return false;
    return xkb_keysym_get_name(symbol, name, sizeof(name)) > 0 &&
           xkb_keysym_from_name(name, XKB_KEYSYM_NO_FLAGS) == symbol;
}

static bool is_known_by_place(uint32_t code)
{
    switch (code) {
    case KEY_ESC:
    case KEY_BACKSPACE:
    case KEY_TAB:
    case KEY_ENTER:
    case KEY_LEFTCTRL:
    case KEY_LEFTSHIFT:
    case KEY_RIGHTSHIFT:
    case KEY_LEFTALT:
    case KEY_CAPSLOCK:
    case KEY_NUMLOCK:
    case KEY_SCROLLLOCK:
    case KEY_RIGHTCTRL:
    case KEY_RIGHTALT:
    case KEY_LEFTMETA:
    case KEY_RIGHTMETA:
        return true;
    default:
        return false;
    }
}

uint32_t pf_text_keymap_code(size_t n)
{
    uint32_t code = KEY_1;
    while (is_known_by_place(code) || n--)
        code++;
    return code;
}

static void write_keys(FILE *out, const uint32_t *characters, size_t count)
{
    char name[64];
    for (size_t i = 0; i < count; i++) {
        xkb_keysym_get_name(symbol_of(characters[i]), name, sizeof(name));
        fprintf(out, "key <T%zu> { [ %s ] };\n", i, name);
    }
}

char *pf_text_keymap_make(const uint32_t *characters, size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    fprintf(
        out, "xkb_keymap {\nxkb_keycodes \"text\" {\nminimum = 8;\nmaximum = %u;\n", LAST_CODE + XKB_OFFSET);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "<T%zu> = %u;\n", i, pf_text_keymap_code(i) + XKB_OFFSET);
    fprintf(out,
        "};\nxkb_types \"text\" { include \"basic\" };\nxkb_compatibility \"text\" { include \"basic\" };\n"
        "xkb_symbols \"text\" {\n");
    write_keys(out, characters, count);
    fprintf(out, "};\n};\n");
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

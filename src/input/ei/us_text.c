#include "input/ei/us_text.h"

#include <linux/input-event-codes.h>
#include <stddef.h>
#include <string.h>

/* Rows of the keyboard: the characters of neighbouring keys, first code at the left. */
static const struct {
    uint32_t first;
    const char *plain, *shifted;
} rows[] = {
    {KEY_1, "1234567890-=", "!@#$%^&*()_+"},
    {KEY_Q, "qwertyuiop[]", "QWERTYUIOP{}"},
    {KEY_A, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
    {KEY_BACKSLASH, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
};

static bool in_row(const char *row, uint32_t first, uint32_t character, uint32_t *ret_code)
{
    const char *at = character < 0x80 ? strchr(row, (int)character) : NULL;
    if (!at || !*at)
        return false;
    *ret_code = first + (uint32_t)(at - row);
    return true;
}

static uint32_t special(uint32_t character)
{
    switch (character) {
    case ' ':
        return KEY_SPACE;
    case '\n':
    case '\r':
        return KEY_ENTER;
    case '\t':
        return KEY_TAB;
    case '\b':
        return KEY_BACKSPACE;
    default:
        return 0;
    }
}

bool pf_us_text_key(uint32_t character, uint32_t *ret_code, bool *ret_shift)
{
    uint32_t code = special(character);
    bool shift = false;
    for (size_t i = 0; !code && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (!in_row(rows[i].plain, rows[i].first, character, &code))
            shift = in_row(rows[i].shifted, rows[i].first, character, &code);
    if (!code)
        return false;
    *ret_code = code;
    *ret_shift = shift;
    return true;
}

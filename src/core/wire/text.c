#include "core/wire/text.h"

#include "base/hex.h"
#include "punktfunk/wire_common.h"

#include <string.h>

/* Allowed range of the byte after the lead byte; it excludes over-long forms, surrogates and what lies above
 * U+10FFFF (Unicode table 3-7). */
static bool second_byte_fits(uint8_t lead, uint8_t second)
{
    uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return second >= low && second <= high;
}

static int sequence_length(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

int pf_utf8_next(const char *text, size_t len, uint32_t *ret_code)
{
    const uint8_t *p = (const uint8_t *)text;
    int n = sequence_length(p[0]);
    if (n == 0)
        return -1;
    if (n == 1) {
        *ret_code = p[0];
        return 1;
    }
    uint32_t code = p[0] & (0xFFu >> (n + 1));
    for (int i = 1; i < n; i++) {
        bool fits = (size_t)i < len && (i == 1 ? second_byte_fits(p[0], p[1]) : (p[i] & 0xC0) == 0x80);
        if (!fits)
            return -i;
        code = code << 6 | (p[i] & 0x3F);
    }
    *ret_code = code;
    return n;
}

bool pf_utf8_valid(const char *text, size_t len)
{
    uint32_t code;
    for (size_t i = 0; i < len;) {
        int n = pf_utf8_next(text + i, len - i, &code);
        if (n < 0)
            return false;
        i += (size_t)n;
    }
    return true;
}

size_t pf_utf8_repair(const char *text, size_t len, char *out)
{
    size_t used = 0;
    uint32_t code;
    for (size_t i = 0; i < len;) {
        int n = pf_utf8_next(text + i, len - i, &code);
        size_t width = n < 0 ? 3 : (size_t)n;
        memcpy(out + used, n < 0 ? "\xEF\xBF\xBD" : text + i, width);
        used += width;
        i += (size_t)(n < 0 ? -n : n);
    }
    return used;
}

/* Characters that could forge a log line or reorder what a person reads. */
static bool is_forbidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C || c == 0xFEFF;
}

/* Unicode White_Space, less what is_forbidden drops (tab and newline stand for a space). */
static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

/* Copies what may stay, spaces collapsed and trimmed; returns the length, at most PF_NAME_MAX. */
static size_t clean(const char *name, size_t len, char *out)
{
    size_t used = 0;
    bool space_due = false;
    uint32_t code = 0;
    for (size_t i = 0; i < len;) {
        int n = pf_utf8_next(name + i, len - i, &code);
        const char *from = name + i;
        i += (size_t)(n < 0 ? -n : n);
        if (n > 0 && is_space(code))
            space_due = used > 0;
        if (n < 0 || is_space(code) || is_forbidden(code))
            continue;
        if (used + space_due + (size_t)n > PF_NAME_MAX)
            break;
        if (space_due)
            out[used++] = ' ';
        space_due = false;
        memcpy(out + used, from, (size_t)n);
        used += (size_t)n;
    }
    return used;
}

size_t pf_name_sanitise(
    const char *name, size_t len, const uint8_t fingerprint[PF_FINGERPRINT_LEN], char out[PF_NAME_MAX + 1])
{
    size_t used = clean(name, len, out);
    if (used == 0) {
        memcpy(out, "device", 6);
        used = 6;
        if (fingerprint) {
            out[used++] = ' ';
            pf_hex_encode(fingerprint, 4, out + used);
            used += 8;
        }
    }
    out[used] = '\0';
    return used;
}

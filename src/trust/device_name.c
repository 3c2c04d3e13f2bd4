#include "trust/device_name.h"

#include "base/hex.h"

#include <stdbool.h>
#include <string.h>

/* Decodes one character. Returns its length in bytes, 0 if the bytes are no UTF-8. */
static size_t decode_utf8(const uint8_t *s, size_t len, uint32_t *ret_char)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = s[0];
    size_t n = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (n == 0 || n > len)
        return 0;
    uint32_t c = n == 1 ? lead : lead & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret_char = c;
    return n;
}

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
           c == 0x3000;
}

/* Characters that show nothing or reorder what is shown: a name must not be able to look like another one. */
static bool is_invisible(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

void pf_device_name_clean(
    const char *text, size_t len, const uint8_t fingerprint[32], char ret_name[PF_DEVICE_NAME_SIZE])
{
    const uint8_t *s = (const uint8_t *)text;
    char name[PF_DEVICE_NAME_SIZE];
    size_t used = 0;
    bool gap = false; /* whitespace was seen since the last character */

    for (size_t i = 0, n; i < len; i += n) {
        uint32_t c = 0;
        n = decode_utf8(s + i, len - i, &c);
        if (n == 0) {
            n = 1;
            continue;
        }
        if (is_space(c)) {
            gap = used > 0;
            continue;
        }
        if (is_invisible(c))
            continue;
        if (used + gap + n > PF_DEVICE_NAME_MAX)
            break;
        if (gap)
            name[used++] = ' ';
        gap = false;
        memcpy(name + used, s + i, n);
        used += n;
    }
    if (used == 0) {
        memcpy(name, "device ", 7);
        pf_hex_encode(fingerprint, 4, name + 7);
        used = 15;
    }
    name[used] = 0;
    memcpy(ret_name, name, used + 1);
}

#include "net/advert.h"

#include "base/bytes.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PROTOCOL "punktfunk/1"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_lower_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* ---- names ---- */

/* Bytes of the character that starts here, 0 if it is malformed, overlong or a control character. */
static size_t character(const uint8_t *p, size_t left)
{
    static const uint32_t least[] = {0, 0x20, 0xA0, 0x800, 0x10000};
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC0 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF8 ? 4 : 0;
    if (n == 0 || n > left)
        return 0;
    uint32_t code = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3Fu);
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    /* Marks that change the direction of the text around them would let a name pose as another. */
    bool bidi = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    return code < least[n] || code == 0x7F || code > 0x10FFFF || surrogate || bidi ? 0 : n;
}

char *pf_advert_clean(const char *text, size_t len, char out[PF_ADVERT_NAME_SIZE])
{
    const uint8_t *p = (const uint8_t *)text, *end = p + len;
    size_t used = 0;
    while (p < end) {
        size_t n = character(p, (size_t)(end - p));
        size_t room = n ? n : 1;
        if (used + room >= PF_ADVERT_NAME_SIZE)
            break;
        if (n)
            memcpy(out + used, p, n);
        else
            out[used] = '?';
        used += room;
        p += room;
    }
    out[used] = 0;
    return out;
}

char *pf_advert_target(const char *name, char out[PF_ADVERT_NAME_SIZE])
{
    size_t used = 0;
    for (const char *p = name; *p && used < PF_ADVERT_NAME_SIZE - 1; p++) {
        if (((uint8_t)*p & 0xC0) == 0x80)
            continue; /* one hyphen for each character, not for each of its bytes */
        bool legal = is_letter(*p) || is_digit(*p) || *p == '.';
        if (legal || used > 0)
            out[used++] = legal ? *p : '-';
        if (used == 1 && out[0] == '.')
            used = 0;
    }
    while (used > 0 && (out[used - 1] == '-' || out[used - 1] == '.'))
        used--;
    out[used] = 0;
    if (used == 0)
        strcpy(out, "punktfunk-host");
    return out;
}

/* ---- the TXT record ---- */

static void put(struct pf_writer *w, const char *key, const char *value)
{
    size_t k = strlen(key), v = strlen(value);
    if (v == 0)
        return;
    pf_write_u8(w, (uint8_t)(k + 1 + v));
    pf_write_bytes(w, key, k);
    pf_write_u8(w, '=');
    pf_write_bytes(w, value, v);
}

size_t pf_advert_write_txt(const struct pf_advert *a, uint8_t out[PF_ADVERT_TXT_SIZE])
{
    struct pf_writer w = pf_writer_of(out, PF_ADVERT_TXT_SIZE);
    char port[8] = "", macs[PF_ADVERT_MACS * PF_ADVERT_MAC_SIZE + 1] = "";
    if (a->mgmt_port)
        snprintf(port, sizeof(port), "%u", a->mgmt_port);
    for (size_t i = 0; i < PF_ADVERT_MACS && a->macs[i][0]; i++) {
        if (i > 0)
            strcat(macs, ",");
        strcat(macs, a->macs[i]);
    }
    put(&w, "proto", PROTOCOL);
    put(&w, "fp", a->fingerprint);
    put(&w, "pair", a->pairing_required ? "required" : "optional");
    put(&w, "id", a->id);
    put(&w, "mgmt", port);
    put(&w, "mac", macs);
    put(&w, "os", a->os);
    return w.len;
}

static bool all(const char *text, bool (*is)(char c))
{
    while (*text && is(*text))
        text++;
    return *text == 0;
}

static bool is_mac(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (i % 3 == 2 ? text[i] != ':' : !is_lower_hex(text[i]))
            return false;
    return len == PF_ADVERT_MAC_SIZE - 1;
}

static void take_macs(const char *value, struct pf_advert *a)
{
    size_t count = 0;
    while (*value && count < PF_ADVERT_MACS) {
        size_t n = strcspn(value, ",");
        if (is_mac(value, n))
            memcpy(a->macs[count++], value, n);
        value += n + (value[n] == ',');
    }
}

static void take_port(const char *value, struct pf_advert *a)
{
    unsigned long v = is_digit(*value) ? strtoul(value, NULL, 10) : 0;
    if (v <= 65535)
        a->mgmt_port = (uint16_t)v;
}

/* One "key=value", NUL-terminated. False if the host speaks another protocol. */
static bool take(char *text, struct pf_advert *a)
{
    char *equals = strchr(text, '='), clean[PF_ADVERT_NAME_SIZE];
    if (!equals)
        return true;
    *equals = 0;
    const char *value = equals + 1;
    if (strcasecmp(text, "proto") == 0)
        return !*value || strcmp(value, PROTOCOL) == 0;
    if (strcasecmp(text, "fp") == 0 && strlen(value) == 64 && all(value, is_lower_hex))
        strcpy(a->fingerprint, value);
    else if (strcasecmp(text, "pair") == 0)
        a->pairing_required = strcmp(value, "optional") != 0;
    else if (strcasecmp(text, "id") == 0)
        strcpy(a->id, pf_advert_clean(value, strlen(value), clean));
    else if (strcasecmp(text, "mgmt") == 0)
        take_port(value, a);
    else if (strcasecmp(text, "mac") == 0)
        take_macs(value, a);
    else if (strcasecmp(text, "os") == 0 && strlen(value) < sizeof(a->os))
        strcpy(a->os, pf_advert_clean(value, strlen(value), clean));
    return true;
}

int pf_advert_read_txt(const uint8_t *txt, size_t len, struct pf_advert *ret_advert)
{
    struct pf_advert a = {.pairing_required = true};
    struct pf_reader r = pf_reader_of(txt, len);
    while (r.left > 0) {
        char text[256] = "";
        pf_read_copy(&r, text, pf_read_u8(&r));
        if (r.failed)
            return -EBADMSG;
        if (!take(text, &a))
            return -EPROTO;
    }
    *ret_advert = a;
    return 0;
}

/* ---- the operating system ---- */

static bool is_id(char c)
{
    return is_letter(c) || is_digit(c) || (c && strchr("._-", c));
}

char *pf_advert_os(const char *os_release, char out[32])
{
    char *text, *line;
    size_t len;
    strcpy(out, "linux");
    if (pf_file_read(os_release, 65536, &text, &len) < 0)
        return out;
    for (char *rest = text; (line = strsep(&rest, "\n"));) {
        char id[25] = "";
        if (sscanf(line, "ID=%*[\"']%24[^\"']", id) != 1 && sscanf(line, "ID=%24s", id) != 1)
            continue;
        if (id[0] && all(id, is_id))
            snprintf(out, 32, "linux/%s", id);
    }
    free(text);
    return out;
}

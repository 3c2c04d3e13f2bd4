#include "display/gamescope/words.h"

#include <string.h>

#define NODE_WORDS "stream available on node ID:"

/* ---- the log --------------------------------------------------------------------------------------------
 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The number behind the words, past blanks and colour codes ("\033[1;34m"). */
static bool parse_node(const char *p, const char *end, uint32_t *ret_node)
{
    uint64_t node = 0;
    while (p < end && !is_digit(*p)) {
        if (*p == '\033')
            while (p < end && *p != 'm')
                p++;
        if (p < end)
            p++;
    }
    if (p == end)
        return false;
    for (; p < end && is_digit(*p); p++) {
        node = node * 10 + (uint64_t)(*p - '0');
        if (node >= UINT32_MAX)
            return false;
    }
    *ret_node = (uint32_t)node;
    return true;
}

static void end_line(struct pf_gamescope_log *log)
{
    size_t len = log->len < PF_GAMESCOPE_LINE ? log->len : PF_GAMESCOPE_LINE;
    const char *words = memmem(log->line, len, NODE_WORDS, strlen(NODE_WORDS));
    uint32_t node;
    if (words && parse_node(words + strlen(NODE_WORDS), log->line + len, &node)) {
        log->node = node;
        log->has_node = true;
    }
    log->len = 0;
}

bool pf_gamescope_log_feed(struct pf_gamescope_log *log, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n') {
            end_line(log);
            continue;
        }
        if (log->len < PF_GAMESCOPE_LINE)
            log->line[log->len++] = text[i];
    }
    return log->has_node;
}

/* ---- the version ----------------------------------------------------------------------------------------
 */

/* A number of at most six digits; returns the byte after it, or NULL. */
static const char *parse_number(const char *p, const char *end, unsigned *ret_value)
{
    unsigned value = 0, digits = 0;
    for (; p < end && is_digit(*p); p++, digits++) {
        if (digits == 6)
            return NULL;
        value = value * 10 + (unsigned)(*p - '0');
    }
    *ret_value = value;
    return digits ? p : NULL;
}

static bool parse_here(const char *p, const char *end, struct pf_gamescope_version *ret_version)
{
    struct pf_gamescope_version v;
    p = parse_number(p, end, &v.major);
    if (!p || p == end || *p != '.' || !(p = parse_number(p + 1, end, &v.minor)) || p == end || *p != '.' ||
        !(p = parse_number(p + 1, end, &v.patch)))
        return false;
    *ret_version = v;
    return true;
}

bool pf_gamescope_version_parse(const char *text, size_t len, struct pf_gamescope_version *ret_version)
{
    for (size_t i = 0; i < len; i++) {
        bool begins = is_digit(text[i]) && (i == 0 || (!is_digit(text[i - 1]) && text[i - 1] != '.'));
        if (begins && parse_here(text + i, text + len, ret_version))
            return true;
    }
    return false;
}

bool pf_gamescope_version_is_sound(const struct pf_gamescope_version *v)
{
    if (v->major != 3)
        return v->major > 3;
    return v->minor > 16 || (v->minor == 16 && v->patch >= 22);
}

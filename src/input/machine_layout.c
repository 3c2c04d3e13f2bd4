#include "input/machine_layout.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX_LEN 65536u

/* What XKB names are made of; anything else would be no name, or a path. */
static bool is_name(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+,:()", text[i]))
            return false;
    return true;
}

/* One line, not terminated: KEY=value or KEY="value". */
static void take_line(const char *line, size_t len, const char *key, char *out, size_t cap)
{
    size_t key_len = strlen(key);
    if (len <= key_len || strncmp(line, key, key_len) || line[key_len] != '=')
        return;
    const char *value = line + key_len + 1, *end = line + len;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    if (end - value >= 2 && (*value == '"' || *value == '\'') && end[-1] == *value) {
        value++;
        end--;
    }
    size_t n = (size_t)(end - value);
    if (n >= cap || !is_name(value, n))
        return;
    memcpy(out, value, n);
    out[n] = 0;
}

bool pf_machine_layout_read(const char *path, struct pf_machine_layout *ret_layout)
{
    struct pf_machine_layout l = {0};
    char *text;
    size_t len;
    if (pf_file_read(path, FILE_MAX_LEN, &text, &len) < 0)
        return false;
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        take_line(line, n, "XKBMODEL", l.model, sizeof(l.model));
        take_line(line, n, "XKBLAYOUT", l.layout, sizeof(l.layout));
        take_line(line, n, "XKBVARIANT", l.variant, sizeof(l.variant));
        take_line(line, n, "XKBOPTIONS", l.options, sizeof(l.options));
        line += n + (line[n] == '\n');
    }
    free(text);
    *ret_layout = l;
    return l.layout[0] != 0;
}

#include "library/vdf.h"

#include <string.h>
#include <strings.h>

static const char *skip_blank(const char *p)
{
    return p + strspn(p, " \t");
}

/* Copies the quoted text at p, which ends in its line. Returns what follows it, NULL if there is none. */
static const char *take_quoted(const char *p, char *out, size_t size)
{
    size_t used = 0;
    if (*p++ != '"')
        return NULL;
    for (; *p && *p != '\n' && *p != '"'; p++) {
        if (*p == '\\' && (p[1] == '\\' || p[1] == '"'))
            p++;
        if (used + 1 >= size)
            return NULL;
        out[used++] = *p;
    }
    out[used] = 0;
    return *p == '"' ? p + 1 : NULL;
}

bool pf_vdf_next(const char **at, const char *key, char *ret_value, size_t size)
{
    while (**at) {
        char name[64];
        const char *p = take_quoted(skip_blank(*at), name, sizeof(name));
        *at += strcspn(*at, "\n");
        *at += **at == '\n';
        if (p && strcasecmp(name, key) == 0 && take_quoted(skip_blank(p), ret_value, size))
            return true;
    }
    return false;
}

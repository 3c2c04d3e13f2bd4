#include "base/env.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

const char *pf_env_get(const char *name)
{
    const char *value = getenv(name);
    if (!value)
        return NULL;
    for (const char *p = value; *p; p++)
        if (!isspace((unsigned char)*p))
            return value;
    return NULL;
}

static bool is_one_of(const char *value, const char *const *words)
{
    for (; *words; words++)
        if (!strcasecmp(value, *words))
            return true;
    return false;
}

bool pf_env_bool(const char *name, bool fallback)
{
    static const char *const on[] = {"1", "true", "yes", "on", NULL};
    static const char *const off[] = {"0", "false", "no", "off", NULL};
    const char *value = pf_env_get(name);
    if (value && is_one_of(value, on))
        return true;
    if (value && is_one_of(value, off))
        return false;
    return fallback;
}

long pf_env_long(const char *name, long min, long max, long fallback)
{
    const char *value = pf_env_get(name);
    if (!value)
        return fallback;
    char *end;
    errno = 0;
    long n = strtol(value, &end, 10);
    return errno || *end || n < min || n > max ? fallback : n;
}

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int pf_error_set(struct pf_error *err, int code, const char *fmt, ...)
{
    if (!err)
        return code;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    return code;
}

int pf_error_prefix(struct pf_error *err, int code, const char *fmt, ...)
{
    if (!err)
        return code;
    char rest[sizeof(err->text)];
    memcpy(rest, err->text, sizeof(rest));
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof(err->text))
        snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %s", rest);
    return code;
}

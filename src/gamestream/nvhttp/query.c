#include "gamestream/nvhttp/query.h"

#include "base/args.h"
#include "base/hex.h"

#include <errno.h>
#include <string.h>

/* In place: what is decoded is never longer. */
static bool decode(char *text)
{
    char *out = text;
    for (const char *p = text; *p; p++) {
        char c = *p;
        if (c == '%') {
            int high = pf_hex_digit(p[1]), low = high < 0 ? -1 : pf_hex_digit(p[2]);
            if (low < 0 || (high == 0 && low == 0))
                return false;
            c = (char)(high << 4 | low);
            p += 2;
        }
        *out++ = c;
    }
    *out = 0;
    return true;
}

int pf_gs_query_parse(char *text, struct pf_gs_query *ret_query)
{
    struct pf_gs_query q = {0};
    for (char *pair; (pair = strsep(&text, "&"));) {
        if (!*pair)
            continue;
        if (q.count == PF_GS_QUERY_PARAMS_MAX)
            return -E2BIG;
        char *value = strchr(pair, '=');
        if (value)
            *value++ = 0;
        else
            value = pair + strlen(pair);
        if (!decode(pair) || !decode(value))
            return -EBADMSG;
        q.params[q.count].name = pair;
        q.params[q.count++].value = value;
    }
    *ret_query = q;
    return 0;
}

const char *pf_gs_query_get(const struct pf_gs_query *q, const char *name)
{
    for (size_t i = 0; i < q->count; i++)
        if (strcmp(q->params[i].name, name) == 0)
            return q->params[i].value;
    return NULL;
}

bool pf_gs_query_number(const struct pf_gs_query *q, const char *name, int64_t min, int64_t max, int64_t *ret)
{
    const char *text = pf_gs_query_get(q, name);
    long value;
    if (!text || !pf_parse_long(text, (long)min, (long)max, &value))
        return false;
    *ret = value;
    return true;
}

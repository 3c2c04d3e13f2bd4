#include "mgmt/query.h"

#include "base/hex.h"
#include "mgmt/route.h"

#include <string.h>

bool pf_mgmt_percent_decode(const char *text, size_t n, char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            int high = n - i > 2 ? pf_hex_digit(text[i + 1]) : -1;
            int low = high >= 0 ? pf_hex_digit(text[i + 2]) : -1;
            if (low < 0 || (high == 0 && low == 0))
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (used + 1 >= size)
            return false;
        out[used++] = c;
    }
    out[used] = 0;
    return true;
}

bool pf_mgmt_parse_number(const char *text, uint64_t max, uint64_t *ret)
{
    uint64_t n = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned digit = (unsigned)(*text - '0');
        if (digit > 9 || n > (max - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *ret = n;
    return true;
}

static bool take(const struct pf_mgmt_query *q, struct pf_mgmt_value *v, const char *text, size_t n)
{
    if (v->present || !pf_mgmt_percent_decode(text, n, v->text, sizeof(v->text)))
        return false;
    v->present = true;
    if (q->type->kind == PF_KIND_STRING)
        return true;
    return pf_mgmt_parse_number(v->text, q->type->kind == PF_KIND_U32 ? UINT32_MAX : INT64_MAX, &v->number);
}

/* One "name=value" of n characters. */
static bool take_pair(struct pf_mgmt_call *call, const char *pair, size_t n)
{
    char name[32];
    const char *equals = memchr(pair, '=', n);
    size_t name_len = equals ? (size_t)(equals - pair) : n;
    if (!pf_mgmt_percent_decode(pair, name_len, name, sizeof(name)))
        return true;
    for (size_t i = 0; call->route->query[i].name; i++) {
        const struct pf_mgmt_query *q = &call->route->query[i];
        if (strcmp(q->name, name) != 0)
            continue;
        size_t skip = equals ? name_len + 1 : n;
        if (take(q, &call->query[i], pair + skip, n - skip))
            return true;
        pf_mgmt_answer_error(call, 400, "the value of \"%s\" in the address does not fit", q->name);
        return false;
    }
    return true;
}

bool pf_mgmt_query_parse(struct pf_mgmt_call *call)
{
    const char *at = call->request.query;
    while (at && *at) {
        size_t n = strcspn(at, "&");
        if (n && !take_pair(call, at, n))
            return false;
        at += n + (at[n] == '&');
    }
    return true;
}

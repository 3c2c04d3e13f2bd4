#include "base/args.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Longer words are compared by their beginning. */
#define WORD_MAX 48

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* Edits (insert, delete, replace, swap neighbours) between two words. */
static unsigned edit_distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1], *before = rows[0], *last = rows[1], *now = rows[2];
    size_t na = strnlen(a, WORD_MAX), nb = strnlen(b, WORD_MAX);
    for (size_t j = 0; j <= nb; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        unsigned *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[nb];
}

const char *pf_nearest_name(const char *word, const char *const *first, size_t count, size_t stride)
{
    const char *best = NULL;
    unsigned best_distance = (unsigned)(strlen(word) / 3 + 1); /* about one slip in three letters */
    for (size_t i = 0; i < count; i++) {
        const char *name = *(const char *const *)((const char *)first + i * stride);
        unsigned distance = name ? edit_distance(word, name) : UINT_MAX;
        if (distance <= best_distance && (!best || distance < best_distance)) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

bool pf_parse_long(const char *text, long min, long max, long *ret)
{
    char *end;
    errno = 0;
    long v = strtol(text, &end, 10);
    bool digit = (*text >= '0' && *text <= '9') || *text == '-';
    if (!digit || *end || errno || v < min || v > max)
        return false;
    *ret = v;
    return true;
}

/* True if the word names the option; *ret_value is then what follows '=', or NULL. */
static bool names_option(const struct pf_arg *o, const char *word, const char **ret_value)
{
    if (word[0] == '-' && word[1] && !word[2] && o->short_name == word[1]) {
        *ret_value = NULL;
        return true;
    }
    size_t n = strlen(o->name);
    if (strncmp(word, o->name, n) != 0 || (word[n] != '\0' && word[n] != '='))
        return false;
    *ret_value = word[n] ? word + n + 1 : NULL;
    return true;
}

static const struct pf_arg *find_option(
    const struct pf_arg *options, size_t count, const char *word, const char **ret_value)
{
    for (size_t i = 0; i < count; i++)
        if (names_option(&options[i], word, ret_value))
            return &options[i];
    return NULL;
}

static int unknown_option(const struct pf_arg *options, size_t count, const char *word, struct pf_error *err)
{
    char name[WORD_MAX + 1];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
    const char *nearest = count ? pf_nearest_name(name, &options[0].name, count, sizeof(options[0])) : NULL;
    if (nearest)
        return pf_error_set(err, -EINVAL, "unknown option %s; did you mean %s?", name, nearest);
    return pf_error_set(err, -EINVAL, "unknown option %s; --help lists them all", name);
}

static int store_value(const struct pf_arg *o, const char *value, struct pf_error *err)
{
    switch (o->kind) {
    case PF_ARG_FLAG:
        *(bool *)o->target = true;
        return 0;
    case PF_ARG_TEXT:
        *(const char **)o->target = value;
        return 0;
    case PF_ARG_NUMBER:
        if (pf_parse_long(value, o->min, o->max, o->target))
            return 0;
        return pf_error_set(
            err, -EINVAL, "%s takes a number from %ld to %ld, not \"%s\"", o->name, o->min, o->max, value);
    case PF_ARG_PARSED: {
        int r = o->parse(value, o->target, err);
        return r < 0 ? pf_error_prefix(err, r, "%s", o->name) : 0;
    }
    }
    return -EINVAL;
}

/* Handles one option; returns how many following words it used (0 or 1). */
static int take_option(const struct pf_arg *o, const char *value, const char *next, struct pf_error *err)
{
    if (o->kind == PF_ARG_FLAG && value)
        return pf_error_set(err, -EINVAL, "%s takes no value", o->name);
    if (o->kind == PF_ARG_FLAG || value)
        return store_value(o, value, err);
    if (o->optional) {
        if (next && next[0] != '-' && o->parse(next, o->target, NULL) >= 0)
            return 1;
        return store_value(o, NULL, err);
    }
    if (!next)
        return pf_error_set(err, -EINVAL, "%s needs a value: %s %s", o->name, o->name,
            o->value_name ? o->value_name : "VALUE");
    int r = store_value(o, next, err);
    return r < 0 ? r : 1;
}

int pf_args_parse(const struct pf_arg *options, size_t count, int argc, char *const *argv,
    const char **positional, size_t max_positional, size_t *ret_positional, struct pf_error *err)
{
    size_t words = 0;
    bool options_end = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *value;
        if (options_end || word[0] != '-' || !word[1]) {
            if (words == max_positional)
                return pf_error_set(
                    err, -EINVAL, "\"%s\" is one word too many; --help shows the usage", word);
            positional[words++] = word;
            continue;
        }
        if (strcmp(word, "--") == 0) {
            options_end = true;
            continue;
        }
        const struct pf_arg *o = find_option(options, count, word, &value);
        if (!o)
            return unknown_option(options, count, word, err);
        int used = take_option(o, value, i + 1 < argc ? argv[i + 1] : NULL, err);
        if (used < 0)
            return used;
        i += used;
    }
    if (ret_positional)
        *ret_positional = words;
    return 0;
}

static int label(const struct pf_arg *o, char *out, size_t cap)
{
    char dash[8] = "    ";
    if (o->short_name)
        snprintf(dash, sizeof(dash), "-%c, ", o->short_name);
    const char *open = o->optional ? " [" : " ", *close = o->optional ? "]" : "";
    return o->value_name ? snprintf(out, cap, "%s%s%s%s%s", dash, o->name, open, o->value_name, close)
                         : snprintf(out, cap, "%s%s", dash, o->name);
}

void pf_args_print_help(FILE *out, const struct pf_arg *options, size_t count)
{
    char text[96];
    int width = 0;
    for (size_t i = 0; i < count; i++) {
        int n = options[i].help ? label(&options[i], text, sizeof(text)) : 0;
        width = n > width ? n : width;
    }
    for (size_t i = 0; i < count; i++) {
        if (!options[i].help)
            continue;
        label(&options[i], text, sizeof(text));
        fprintf(out, "  %-*s  %s\n", width, text, options[i].help);
    }
}

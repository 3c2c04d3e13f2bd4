/* Command line options from a table.
 *
 * A program lists its options once; parsing, error sentences and the help text come from that list. Options
 * are
 * `--name VALUE` or `--name=VALUE`; `--` ends them. Everything else is positional.
 */
#ifndef PF_BASE_ARGS_H
#define PF_BASE_ARGS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum pf_arg_kind {
    PF_ARG_FLAG,   /* no value; target is bool *, set to true */
    PF_ARG_TEXT,   /* target is const char **, borrowed from argv */
    PF_ARG_NUMBER, /* decimal within min…max; target is long * */
    PF_ARG_PARSED, /* `parse` turns the text into the target */
};

struct pf_arg {
    const char *name; /* with the dashes: "--mode" */
    char short_name;  /* 'm' for "-m", 0 if there is none */
    enum pf_arg_kind kind;
    void *target;           /* written when the option is seen; the last occurrence wins */
    const char *value_name; /* for the help: "WxH@Hz"; NULL for flags */
    const char *help;       /* one line; NULL hides the option from the help */
    long min, max;          /* of NUMBER */
    /* of PARSED: 0, or negative with the reason in err. `text` is NULL for an optional value that is absent.
     */
    int (*parse)(const char *text, void *target, struct pf_error *err);
    bool optional; /* of PARSED: the next word is the value only if it is no option and `parse` accepts it */
};

/* Parses argv[1 … argc−1]. Positional words go to positional[0 … max−1] (borrowed) and their number to
 * *ret_positional. -EINVAL with a sentence for the user on an unknown option (naming the nearest), a missing
 * or impossible value, or too many words; targets may then be partly set. */
int pf_args_parse(const struct pf_arg *options, size_t count, int argc, char *const *argv,
    const char **positional, size_t max_positional, size_t *ret_positional, struct pf_error *err);

/* Prints one line for each visible option, aligned. */
void pf_args_print_help(FILE *out, const struct pf_arg *options, size_t count);

/* The candidate most like `word` if it is close enough to be a slip of the hand, else NULL. Candidates are
 * the `count` pointers at `first`, each `stride` bytes after the one before, so that any table with a name
 * can be searched: pf_nearest_name(word, &table[0].name, n, sizeof(table[0])). NULL names are skipped. */
const char *pf_nearest_name(const char *word, const char *const *first, size_t count, size_t stride);

/* Whole text as a decimal number within min…max. False, and *ret untouched, otherwise. */
bool pf_parse_long(const char *text, long min, long max, long *ret);

#endif

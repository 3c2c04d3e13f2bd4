/* The query string of a GameStream request (docs/spec/gamestream.md 2.1). Pure; for hostile bytes.
 *
 * Parameters are percent-decoded; '+' is itself. A name that occurs twice counts the first time.
 */
#ifndef PF_GAMESTREAM_NVHTTP_QUERY_H
#define PF_GAMESTREAM_NVHTTP_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_GS_QUERY_PARAMS_MAX 48u

struct pf_gs_query {
    size_t count;
    struct {
        const char *name, *value; /* inside the text that was parsed */
    } params[PF_GS_QUERY_PARAMS_MAX];
};

/* Splits and decodes `text` in place; it must outlive the query. -EBADMSG: a malformed escape, or one of a
 * NUL; -E2BIG: too many parameters. */
int pf_gs_query_parse(char *text, struct pf_gs_query *ret_query);

/* Value of the parameter, "" if it has none; NULL: it is not there. */
const char *pf_gs_query_get(const struct pf_gs_query *query, const char *name);

/* Whole value as a decimal number within min…max. False, and *ret untouched, otherwise. */
bool pf_gs_query_number(
    const struct pf_gs_query *query, const char *name, int64_t min, int64_t max, int64_t *ret);

#endif

/* The part of a request's target behind the question mark. */
#ifndef PF_MGMT_QUERY_H
#define PF_MGMT_QUERY_H

#include "mgmt/call.h"

/* Percent-decodes n characters. False if they are malformed, hold a NUL or do not fit. */
bool pf_mgmt_percent_decode(const char *text, size_t n, char *out, size_t size);

/* Digits only, at most `max`. */
bool pf_mgmt_parse_number(const char *text, uint64_t max, uint64_t *ret);

/* Fills call->query with what the accepted route knows; names that it does not know are ignored. False: a
 * value does not fit, and the call was answered with 400. */
bool pf_mgmt_query_parse(struct pf_mgmt_call *call);

#endif

/* The bearer token of the management API (management-and-operations.md 2.4). */
#ifndef PF_TRUST_TOKEN_H
#define PF_TRUST_TOKEN_H

#include "base/error.h"

#define PF_TOKEN_SHORT 16u /* characters; with fewer the log warns */

/* The host's token: `flag` if not NULL, else $PUNKTFUNK_MGMT_TOKEN, else <dir>/mgmt-token, else a new one,
 * which is written there. The variable is taken out of the environment so that children do not inherit it:
 * call this before threads exist. free() the result. Errors: -EINVAL for a blank or unusable token, file
 * errors. */
int pf_token_obtain(const char *dir, const char *flag, char **ret_token, struct pf_error *err);

/* The token that a running host uses, for a command beside it: the variable, else the file. -ENOENT: neither.
 */
int pf_token_find(const char *dir, char **ret_token, struct pf_error *err);

#endif

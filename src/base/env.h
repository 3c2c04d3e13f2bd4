/* Environment variables of the host. Read them at start-up or per session, from one thread. */
#ifndef PF_BASE_ENV_H
#define PF_BASE_ENV_H

#include <stdbool.h>

/* Value of the variable, or NULL if unset or blank. Borrowed from the environment. */
const char *pf_env_get(const char *name);

/* `1 true yes on` (any case) are true, `0 false no off` false; unset or anything else gives `fallback`. */
bool pf_env_bool(const char *name, bool fallback);

/* Decimal number within min…max; unset, malformed or out of range gives `fallback`. */
long pf_env_long(const char *name, long min, long max, long fallback);

#endif

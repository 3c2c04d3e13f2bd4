/* Who is logged in to the console (management-and-operations.md 4.2, 4.3).
 *
 * A session is a sealed cookie: when it ends, which age it is of, and a random id. The key and what has been
 * ended before its time are in console-logins.json. Control loop only.
 */
#ifndef PF_CONSOLE_LOGINS_H
#define PF_CONSOLE_LOGINS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define PF_LOGIN_SECONDS     (7u * 24 * 3600)
#define PF_LOGIN_COOKIE_SIZE 128 /* of the cookie's value with its NUL */

struct pf_logins;

/* A damaged file is set aside; then everybody has to log in again. */
int pf_logins_open(const char *dir, struct pf_logins **ret_logins, struct pf_error *err);

/* NULL is allowed. */
void pf_logins_close(struct pf_logins *logins);

/* Writes the value of a new session's cookie. `now_s`: seconds since 1970. */
void pf_logins_begin(struct pf_logins *logins, int64_t now_s, char ret_cookie[PF_LOGIN_COOKIE_SIZE]);

/* True if the cookie's value is a session that has not ended. Takes anything. */
bool pf_logins_has(const struct pf_logins *logins, const char *cookie, int64_t now_s);

/* Ends this one for good; what is none is left alone. */
int pf_logins_end(struct pf_logins *logins, const char *cookie, int64_t now_s, struct pf_error *err);

/* Ends all. */
int pf_logins_end_all(struct pf_logins *logins, struct pf_error *err);

#endif

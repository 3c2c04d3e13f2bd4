/* The link with which the owner chooses the console's password: "https://HOST:47992/setup#TOKEN".
 *
 * A token is good once and for an hour, and a new one makes the former one void. What is kept, in
 * console-setup, is a digest and when it ends: so the host and the program that shows a new link need not
 * talk, and the file opens nothing. Any thread.
 */
#ifndef PF_CONSOLE_SETUP_LINK_H
#define PF_CONSOLE_SETUP_LINK_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define PF_SETUP_LINK_SECONDS 3600
#define PF_SETUP_TOKEN_SIZE   65 /* with its NUL */

/* A new token, from `now_s` (seconds since 1970) on. Errors of the file, and then no token is good. */
int pf_setup_link_make(
    const char *dir, int64_t now_s, char ret_token[PF_SETUP_TOKEN_SIZE], struct pf_error *err);

/* True if the token is good now. Takes anything. */
bool pf_setup_link_opens(const char *dir, const char *token, int64_t now_s);

/* No token is good any more. */
void pf_setup_link_void(const char *dir);

#endif

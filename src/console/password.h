/* The console's password (management-and-operations.md 2.3, 4.2): PUNKTFUNK_UI_PASSWORD, else the file
 * web-password of hosts before this one (in clear text), else console-password, where only an argon2id hash
 * is kept. */
#ifndef PF_CONSOLE_PASSWORD_H
#define PF_CONSOLE_PASSWORD_H

#include "base/error.h"

#include <stdbool.h>

#define PF_PASSWORD_MIN 8u
#define PF_PASSWORD_MAX 256u

#define PF_PASSWORD_HASH_SIZE 128 /* with its NUL */

struct pf_password;

/* Takes the variable out of the environment. A damaged console-password is set aside: then there is none. */
int pf_password_load(const char *dir, struct pf_password **ret_password, struct pf_error *err);

/* NULL is allowed. */
void pf_password_destroy(struct pf_password *password);

/* False: the owner has set none yet, and nobody can log in. */
bool pf_password_is_set(const struct pf_password *password);

/* Compares in constant time. Takes a tenth of a second and 64 MiB if there is a hash; any thread, while no
 * other function is called. */
bool pf_password_matches(const struct pf_password *password, const char *given);

/* Hashes a password that somebody chose. -EINVAL: too short or long, with the sentence; -ENOMEM. Takes as
 * long and as much; any thread. */
int pf_password_hash(const char *chosen, char ret_hash[PF_PASSWORD_HASH_SIZE], struct pf_error *err);

/* Makes this hash the password, and writes console-password. Control loop. -EEXIST: one is set already; any
 * error of the file, and then none is set. */
int pf_password_keep(
    struct pf_password *password, const char hash[PF_PASSWORD_HASH_SIZE], struct pf_error *err);

#endif

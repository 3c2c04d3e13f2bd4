/* The environment of a title: the host's own without what is the host's business, and with what leads to the
 * desktop that the session's display is part of. Pure but for memory; any thread. */
#ifndef PF_SESSION_TITLE_ENV_H
#define PF_SESSION_TITLE_ENV_H

#include "display/desktop_env.h"

/* `base`: NULL-terminated. `x11` may be NULL: there is no X server. Returns a NULL-terminated list, each
 * string and the list to be freed by pf_title_env_free; NULL: out of memory. */
char **pf_title_env_make(
    char *const *base, const struct pf_desktop_env *desktop, const struct pf_desktop_x11 *x11);
void pf_title_env_free(char **env);

#endif

/* What the portal goes by when it lets us in again without asking: "input-portal-token" in the configuration
 * folder, one line. It is good for one time; each time brings a new one. */
#ifndef PF_INPUT_EI_PORTAL_TOKEN_H
#define PF_INPUT_EI_PORTAL_TOKEN_H

#include <stdbool.h>

#define PF_PORTAL_TOKEN_SIZE 256u

/* True for what may be a token: printable, without spaces, neither empty nor too long. Pure. */
bool pf_portal_token_is_good(const char *text);

/* "" if there is none. A damaged file is set aside. */
void pf_portal_token_load(char ret_token[PF_PORTAL_TOKEN_SIZE]);
/* What cannot be kept is said in the log; next time the user is asked again. */
void pf_portal_token_save(const char *token);

#endif

/* display-settings.json and struct pf_display_policy (displays-and-capture.md 3.2). Private to src/display.
 */
#ifndef PF_DISPLAY_POLICY_JSON_H
#define PF_DISPLAY_POLICY_JSON_H

#include "display/policy.h"

#define PF_POLICY_LINGER_MAX_S 86400

/* As a file is read: a bad member falls to its default. `root` may be NULL (no JSON). -EINVAL with a sentence
 * if it is no object, names an unknown preset or has no good member. */
int pf_policy_json_read(const json_t *root, struct pf_display_policy *ret_stored, struct pf_error *err);

/* Adds the members of `from` (may be NULL) that no version known here has. */
void pf_policy_json_keep_unknown(json_t *whole, const json_t *from);

#endif

/* Brings a virtual monitor into the world: Mutter makes it when the first consumer agrees with its node on a
 * format, and makes it what that consumer asked for (displays-and-capture.md 8.2). The monitor stays when the
 * consumer goes, and the capture comes as the next one.
 */
#ifndef PF_DISPLAY_MUTTER_BIRTH_H
#define PF_DISPLAY_MUTTER_BIRTH_H

#include "base/error.h"
#include "media/mode.h"

struct pf_mutter_birth;

/* Becomes the node's consumer with exactly this mode. Returns once that is agreed on, after at most 5 s. */
int pf_mutter_birth_begin(
    uint32_t node, const struct pf_mode *mode, struct pf_mutter_birth **ret_birth, struct pf_error *err);
/* Goes again. NULL is allowed. */
void pf_mutter_birth_end(struct pf_mutter_birth *birth);

#endif

/* Who has the machine's own session: there is one, and so one claim on it among all hosts of this user. */
#ifndef PF_DISPLAY_GAMESCOPE_CLAIM_H
#define PF_DISPLAY_GAMESCOPE_CLAIM_H

#include "base/cancel.h"
#include "base/error.h"
#include "display/desktop_env.h"

#include <stdbool.h>

/* Claims it; if it is just being given back by this process, waits for that. -EBUSY: somebody has it;
 * -ECANCELED; another -errno if the lock, a file in the runtime folder, cannot be made; each with a sentence.
 */
int pf_gamescope_claim(
    const struct pf_desktop_env *env, const struct pf_cancel *cancel, struct pf_error *err);

/* Claims it to give it back. -EBUSY: this process has it, for an output; -EAGAIN: it is just giving it back.
 * -EUSERS: another process has it. Another -errno: the lock cannot be made now. Blocks for at most 150 ms. */
int pf_gamescope_claim_to_return(const struct pf_desktop_env *env);

/* Only looks whether nobody has it. */
bool pf_gamescope_claim_is_free(const struct pf_desktop_env *env);

/* Whoever claimed it is about to give it back: the next one may wait for that. */
void pf_gamescope_claim_set_returning(void);

/* It is free again. */
void pf_gamescope_claim_end(void);

#endif

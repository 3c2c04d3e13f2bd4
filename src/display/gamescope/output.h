/* The two ways to an output of gamescope. */
#ifndef PF_DISPLAY_GAMESCOPE_OUTPUT_H
#define PF_DISPLAY_GAMESCOPE_OUTPUT_H

#include "display/display.h"

/* Starts a gamescope with exactly this size, its rate in whole hertz. Blocks until it has told its PipeWire
 * node, at most 15 s. -errno with a sentence that names its log. */
int pf_gamescope_spawn(const struct pf_session_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err);

/* Takes the picture of one that runs, whatever its size. `node`: a PipeWire node's number, or NULL or "auto":
 * that of the first gamescope of this user that the host did not start. Blocks for at most some seconds.
 * -EINVAL for a node that is no number, -ENOENT if none runs or it has no picture. */
int pf_gamescope_attach(const struct pf_session_env *env, const struct pf_display_request *request,
    const char *node, struct pf_output **ret_output, struct pf_error *err);

#endif

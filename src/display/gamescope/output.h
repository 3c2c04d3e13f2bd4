/* The three ways to an output of gamescope. */
#ifndef PF_DISPLAY_GAMESCOPE_OUTPUT_H
#define PF_DISPLAY_GAMESCOPE_OUTPUT_H

#include "display/display.h"
#include "display/gamescope/scan.h"

/* Starts a gamescope with exactly this size, its rate in whole hertz. Blocks until it has told its PipeWire
 * node, at most 15 s, or until the request is cancelled. -errno with a sentence that names its log. */
int pf_gamescope_spawn(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err);

/* Starts the machine's own session anew, in the client's mode, and takes its picture (takeover.h). Blocks,
 * for at most two minutes, or until the request is cancelled. -EBUSY: it is taken already; others with a
 * sentence. */
int pf_gamescope_manage(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err);

/* Takes the picture of one that runs, whatever its size. `node`: a PipeWire node's number, or NULL or "auto":
 * that of the first gamescope of this user that the host did not start. Blocks for at most some seconds.
 * -EINVAL for a node that is no number, -ENOENT if none runs or it has no picture. */
int pf_gamescope_attach(const struct pf_desktop_env *env, const struct pf_display_request *request,
    const char *node, struct pf_output **ret_output, struct pf_error *err);

/* How to capture a gamescope that the host did not start, and where it takes input. What its command line
 * does not say of the mode is as the client wishes. */
void pf_gamescope_describe(const struct pf_desktop_env *env, const struct pf_gamescope_process *process,
    uint32_t node, const struct pf_mode *wanted, struct pf_source *ret_source);

#endif

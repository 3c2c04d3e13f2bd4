/* The parameters of /launch and /resume (docs/spec/gamestream.md 2.7). Pure. */
#ifndef PF_GAMESTREAM_NVHTTP_LAUNCH_H
#define PF_GAMESTREAM_NVHTTP_LAUNCH_H

#include "base/error.h"
#include "gamestream/nvhttp/query.h"
#include "gamestream/play.h"

/* Reads key, mode, audio, pads and flags; app, ends and identity are the caller's. `resume`: the app is not
 * asked for. -EINVAL: something mandatory is missing or malformed, in a sentence for the player. */
int pf_gs_launch_parse(
    const struct pf_gs_query *query, bool resume, struct pf_gs_launch *ret_launch, struct pf_error *err);

#endif

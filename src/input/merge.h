/* Fewer events for the same effect, while they wait. Pure. */
#ifndef PF_INPUT_MERGE_H
#define PF_INPUT_MERGE_H

#include "input/event.h"

/* Adds `next` to `earlier`, the event right before it, if both are motion, or scrolling along one axis. False
 * if they stay two. Sums end at the limits of their type. */
bool pf_input_merge(struct pf_input *earlier, const struct pf_input *next);

#endif

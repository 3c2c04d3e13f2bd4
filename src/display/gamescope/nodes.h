/* PipeWire nodes of running gamescopes. */
#ifndef PF_DISPLAY_GAMESCOPE_NODES_H
#define PF_DISPLAY_GAMESCOPE_NODES_H

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

/* Looks for a source of video whose name contains "gamescope" and that belongs to process `pid` or its
 * descendants (0: to anybody); the process's own is preferred, then one that is called exactly so. -ENOENT if
 * there is none, -ECONNREFUSED without PipeWire. Blocks for some milliseconds; any thread. */
int pf_gamescope_node_find(pid_t pid, uint32_t *ret_node, struct pf_error *err);

#endif

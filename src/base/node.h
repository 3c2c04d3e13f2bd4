/* Device nodes: whether this user may open one, and if not, the command that changes that. */
#ifndef PF_BASE_NODE_H
#define PF_BASE_NODE_H

#include "base/error.h"

#include <stddef.h>

#define PF_NODE_COMMAND_SIZE 224u

/* 0 if this process can open the node for reading and writing. Otherwise -errno and, if there is one, the
 * command that helps; "" if none is known. `module` is the kernel's module behind it, or NULL. Opens the
 * node and closes it again. Any thread. */
int pf_node_check(const char *path, const char *module, char ret_command[PF_NODE_COMMAND_SIZE]);

/* What to do after opening failed with `error` (positive). */
void pf_node_remedy(const char *path, const char *module, int error, char ret_command[PF_NODE_COMMAND_SIZE]);

/* A sentence of both; returns -error. */
int pf_node_refused(const char *path, const char *module, int error, struct pf_error *err);

#endif

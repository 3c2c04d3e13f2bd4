/* From a title's recipe to a program (management-and-operations.md 5.6). Pure; any thread. */
#ifndef PF_LIBRARY_LAUNCH_H
#define PF_LIBRARY_LAUNCH_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* What the machine has. */
struct pf_launch_facts {
    bool heroic;         /* is on PATH */
    bool heroic_flatpak; /* its data are there */
};

#define PF_LAUNCH_WORDS 6u

/* A program and its arguments; no shell takes part but for the owner's own commands. */
struct pf_launch_command {
    const char *argv[PF_LAUNCH_WORDS + 1]; /* NULL-terminated; constants and `text` */
    char text[640];
};

/* -EINVAL for a value that a launcher would not have written, -ENOTSUP for a kind that this machine cannot
 * start. */
int pf_launch_command_make(const char *kind, const char *value, const struct pf_launch_facts *facts,
    struct pf_launch_command *ret_command, struct pf_error *err);

/* What is installed here. */
struct pf_launch_facts pf_launch_facts_now(void);

#endif

/* What this machine lacks for a host, one matter at a time. */
#ifndef PF_CLI_CHECKUP_H
#define PF_CLI_CHECKUP_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct pf_finding {
    const char *what; /* "uinput" */
    bool good;
    bool needed;           /* if it is not good: something that people expect does not work */
    struct pf_error state; /* a sentence: what is there, or what is missing and why */
    char command[256];     /* that mends it; "" if there is nothing to run */
};

#define PF_FINDINGS_MAX 8u

/* Looks at everything; some milliseconds. The number of findings. */
size_t pf_checkup(struct pf_finding findings[PF_FINDINGS_MAX]);

#endif

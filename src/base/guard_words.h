/* What the two sides of a guard tell each other (base/guard.h). Private to the two. */
#ifndef PF_BASE_GUARD_WORDS_H
#define PF_BASE_GUARD_WORDS_H

#include <sys/wait.h>

/* The guard's own command line: "<name> guard-program [alone] [log] [relay=F] [farewell=F] -- <argv…>". */
#define PF_GUARD_ALONE    "alone"
#define PF_GUARD_LOG      "log"
#define PF_GUARD_RELAY    "relay="
#define PF_GUARD_FAREWELL "farewell="
#define PF_GUARD_END      "--"

/* Of what waitpid tells. */
static inline int pf_guard_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

#endif

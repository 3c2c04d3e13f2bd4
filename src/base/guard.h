/* Programs that the host starts for somebody, and that never stay behind.
 *
 * Between the host and the program stands a small process of its own, the guard. Whatever the program starts
 * remains below it, even what detaches itself, and all of that ends when the host closes the guard's control
 * pipe or is no more, whichever way it went: first it is asked (SIGTERM), what is still there after 5 s is
 * killed. (Gamescopes of ours have one of their own: display/gamescope/guard.h.)
 */
#ifndef PF_BASE_GUARD_H
#define PF_BASE_GUARD_H

#include "base/error.h"

#include <sys/types.h>

/* argv[1] of the executable that is the guard: its main() hands over to pf_guard_main. */
#define PF_GUARD_COMMAND "guard-program"

struct pf_guard {
    pid_t pid;   /* of the guard */
    int control; /* −1 once pf_guard_end was called */
    int exited;  /* readable once the guard is gone, and all of the program with it */
    int output;  /* what the program writes, both streams; does not block */
};

/* Starts `argv` (NULL-terminated; its first is looked for on PATH) with exactly the environment `envp`, in a
 * session and process group of its own. `self`: the executable that is the guard; NULL: the running one. 0;
 * -errno with a sentence if no process could be made. A program that cannot be executed ends with 127. */
int pf_guard_start(const char *self, const char *const *argv, char *const *envp, struct pf_guard *ret_guard,
    struct pf_error *err);

/* Asks everything to end; does not wait for it. May be called twice. */
void pf_guard_end(struct pf_guard *guard);

/* Ends it if that has not been done, waits for it (about 7 s at most, if it will not go), closes everything.
 * Returns the program's exit status, or 128 and the signal that ended it. */
int pf_guard_finish(struct pf_guard *guard);

/* The guard's whole life; `argv` is the program. Its exit status is what pf_guard_finish returns. Call it
 * before there are threads. */
int pf_guard_main(char *const *argv);

#endif

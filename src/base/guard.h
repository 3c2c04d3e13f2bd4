/* Programs that the host starts, and that never stay behind: titles on a desktop, and gamescopes with the
 * titles in them.
 *
 * Between the host and the program stands a small process of its own, the guard. Whatever the program starts
 * remains below it, even what detaches itself, and all of that ends when the host closes the guard's control
 * socket or is no more, whichever way it went: first it is asked (SIGTERM), what is still there after 5 s is
 * killed. (The kernel's own signal for a parent's death would not do: it is lost when a program with
 * capabilities starts, as gamescope is on many machines, and it is sent when the thread ends that started the
 * program.)
 */
#ifndef PF_BASE_GUARD_H
#define PF_BASE_GUARD_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* argv[1] of the executable that is the guard: its main() hands over to pf_guard_main. */
#define PF_GUARD_COMMAND "guard-program"

#define PF_GUARD_LOG_MAX (4 << 20) /* bytes; a log that has become larger begins anew */

/* What is started, and when it is over. Borrowed during the call. */
struct pf_guard_task {
    const char *const *argv; /* NULL-terminated; its first is looked for on PATH */
    char *const *envp;       /* exactly its environment */
    const char *self;        /* the executable that is the guard; NULL: the running one */
    int log_fd; /* open for appending, takes all that it writes; 0: that comes through pf_guard.output */
    bool alone; /* what the program leaves running ends with it; else that counts as the program, too */
    const char *relay;    /* a file that is removed when all of it has ended; NULL: none */
    const char *farewell; /* likewise; if it is there when the program ends, it ended in good order */
};

struct pf_guard {
    pid_t pid;   /* of the guard */
    int control; /* −1 once pf_guard_end was called */
    int exited;  /* readable once the guard is gone, and all of the program with it */
    int output;  /* what the program writes, both streams; does not block. −1: there is a log */
};

/* Starts it in a session and process group of its own. 0; -errno with a sentence if no process could be made.
 * A program that cannot be executed says so in its output and ends with 127. */
int pf_guard_start(const struct pf_guard_task *task, struct pf_guard *ret_guard, struct pf_error *err);

/* False once all of it has ended. Any thread. */
bool pf_guard_is_alive(const struct pf_guard *guard);

/* How the program itself has ended; what it left running may still be there. */
struct pf_guard_word {
    int status;    /* exit status, or 128 and the signal */
    bool farewell; /* its farewell was there */
};
/* False if it still runs after `wait_ms`, or the guard was killed. May be asked again; any thread before
 * pf_guard_end. */
bool pf_guard_has_ended(const struct pf_guard *guard, int wait_ms, struct pf_guard_word *ret_word);

/* Asks everything to end; does not wait for it. May be called twice. */
void pf_guard_end(struct pf_guard *guard);

/* Ends it if that has not been done, waits for it (about 7 s at most, if it will not go), closes everything.
 * Returns the program's exit status, or 128 and the signal that ended it. */
int pf_guard_finish(struct pf_guard *guard);

/* The guard's whole life; `words` is what follows PF_GUARD_COMMAND. Its exit status is what pf_guard_finish
 * returns. Call it before there are threads. */
int pf_guard_main(char *const *words);

#endif

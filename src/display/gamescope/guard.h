/* A process tree that ends with the host, however the host ends.
 *
 * Between the host and the program stands a guard, a small process of ours in a session of its own: it ends
 * the program when the host lets go of it or dies, a crash and SIGKILL included, and takes along whatever the
 * program has started, daemons too. (The kernel's own signal for a parent's death would not do: it is lost
 * when a program with capabilities starts, as gamescope is on many machines, and it is sent when the thread
 * ends that started the program.)
 *
 * base/guard.h does the same for titles on a desktop. This one also keeps the log short and removes the relay
 * file, ends what is left when gamescope ends, and says at once if there is no gamescope.
 */
#ifndef PF_DISPLAY_GAMESCOPE_GUARD_H
#define PF_DISPLAY_GAMESCOPE_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

#define PF_GAMESCOPE_LOG_MAX (4 << 20) /* bytes; a log that has become larger begins anew */

/* Owned by whoever started it; one thread at a time, but for pf_gamescope_guard_alive. */
struct pf_gamescope_guard {
    pid_t pid;
    int pid_fd;
    int life_fd; /* closing it ends everything */
};

/* Starts argv[0] (searched in PATH) in a process group of its own, with this environment, nothing to read and
 * `log_fd`, open for appending, for all that it writes. `relay`: a file that is removed when the program has
 * ended. The arrays are borrowed during the call. -errno if the program cannot be started: -ENOENT, it is not
 * installed. */
int pf_gamescope_guard_start(const char *const argv[], char *const environment[], int log_fd,
    const char *relay, struct pf_gamescope_guard *ret_guard);

/* False once the program has ended, and everything with it. Any thread. */
bool pf_gamescope_guard_alive(const struct pf_gamescope_guard *guard);

/* Ends the program and its descendants: SIGTERM, SIGKILL after three seconds. Blocks until they are gone, at
 * most ten seconds. */
void pf_gamescope_guard_stop(struct pf_gamescope_guard *guard);

#endif

/* Other processes: which one it was, which belong to it, and short helpers that are run for their words. */
#ifndef PF_BASE_PROCESS_H
#define PF_BASE_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Start time of a process in clock ticks after boot; 0 if there is no such process. With the boot id it tells
 * a process from a later one that got the same id. */
uint64_t pf_process_start_time(pid_t pid);

/* All that descend from this process, without itself, parents first as far as /proc lists them so; returns
 * how many, at most `max`. What comes and goes meanwhile may be missed. */
size_t pf_process_tree(pid_t root, pid_t *ret_pids, size_t max);

#define PF_BOOT_ID_SIZE 40
/* The id of this boot of the machine; "" if the kernel does not tell. */
void pf_boot_id(char ret_id[PF_BOOT_ID_SIZE]);

/* Runs the program argv[0] (searched in PATH) with nothing to read, and takes the first cap − 1 bytes of what
 * it writes to standard output and standard error, ended by NUL. Returns its exit status, 128 + the signal
 * that ended it, -ETIMEDOUT if it did not end within `limit_ns` (it and its group are killed then), or -errno
 * if it could not be started: -ENOENT, it is not installed. Blocks; any thread. */
int pf_process_output(const char *const argv[], uint64_t limit_ns, char *ret_text, size_t cap);

#endif

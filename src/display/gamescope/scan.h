/* Which gamescopes run, as /proc shows them (displays-and-capture.md 11.1, 11.3). */
#ifndef PF_DISPLAY_GAMESCOPE_SCAN_H
#define PF_DISPLAY_GAMESCOPE_SCAN_H

#include "media/mode.h"

#include <stdbool.h>
#include <sys/types.h>

struct pf_gamescope_process {
    pid_t pid;
    struct pf_mode mode; /* -W, -H and -r of its command line; 0 what is not there */
};

/* The first (lowest pid) gamescope of `uid` below `proc_root` that is no descendant of `except`. False if
 * there is none. Blocks for some milliseconds; any thread. */
bool pf_gamescope_find(
    const char *proc_root, uid_t uid, pid_t except, struct pf_gamescope_process *ret_process);

/* The gamescope of a unit of systemd: one that descends from the unit's main process (0: it has none) or is
 * in its control group (as /proc/PID/cgroup names it; "": it has none). Of several the one that the others
 * descend from: a title may bring its own. Otherwise as above. */
bool pf_gamescope_find_of(const char *proc_root, uid_t uid, pid_t main_pid, const char *cgroup,
    struct pf_gamescope_process *ret_process);

/* True if a gamescope is among the ancestors of `pid`. */
bool pf_gamescope_is_above(const char *proc_root, pid_t pid);

/* True if `pid` is `ancestor` or was started by it or its descendants. */
bool pf_gamescope_descends(const char *proc_root, pid_t pid, pid_t ancestor);

/* What the arguments (each ended by NUL, `len` bytes) say of the mode. Values out of range count as absent.
 * Pure. */
struct pf_mode pf_gamescope_mode_of(const char *arguments, size_t len);

/* True if argv[0] is gamescope, wherever it lies. Pure. */
bool pf_gamescope_is_command(const char *arguments, size_t len);

#endif

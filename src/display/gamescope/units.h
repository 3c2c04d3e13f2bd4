/* Units of the user's systemd, through systemctl and systemd-run (displays-and-capture.md 11.4). All but the
 * parser block, for as long as it says; any thread. */
#ifndef PF_DISPLAY_GAMESCOPE_UNITS_H
#define PF_DISPLAY_GAMESCOPE_UNITS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PF_UNITS_MAX      8u
#define PF_UNIT_NAME_SIZE 128u

struct pf_unit_list {
    char name[PF_UNITS_MAX][PF_UNIT_NAME_SIZE];
    size_t count;
};

/* 0 if the user's systemd answers; else -ENODEV and why not. At most 5 s. */
int pf_units_probe(struct pf_error *err);

/* Those whose name has this pattern and that run, are about to, or are still about to end: nothing may take
 * the place of one before it has. At most 5 s. */
int pf_units_not_ended(const char *pattern, struct pf_unit_list *ret_list, struct pf_error *err);

/* What `systemctl list-units --plain --no-legend` wrote, ended by NUL: the first word of each line that is a
 * unit's name. Pure. */
void pf_units_parse(const char *text, struct pf_unit_list *ret_list);

struct pf_unit_state {
    bool runs;        /* or is about to; not if it is about to end */
    pid_t main_pid;   /* 0: it has none now */
    char cgroup[256]; /* its control group, as /proc/PID/cgroup names it; "": it has none now */
};

/* How a unit is, also one that is not there: that does not run. At most 5 s. */
int pf_unit_state_get(const char *unit, struct pf_unit_state *ret_state, struct pf_error *err);

/* The same, of what `systemctl show` wrote. Pure. */
void pf_unit_state_parse(const char *text, struct pf_unit_state *ret_state);

/* `systemctl --user VERB [OPTION] [UNIT]`; NULL: without. At most 30 s, which is long for a session to end.
 * -EIO and what it said if it failed. */
int pf_units_tell(const char *verb, const char *option, const char *unit, struct pf_error *err);

/* Runs the words (ended by NULL) with systemd-run. At most 10 s. */
int pf_units_run(const char *const words[], struct pf_error *err);

#endif

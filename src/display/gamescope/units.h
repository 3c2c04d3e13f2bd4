/* Units of the user's systemd, through systemctl and systemd-run (displays-and-capture.md 11.4). All but the
 * parser block, for as long as it says; any thread. */
#ifndef PF_DISPLAY_GAMESCOPE_UNITS_H
#define PF_DISPLAY_GAMESCOPE_UNITS_H

#include "base/error.h"

#include <stddef.h>

#define PF_UNITS_MAX      8u
#define PF_UNIT_NAME_SIZE 128u

struct pf_unit_list {
    char name[PF_UNITS_MAX][PF_UNIT_NAME_SIZE];
    size_t count;
};

/* 0 if the user's systemd answers; else -ENODEV and why not. At most 5 s. */
int pf_units_probe(struct pf_error *err);

/* Those whose name has this pattern and that run, or are about to. At most 5 s. */
int pf_units_running(const char *pattern, struct pf_unit_list *ret_list, struct pf_error *err);

/* What `systemctl list-units --plain --no-legend` wrote, ended by NUL: the first word of each line that is a
 * unit's name. Pure. */
void pf_units_parse(const char *text, struct pf_unit_list *ret_list);

/* One call of `systemctl --user`; the words end with NULL, at most six. At most 30 s, which is long for a
 * session to end. -EIO and what it said if it failed. */
int pf_units_tell(const char *const words[], struct pf_error *err);

/* Runs the words (ended by NULL) with systemd-run. At most 10 s. */
int pf_units_run(const char *const words[], struct pf_error *err);

#endif

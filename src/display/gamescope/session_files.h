/* Files that make a machine's own gamescope session headless, in the client's mode (displays-and-capture.md
 * 11.4). */
#ifndef PF_DISPLAY_GAMESCOPE_SESSION_FILES_H
#define PF_DISPLAY_GAMESCOPE_SESSION_FILES_H

#include "base/error.h"
#include "media/mode.h"

#include <stddef.h>

#define PF_GAMESCOPE_DROP_IN "zz-punktfunk-headless.conf"

/* What stands for gamescope in gamescope-session-plus: adds the rate that PF_HZ says. */
extern const char pf_gamescope_wrapper[];
/* The same for SteamOS, first in the PATH: leaves out what is meant for a screen, and adds size and rate, as
 * PF_W, PF_H and PF_HZ say. */
extern const char pf_gamescope_shim[];

/* The drop-in of gamescope-session.service: `folder` first in the PATH, then `path`, and the mode. Free it;
 * NULL: no memory. Pure. */
char *pf_gamescope_drop_in(const char *folder, const char *path, const struct pf_mode *mode);

/* Where the drop-in belongs: below $XDG_CONFIG_HOME, else $HOME/.config. -ENAMETOOLONG, or -ENOENT without
 * either variable. */
int pf_gamescope_drop_in_path(char *ret_path, size_t cap);

#define PF_GAMESCOPE_SCRIPT_SIZE 160u

/* Write the wrapper, and the shim, into the session's runtime folder; return its path, and that of its
 * folder, which is made for it. */
int pf_gamescope_wrapper_write(
    const char *runtime_dir, char ret_path[PF_GAMESCOPE_SCRIPT_SIZE], struct pf_error *err);
int pf_gamescope_shim_write(
    const char *runtime_dir, char ret_folder[PF_GAMESCOPE_SCRIPT_SIZE], struct pf_error *err);
/* Both, if they are there. */
void pf_gamescope_scripts_remove(const char *runtime_dir);

/* Write and remove the drop-in; its folder is made and removed, too. */
int pf_gamescope_drop_in_write(const char *path, const char *text, struct pf_error *err);
void pf_gamescope_drop_in_remove(const char *path);

#endif

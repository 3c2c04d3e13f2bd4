/* Small files: configuration and state.
 *
 * State is always replaced whole: temporary file beside the target, fsync, rename, fsync of the folder. A
 * reader therefore sees the old or the new content, never a mixture.
 */
#ifndef PF_BASE_FILE_H
#define PF_BASE_FILE_H

#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

/* Reads the whole file into a new NUL-terminated buffer (*ret_len excludes the NUL); free() it.
 * Errors: -ENOENT, -EFBIG if larger than max bytes, any errno of open and read. */
int pf_file_read(const char *path, size_t max, char **ret_data, size_t *ret_len);

/* Replaces the file atomically with the given content and mode. The old content survives every failure. */
int pf_file_write(const char *path, const void *data, size_t len, mode_t mode, struct pf_error *err);

/* Creates the folder with mode 0700, and its parents, if absent. One that exists keeps its mode; if others
 * may look into it, the log says so once. */
int pf_dir_make_private(const char *path, struct pf_error *err);

/* Creates the file if absent and takes its lock, which lasts until *ret_fd is closed, and at most as long as
 * the process. -EWOULDBLOCK: another process has it; any errno of open and flock. */
int pf_file_lock(const char *path, int *ret_fd);

/* Renames a damaged file to <path>.bad (replacing an older one) so that its content is not lost. */
int pf_file_set_aside(const char *path, struct pf_error *err);

/* The configuration folder: $PUNKTFUNK_CONFIG_DIR, else $XDG_CONFIG_HOME/punktfunk, else
 * $HOME/.config/punktfunk, else ./punktfunk (management-and-operations.md 2.1). free() the result. */
char *pf_config_dir(void);

/* "<dir>/<name>"; free() the result. Aborts when memory is exhausted. */
char *pf_path_join(const char *dir, const char *name);

#endif

/* Sockets that compositors listen on. */
#ifndef PF_DISPLAY_SOCKETS_H
#define PF_DISPLAY_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* True if the path fits into `cap` bytes and somebody listens there: files of dead compositors stay behind.
 * Connects and hangs up at once. */
bool pf_socket_is_usable(const char *path, size_t cap);

/* Finds "<dir>/<prefix>*<suffix>" of this user with somebody behind it: the one that process `pid` listens on
 * (0: none), else the newest. False if there is none that fits into `cap` bytes. */
bool pf_socket_find(const char *dir, uid_t uid, pid_t pid, const char *prefix, const char *suffix,
    char *ret_path, size_t cap);

#endif

#include "display/sockets.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool is_socket(const char *path, struct stat *ret_st)
{
    return stat(path, ret_st) == 0 && S_ISSOCK(ret_st->st_mode);
}

/* True if somebody listens on the socket. *ret_pid is the listener, 0 if it lives in another PID namespace.
 */
static bool answers(const char *path, pid_t *ret_pid)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(addr.sun_path))
        return false;
    strcpy(addr.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    struct ucred cred = {0};
    socklen_t len = sizeof(cred);
    bool alive = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 || errno == EAGAIN;
    if (alive)
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
    close(fd);
    *ret_pid = cred.pid;
    return alive;
}

bool pf_socket_is_usable(const char *path, size_t cap)
{
    struct stat st;
    pid_t pid;
    return strlen(path) < cap && is_socket(path, &st) && answers(path, &pid);
}

static bool is_newer(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

static bool is_named(const char *name, const char *prefix, const char *suffix)
{
    size_t len = strlen(name), tail = strlen(suffix);
    return !strncmp(name, prefix, strlen(prefix)) && len >= tail && !strcmp(name + len - tail, suffix);
}

bool pf_socket_find(const char *folder, uid_t uid, pid_t pid, const char *prefix, const char *suffix,
    char *ret_path, size_t cap)
{
    DIR *dir = opendir(folder);
    struct timespec newest = {0};
    bool found = false, certain = false;
    for (struct dirent *d; dir && !certain && (d = readdir(dir));) {
        struct stat st;
        char path[sizeof(d->d_name) + 128];
        pid_t listener;
        if (!is_named(d->d_name, prefix, suffix))
            continue;
        int n = snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
        if (n < 0 || (size_t)n >= sizeof(path) || (size_t)n >= cap || !is_socket(path, &st) ||
            st.st_uid != uid || !answers(path, &listener))
            continue;
        certain = pid && listener == pid;
        if (!certain && found && !is_newer(&st.st_mtim, &newest))
            continue;
        newest = st.st_mtim;
        found = true;
        strcpy(ret_path, path);
    }
    if (dir)
        closedir(dir);
    return found;
}

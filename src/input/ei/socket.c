#include "input/ei/socket.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define POLL_NS         (50 * PF_NS_PER_MS)
#define NAME_MAX_LENGTH (sizeof(((struct sockaddr_un *)0)->sun_path))

static int connect_to(const char *path, struct pf_error *err)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(addr.sun_path))
        return pf_error_set(err, -ENAMETOOLONG, "the input socket has too long a name: %.160s", path);
    strcpy(addr.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int rc = fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? -errno : 0;
    if (rc == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return pf_error_set(err, rc, "nobody takes input at %.160s (%s)", path, strerror(-rc));
}

/* The first line of the file; -ENOENT as long as there is no file. */
static int read_name(const char *path, char *name, size_t cap)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    ssize_t n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, name, cap) : -1;
    close(fd);
    if (n < 0 || (size_t)n == cap)
        return -EINVAL;
    name[n] = 0;
    name[strcspn(name, "\n")] = 0;
    return strlen(name) > 0 ? 0 : -ENOTSUP;
}

static int connect_named(const char *file, struct pf_error *err)
{
    char name[NAME_MAX_LENGTH], path[512];
    const char *slash = strrchr(file, '/');
    int rc = read_name(file, name, sizeof(name));
    if (rc == -ENOENT)
        return rc;
    if (rc == -ENOTSUP)
        return pf_error_set(err, rc, "this gamescope takes no input: it was built without libeis");
    if (rc < 0)
        return pf_error_set(err, rc, "%.160s does not name an input socket (%s)", file, strerror(-rc));
    if (name[0] == '/')
        return connect_to(name, err);
    snprintf(path, sizeof(path), "%.*s/%s", slash ? (int)(slash - file) : 1, slash ? file : ".", name);
    return connect_to(path, err);
}

int pf_ei_socket_connect(const char *path, uint64_t mono_deadline_ns, struct pf_error *err)
{
    struct stat st;
    if (!path[0])
        return pf_error_set(err, -ENOTSUP, "this gamescope takes no input: it has no socket for it");
    for (;;) {
        bool is_socket = lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
        int rc = is_socket ? connect_to(path, err) : connect_named(path, err);
        if (rc != -ENOENT)
            return rc;
        if (pf_time_mono_ns() >= mono_deadline_ns)
            return pf_error_set(err, -EAGAIN, "gamescope has not told its input socket yet");
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
}

#include "base/process.h"

#include "base/file.h"
#include "base/time.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT (64u << 10)

/* A number of the process's line, counted behind its name, which may contain anything. 0: there is no such
 * process. */
static unsigned long long stat_field(pid_t pid, int wanted)
{
    char path[40], *text;
    size_t len;
    unsigned long long value = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (pf_file_read(path, LIMIT, &text, &len))
        return 0;
    const char *p = strrchr(text, ')');
    for (int field = 2; p && field < wanted; field++)
        p = strchr(p + 1, ' ');
    if (p)
        value = strtoull(p, NULL, 10);
    free(text);
    return value;
}

uint64_t pf_process_start_time(pid_t pid)
{
    return stat_field(pid, 22);
}

/* ---- descendants ---- */

struct kinship {
    pid_t pid, parent;
};

static struct kinship *list_processes(size_t *ret_count)
{
    struct kinship *list = NULL;
    size_t n = 0, cap = 0;
    DIR *dir = opendir("/proc");
    for (struct dirent *d; dir && (d = readdir(dir));) {
        long pid = strtol(d->d_name, NULL, 10);
        pid_t parent = isdigit((unsigned char)d->d_name[0]) ? (pid_t)stat_field((pid_t)pid, 4) : 0;
        if (!parent)
            continue;
        if (n == cap) {
            cap = cap ? 2 * cap : 256;
            struct kinship *more = realloc(list, cap * sizeof(*list));
            if (!more)
                break;
            list = more;
        }
        list[n++] = (struct kinship){(pid_t)pid, parent};
    }
    if (dir)
        closedir(dir);
    *ret_count = n;
    return list;
}

static bool is_among(pid_t pid, pid_t root, const pid_t *pids, size_t n)
{
    bool found = pid == root;
    for (size_t i = 0; !found && i < n; i++)
        found = pids[i] == pid;
    return found;
}

size_t pf_process_tree(pid_t root, pid_t *ret_pids, size_t max)
{
    size_t count, n = 0, before;
    struct kinship *list = list_processes(&count);
    do { /* a child may have a lower number than its parent */
        before = n;
        for (size_t i = 0; i < count && n < max; i++) {
            if (!is_among(list[i].parent, root, ret_pids, n) || is_among(list[i].pid, root, ret_pids, n))
                continue;
            ret_pids[n++] = list[i].pid;
        }
    } while (n != before);
    free(list);
    return n;
}

void pf_boot_id(char ret_id[PF_BOOT_ID_SIZE])
{
    char *text;
    size_t len;
    ret_id[0] = 0;
    if (pf_file_read("/proc/sys/kernel/random/boot_id", LIMIT, &text, &len))
        return;
    snprintf(ret_id, PF_BOOT_ID_SIZE, "%.*s", (int)strcspn(text, "\n"), text);
    free(text);
}

/* ---- helpers --------------------------------------------------------------------------------------------
 */

static int spawn(const char *const argv[], int out, pid_t *ret_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, out, 2);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    int rc = posix_spawnp(ret_pid, argv[0], &files, &attr, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return -rc;
}

/* Reads to the end, beyond the buffer too. */
static int read_all(int fd, uint64_t deadline_ns, char *text, size_t cap)
{
    char rest[512];
    size_t len = 0;
    for (;;) {
        uint64_t now = pf_time_mono_ns();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (now >= deadline_ns || poll(&p, 1, (int)((deadline_ns - now) / PF_NS_PER_MS) + 1) == 0)
            return -ETIMEDOUT;
        bool room = len + 1 < cap;
        ssize_t n = read(fd, room ? text + len : rest, room ? cap - 1 - len : sizeof(rest));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        if (room)
            len += (size_t)n;
        text[len] = 0;
    }
}

static int await_end(pid_t pid, uint64_t deadline_ns)
{
    int status;
    for (;;) {
        pid_t done = waitpid(pid, &status, WNOHANG);
        if (done == pid)
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (done < 0 && errno != EINTR)
            return -errno;
        if (pf_time_mono_ns() >= deadline_ns)
            return -ETIMEDOUT;
        pf_time_sleep_until(pf_time_mono_ns() + PF_NS_PER_MS);
    }
}

int pf_process_output(const char *const argv[], uint64_t limit_ns, char *ret_text, size_t cap)
{
    uint64_t deadline = pf_time_mono_ns() + limit_ns;
    int ends[2];
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    int rc = spawn(argv, ends[1], &pid);
    close(ends[1]);
    if (rc < 0) {
        close(ends[0]);
        return rc;
    }
    ret_text[0] = 0;
    rc = read_all(ends[0], deadline, ret_text, cap);
    close(ends[0]);
    if (rc == 0)
        rc = await_end(pid, deadline);
    if (rc < 0) {
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    return rc;
}

#include "display/gamescope/scan.h"

#include "base/file.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ARGUMENTS_MAX (64u << 10)
#define DEPTH_MAX     64u
#define SIDE_MAX      16384u
#define RATE_MAX      1000u

/* ---- a command line -------------------------------------------------------------------------------------
 */

/* The argument that begins at `at`, as text; NULL if it is not ended. */
static const char *argument_at(const char *arguments, size_t len, size_t at)
{
    return at < len && memchr(arguments + at, 0, len - at) ? arguments + at : NULL;
}

static uint32_t number_of(const char *text, uint32_t max)
{
    char *end;
    if (!text || !isdigit((unsigned char)text[0]))
        return 0;
    unsigned long value = strtoul(text, &end, 10);
    return *end || value > max ? 0 : (uint32_t)value;
}

bool pf_gamescope_is_command(const char *arguments, size_t len)
{
    const char *name = argument_at(arguments, len, 0);
    const char *slash = name ? strrchr(name, '/') : NULL;
    return name && !strcmp(slash ? slash + 1 : name, "gamescope");
}

struct pf_mode pf_gamescope_mode_of(const char *arguments, size_t len)
{
    struct pf_mode mode = {0};
    const char *option;
    for (size_t at = 0; (option = argument_at(arguments, len, at)) && strcmp(option, "--") != 0;) {
        at += strlen(option) + 1;
        const char *value = argument_at(arguments, len, at);
        if (!strcmp(option, "-W") || !strcmp(option, "--output-width"))
            mode.width = number_of(value, SIDE_MAX);
        else if (!strcmp(option, "-H") || !strcmp(option, "--output-height"))
            mode.height = number_of(value, SIDE_MAX);
        else if (!strcmp(option, "-r") || !strcmp(option, "--nested-refresh"))
            mode.refresh_mhz = number_of(value, RATE_MAX) * 1000;
    }
    return mode;
}

/* ---- processes ------------------------------------------------------------------------------------------
 */

/* Parent of a process; 0 if it is not known. */
static pid_t parent_of(const char *proc_root, pid_t pid)
{
    char path[300], *text;
    size_t len;
    int parent = 0;
    snprintf(path, sizeof(path), "%.200s/%d/stat", proc_root, (int)pid);
    if (pf_file_read(path, ARGUMENTS_MAX, &text, &len))
        return 0;
    const char *p = strrchr(text, ')'); /* the name before may contain anything */
    if (!p || sscanf(p + 1, " %*c %d", &parent) != 1)
        parent = 0;
    free(text);
    return parent;
}

bool pf_gamescope_descends(const char *proc_root, pid_t pid, pid_t ancestor)
{
    for (unsigned depth = 0; pid > 1 && depth < DEPTH_MAX; depth++) {
        if (pid == ancestor)
            return true;
        pid = parent_of(proc_root, pid);
    }
    return false;
}

/* Fills the mode in if the process is a gamescope. */
static bool look_at(const char *proc_root, pid_t pid, struct pf_gamescope_process *process)
{
    char path[300], *text;
    size_t len;
    snprintf(path, sizeof(path), "%.200s/%d/cmdline", proc_root, (int)pid);
    if (pf_file_read(path, ARGUMENTS_MAX, &text, &len))
        return false;
    bool is = pf_gamescope_is_command(text, len);
    if (is)
        *process = (struct pf_gamescope_process){.pid = pid, .mode = pf_gamescope_mode_of(text, len)};
    free(text);
    return is;
}

/* Which ones count. */
struct sieve {
    const char *proc_root;
    pid_t except;       /* not its descendants; 0: all */
    pid_t main_pid;     /* these, or… */
    const char *cgroup; /* …these; NULL: all */
};

/* At or below this path of the unified hierarchy, or of systemd's own. */
static bool is_in_cgroup(const char *proc_root, pid_t pid, const char *cgroup)
{
    char path[300], *text, *save;
    size_t len, n = strlen(cgroup);
    bool found = false;
    snprintf(path, sizeof(path), "%.200s/%d/cgroup", proc_root, (int)pid);
    if (!n || pf_file_read(path, ARGUMENTS_MAX, &text, &len))
        return false;
    for (char *line = strtok_r(text, "\n", &save); line && !found; line = strtok_r(NULL, "\n", &save)) {
        const char *at = strchr(line, ':');
        at = at ? strchr(at + 1, ':') : NULL;
        found = at && !strncmp(at + 1, cgroup, n) && (!at[1 + n] || at[1 + n] == '/');
    }
    free(text);
    return found;
}

static bool counts(const struct sieve *s, pid_t pid)
{
    if (s->except && pf_gamescope_descends(s->proc_root, pid, s->except))
        return false;
    return !s->cgroup || (s->main_pid && pf_gamescope_descends(s->proc_root, pid, s->main_pid)) ||
           is_in_cgroup(s->proc_root, pid, s->cgroup);
}

/* The lowest pid, or what that descends from. */
static bool is_better(const struct sieve *s, pid_t pid, pid_t best)
{
    if (!best || (s->cgroup && pf_gamescope_descends(s->proc_root, best, pid)))
        return true;
    return pid < best && !(s->cgroup && pf_gamescope_descends(s->proc_root, pid, best));
}

static bool find(const struct sieve *s, uid_t uid, struct pf_gamescope_process *ret_process)
{
    DIR *dir = opendir(s->proc_root);
    struct pf_gamescope_process best = {0}, process;
    for (struct dirent *d; dir && (d = readdir(dir));) {
        struct stat st;
        long pid = strtol(d->d_name, NULL, 10);
        if (!isdigit((unsigned char)d->d_name[0]) || pid <= 0 || pid > INT_MAX ||
            fstatat(dirfd(dir), d->d_name, &st, 0) < 0 || st.st_uid != uid)
            continue;
        if (look_at(s->proc_root, (pid_t)pid, &process) && counts(s, process.pid) &&
            is_better(s, process.pid, best.pid))
            best = process;
    }
    if (dir)
        closedir(dir);
    if (!best.pid)
        return false;
    *ret_process = best;
    return true;
}

bool pf_gamescope_find(
    const char *proc_root, uid_t uid, pid_t except, struct pf_gamescope_process *ret_process)
{
    const struct sieve s = {.proc_root = proc_root, .except = except};
    return find(&s, uid, ret_process);
}

bool pf_gamescope_find_of(const char *proc_root, uid_t uid, pid_t main_pid, const char *cgroup,
    struct pf_gamescope_process *ret_process)
{
    const struct sieve s = {.proc_root = proc_root, .main_pid = main_pid, .cgroup = cgroup};
    return find(&s, uid, ret_process);
}

bool pf_gamescope_is_above(const char *proc_root, pid_t pid)
{
    struct pf_gamescope_process process;
    for (unsigned depth = 0; (pid = parent_of(proc_root, pid)) > 1 && depth < DEPTH_MAX; depth++)
        if (look_at(proc_root, pid, &process))
            return true;
    return false;
}

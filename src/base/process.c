#include "base/process.h"

#include "base/file.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

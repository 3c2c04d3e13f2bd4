#include "base/node.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RULES      "60-punktfunk-host.rules"
#define GROUPS_MAX 128

static const char *user_name(char *buf, size_t size)
{
    struct passwd record, *found = NULL;
    static _Thread_local char room[1024];
    if (getpwuid_r(getuid(), &record, room, sizeof(room), &found) != 0 || !found)
        return "$USER";
    snprintf(buf, size, "%s", record.pw_name);
    return buf;
}

/* The group that may write to the node, unless only root's may. */
static bool find_group(const char *path, char *buf, size_t size)
{
    struct stat st;
    struct group record, *found = NULL;
    char room[4096];
    if (stat(path, &st) < 0 || !(st.st_mode & S_IWGRP) || st.st_gid == 0)
        return false;
    if (getgrgid_r(st.st_gid, &record, room, sizeof(room), &found) != 0 || !found)
        return false;
    snprintf(buf, size, "%s", record.gr_name);
    return true;
}

/* Whether the user is in that group by now, although this process is not. */
static bool is_member(const char *user, const char *group)
{
    struct passwd record, *found = NULL;
    struct group group_record, *g = NULL;
    char room[1024], group_room[4096];
    gid_t groups[GROUPS_MAX];
    int n = GROUPS_MAX;
    if (getpwnam_r(user, &record, room, sizeof(room), &found) != 0 || !found ||
        getgrnam_r(group, &group_record, group_room, sizeof(group_room), &g) != 0 || !g ||
        getgrouplist(user, record.pw_gid, groups, &n) < 0)
        return false;
    for (int i = 0; i < n; i++)
        if (groups[i] == g->gr_gid)
            return true;
    return false;
}

static bool have_rules(void)
{
    return access("/usr/lib/udev/rules.d/" RULES, F_OK) == 0 ||
           access("/usr/local/lib/udev/rules.d/" RULES, F_OK) == 0 ||
           access("/lib/udev/rules.d/" RULES, F_OK) == 0 || access("/etc/udev/rules.d/" RULES, F_OK) == 0;
}

static void permit(const char *path, char command[PF_NODE_COMMAND_SIZE])
{
    char user[64], group[64];
    const char *name = user_name(user, sizeof(user));
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    if (find_group(path, group, sizeof(group)))
        snprintf(command, PF_NODE_COMMAND_SIZE,
            is_member(name, group) ? "log out and in again: %s is in the group %s since"
                                   : "sudo usermod -aG %2$s %1$s   (then log out and in again)",
            name, group);
    else
        snprintf(command, PF_NODE_COMMAND_SIZE,
            "%ssudo udevadm control --reload && sudo udevadm trigger --sysname-match=%s",
            have_rules() ? "" : "sudo cp packaging/udev/" RULES " /etc/udev/rules.d/ && ", base);
}

void pf_node_remedy(const char *path, const char *module, int error, char command[PF_NODE_COMMAND_SIZE])
{
    command[0] = 0;
    if (error == EACCES || error == EPERM)
        permit(path, command);
    else if ((error == ENOENT || error == ENODEV || error == ENXIO) && module)
        snprintf(command, PF_NODE_COMMAND_SIZE, "sudo modprobe %s", module);
}

int pf_node_check(const char *path, const char *module, char ret_command[PF_NODE_COMMAND_SIZE])
{
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC), error = errno;
    ret_command[0] = 0;
    if (fd >= 0) {
        close(fd);
        return 0;
    }
    pf_node_remedy(path, module, error, ret_command);
    return -error;
}

int pf_node_refused(const char *path, const char *module, int error, struct pf_error *err)
{
    char command[PF_NODE_COMMAND_SIZE];
    pf_node_remedy(path, module, error, command);
    return pf_error_set(
        err, -error, "%s: %s%s%s", path, strerror(error), command[0] ? "; do: " : "", command);
}

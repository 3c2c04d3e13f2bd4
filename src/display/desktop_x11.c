/* The X server of a desktop. The compositor does not tell; what it has started was told by it. */
#include "base/file.h"
#include "display/desktop_env.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENVIRONMENT_MAX (256u << 10)

/* NULL if it is not there. */
static const char *value_of(const char *environment, size_t len, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = environment, *end = environment + len; p < end;
         p += strnlen(p, (size_t)(end - p)) + 1)
        if ((size_t)(end - p) > n && !strncmp(p, name, n) && p[n] == '=')
            return memchr(p, 0, (size_t)(end - p)) ? p + n + 1 : NULL;
    return NULL;
}

static bool is_ours(const char *environment, size_t len, const struct pf_desktop_env *env)
{
    const char *wayland = value_of(environment, len, "WAYLAND_DISPLAY");
    const char *runtime = value_of(environment, len, "XDG_RUNTIME_DIR");
    char path[512];
    if (!wayland || !env->wayland_socket[0])
        return false;
    if (wayland[0] == '/')
        return !strcmp(wayland, env->wayland_socket);
    snprintf(path, sizeof(path), "%s/%s", runtime ? runtime : env->runtime_dir, wayland);
    return !strcmp(path, env->wayland_socket);
}

bool pf_desktop_x11_parse(
    const char *environment, size_t len, const struct pf_desktop_env *env, struct pf_desktop_x11 *ret_x11)
{
    const char *display = value_of(environment, len, "DISPLAY");
    const char *authority = value_of(environment, len, "XAUTHORITY");
    if (!display || !display[0] || !is_ours(environment, len, env) ||
        strlen(display) >= sizeof(ret_x11->display) ||
        (authority && strlen(authority) >= sizeof(ret_x11->authority)))
        return false;
    *ret_x11 = (struct pf_desktop_x11){0};
    strcpy(ret_x11->display, display);
    if (authority)
        strcpy(ret_x11->authority, authority);
    return true;
}

static bool ask(const char *pid, const struct pf_desktop_env *env, struct pf_desktop_x11 *ret)
{
    char path[64], *text;
    size_t len;
    snprintf(path, sizeof(path), "/proc/%.20s/environ", pid);
    if (pf_file_read(path, ENVIRONMENT_MAX, &text, &len) < 0)
        return false;
    bool found = pf_desktop_x11_parse(text, len, env, ret);
    explicit_bzero(text, len); /* others' environments hold secrets */
    free(text);
    return found;
}

bool pf_desktop_x11_find(const struct pf_desktop_env *env, struct pf_desktop_x11 *ret_x11)
{
    bool found = ask("self", env, ret_x11);
    DIR *dir = found ? NULL : opendir("/proc");
    for (struct dirent *d; dir && !found && (d = readdir(dir));) {
        struct stat st;
        if (isdigit((unsigned char)d->d_name[0]) && fstatat(dirfd(dir), d->d_name, &st, 0) == 0 &&
            st.st_uid == getuid())
            found = ask(d->d_name, env, ret_x11);
    }
    if (dir)
        closedir(dir);
    return found;
}

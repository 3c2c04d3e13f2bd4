#include "session/title_env.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the host was given for itself: its settings, with secrets among them, and what its service manager
 * told it. And what is set anew below. */
static bool is_kept(const char *entry)
{
    static const char *const dropped[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS",
        "LISTEN_PID", "LISTEN_FDNAMES", "INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "RUST_LOG",
        "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "SWAYSOCK", "DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR",
        "DBUS_SESSION_BUS_ADDRESS", "XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE"};
    size_t len = strcspn(entry, "=");
    if (strncmp(entry, "PUNKTFUNK_", 10) == 0)
        return false;
    for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
        if (strlen(dropped[i]) == len && strncmp(entry, dropped[i], len) == 0)
            return false;
    return true;
}

/* Nothing for an empty value. False: out of memory. */
static bool put(char **env, size_t *n, const char *name, const char *value)
{
    if (!value[0])
        return true;
    if (asprintf(&env[*n], "%s=%s", name, value) < 0) {
        env[*n] = NULL;
        return false;
    }
    ++*n;
    return true;
}

/* Its name in the runtime folder, as programs know it; else the path. */
static const char *wayland_name(const struct pf_desktop_env *d)
{
    size_t len = strlen(d->runtime_dir);
    bool inside = strncmp(d->wayland_socket, d->runtime_dir, len) == 0 && d->wayland_socket[len] == '/' &&
                  !strchr(d->wayland_socket + len + 1, '/');
    return inside ? d->wayland_socket + len + 1 : d->wayland_socket;
}

char **pf_title_env_make(char *const *base, const struct pf_desktop_env *d, const struct pf_desktop_x11 *x11)
{
    size_t count = 0, n = 0;
    while (base[count])
        count++;
    char **env = calloc(count + 9, sizeof(*env));
    bool ok = env;
    for (size_t i = 0; ok && i < count; i++)
        if (is_kept(base[i]))
            ok = (env[n++] = strdup(base[i])) != NULL;
    ok = ok && put(env, &n, "XDG_RUNTIME_DIR", d->runtime_dir) &&
         put(env, &n, "DBUS_SESSION_BUS_ADDRESS", d->dbus_address) &&
         put(env, &n, "XDG_CURRENT_DESKTOP", d->desktop) && put(env, &n, "XDG_SESSION_TYPE", "wayland") &&
         put(env, &n, "WAYLAND_DISPLAY", wayland_name(d)) && put(env, &n, "SWAYSOCK", d->sway_socket);
    if (ok && x11)
        ok = put(env, &n, "DISPLAY", x11->display) && put(env, &n, "XAUTHORITY", x11->authority);
    if (ok)
        return env;
    pf_title_env_free(env);
    return NULL;
}

void pf_title_env_free(char **env)
{
    for (char **e = env; e && *e; e++)
        free(*e);
    free(env);
}

#include "display/desktop_env.h"

#include "base/env.h"
#include "base/log.h"
#include "display/sockets.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCOPE "session"

/* Processes that mean a session, most telling first: a desktop beats a gamescope that runs inside it. */
static const struct {
    const char *comm;
    enum pf_desktop_kind kind;
    unsigned rank;
} compositors[] = {
    {"kwin_wayland", PF_DESKTOP_KWIN, 4},
    {"gnome-shell", PF_DESKTOP_MUTTER, 4},
    {"mutter", PF_DESKTOP_MUTTER, 4},
    {"sway", PF_DESKTOP_WLROOTS, 4},
    {"river", PF_DESKTOP_WLROOTS, 4},
    {"Hyprland", PF_DESKTOP_HYPRLAND, 4},
    {"hyprland", PF_DESKTOP_HYPRLAND, 4},
    {"gamescope", PF_DESKTOP_GAMESCOPE, 1},
    {"gamescope-wl", PF_DESKTOP_GAMESCOPE, 1},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum pf_compositor pf_desktop_kind_compositor(enum pf_desktop_kind kind)
{
    switch (kind) {
    case PF_DESKTOP_GAMESCOPE:
        return PF_COMPOSITOR_GAMESCOPE;
    case PF_DESKTOP_KWIN:
        return PF_COMPOSITOR_KWIN;
    case PF_DESKTOP_MUTTER:
        return PF_COMPOSITOR_MUTTER;
    case PF_DESKTOP_WLROOTS:
        return PF_COMPOSITOR_WLROOTS;
    case PF_DESKTOP_HYPRLAND:
    case PF_DESKTOP_NONE:
        break;
    }
    return PF_COMPOSITOR_ANY;
}

const char *pf_desktop_kind_name(enum pf_desktop_kind kind)
{
    if (kind == PF_DESKTOP_HYPRLAND)
        return "hyprland";
    return kind == PF_DESKTOP_NONE ? "none" : pf_compositor_name(pf_desktop_kind_compositor(kind));
}

static const char *desktop_name(enum pf_desktop_kind kind)
{
    switch (kind) {
    case PF_DESKTOP_GAMESCOPE:
        return "gamescope";
    case PF_DESKTOP_KWIN:
        return "KDE";
    case PF_DESKTOP_MUTTER:
        return "GNOME";
    case PF_DESKTOP_WLROOTS:
        return "sway";
    case PF_DESKTOP_HYPRLAND:
        return "Hyprland";
    case PF_DESKTOP_NONE:
        break;
    }
    return "";
}

static const struct pf_desktop_probe here; /* this machine */

static const char *own_env(const char *name, void *user)
{
    return pf_env_get(name);
}

/* -- Processes ----------------------------------------------------------------------------------------- */

static bool read_comm(int proc, const char *pid, char comm[32])
{
    char path[64];
    snprintf(path, sizeof(path), "%.32s/comm", pid);
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, comm, 31);
    close(fd);
    if (n <= 0)
        return false;
    comm[n] = 0;
    comm[strcspn(comm, "\n")] = 0;
    return true;
}

/* Index in `compositors`, or −1. NixOS wraps programs as ".name-wrapped"; the kernel cuts at 15 characters.
 */
static int find_compositor(const char *comm)
{
    for (size_t i = 0; i < COUNT(compositors); i++) {
        char wrapped[32];
        snprintf(wrapped, sizeof(wrapped), ".%s-wrapped", compositors[i].comm);
        wrapped[15] = 0;
        if (!strcmp(comm, compositors[i].comm) || !strcmp(comm, wrapped))
            return (int)i;
    }
    return -1;
}

/* Finds the compositor with the highest rank, the lowest pid among equals; kind NONE (any) or one kind. */
static void scan_processes(const char *proc_root, uid_t uid, enum pf_desktop_kind only,
    enum pf_desktop_kind *ret_kind, pid_t *ret_pid)
{
    DIR *dir = opendir(proc_root);
    unsigned best_rank = 0;
    for (struct dirent *d; dir && (d = readdir(dir));) {
        struct stat st;
        char comm[32];
        long pid = strtol(d->d_name, NULL, 10);
        if (!isdigit((unsigned char)d->d_name[0]) || pid <= 0 || pid > INT_MAX)
            continue;
        if (fstatat(dirfd(dir), d->d_name, &st, 0) < 0 || st.st_uid != uid)
            continue;
        int i = read_comm(dirfd(dir), d->d_name, comm) ? find_compositor(comm) : -1;
        if (i < 0 || (only && compositors[i].kind != only) || compositors[i].rank < best_rank)
            continue;
        if (compositors[i].rank == best_rank && *ret_pid < pid)
            continue;
        best_rank = compositors[i].rank;
        *ret_kind = compositors[i].kind;
        *ret_pid = (pid_t)pid;
    }
    if (dir)
        closedir(dir);
}

/* -- Sockets ------------------------------------------------------------------------------------------- */

/* WAYLAND_DISPLAY is a name in the runtime folder or an absolute path. */
static bool inherited_wayland(const struct pf_desktop_env *env, const char *value, char *out, size_t cap)
{
    char path[256];
    int n = value && value[0] == '/' ? snprintf(path, sizeof(path), "%s", value)
            : value                  ? snprintf(path, sizeof(path), "%s/%s", env->runtime_dir, value)
                                     : -1;
    if (n < 0 || (size_t)n >= sizeof(path) || !pf_socket_is_usable(path, cap))
        return false;
    strcpy(out, path);
    return true;
}

static void find_wayland(struct pf_desktop_env *env, uid_t uid, const char *inherited)
{
    if (!inherited_wayland(env, inherited, env->wayland_socket, sizeof(env->wayland_socket)))
        pf_socket_find(env->runtime_dir, uid, env->pid, "wayland-", "", env->wayland_socket,
            sizeof(env->wayland_socket));
}

static void find_sway(struct pf_desktop_env *env, uid_t uid, const char *inherited)
{
    char path[sizeof(env->sway_socket) + 64];
    if (inherited && pf_socket_is_usable(inherited, sizeof(env->sway_socket))) {
        strcpy(env->sway_socket, inherited);
        return;
    }
    snprintf(path, sizeof(path), "%s/sway-ipc.%u.%d.sock", env->runtime_dir, (unsigned)uid, (int)env->pid);
    if (env->pid && pf_socket_is_usable(path, sizeof(env->sway_socket)))
        strcpy(env->sway_socket, path);
    else
        pf_socket_find(env->runtime_dir, uid, env->pid, "sway-ipc.", ".sock", env->sway_socket,
            sizeof(env->sway_socket));
}

/* -- Choice -------------------------------------------------------------------------------------------- */

static bool contains(const char *text, const char *word)
{
    return text && strcasestr(text, word);
}

static enum pf_desktop_kind kind_of_desktop(const char *desktop)
{
    if (contains(desktop, "KDE"))
        return PF_DESKTOP_KWIN;
    if (contains(desktop, "GNOME"))
        return PF_DESKTOP_MUTTER;
    if (contains(desktop, "HYPRLAND"))
        return PF_DESKTOP_HYPRLAND;
    if (contains(desktop, "SWAY") || contains(desktop, "WLROOTS"))
        return PF_DESKTOP_WLROOTS;
    return PF_DESKTOP_NONE;
}

static int kind_of_pin(const char *pin, enum pf_desktop_kind *ret_kind, struct pf_error *err)
{
    static const enum pf_desktop_kind kinds[PF_COMPOSITORS] = {[PF_COMPOSITOR_KWIN] = PF_DESKTOP_KWIN,
        [PF_COMPOSITOR_WLROOTS] = PF_DESKTOP_WLROOTS,
        [PF_COMPOSITOR_MUTTER] = PF_DESKTOP_MUTTER,
        [PF_COMPOSITOR_GAMESCOPE] = PF_DESKTOP_GAMESCOPE};
    enum pf_compositor compositor;
    if (!strcasecmp(pin, "hyprland") || !strcasecmp(pin, "hypr")) /* known, but no back end makes displays */
        *ret_kind = PF_DESKTOP_HYPRLAND;
    else if (pf_compositor_parse(pin, &compositor))
        *ret_kind = kinds[compositor];
    else
        return pf_error_set(err, -EINVAL,
            "PUNKTFUNK_COMPOSITOR is \"%.40s\", which is none of kwin, mutter, wlroots and gamescope", pin);
    return 0;
}

typedef const char *(*getter)(const char *name, void *user);

static getter getter_of(const struct pf_desktop_probe *p)
{
    return p->get ? p->get : own_env;
}

static uid_t uid_of(const struct pf_desktop_probe *p)
{
    return p->proc_root ? p->uid : getuid();
}

static void fill_basics(struct pf_desktop_env *env, const struct pf_desktop_probe *p)
{
    const char *runtime = getter_of(p)("XDG_RUNTIME_DIR", p->user),
               *dbus = getter_of(p)("DBUS_SESSION_BUS_ADDRESS", p->user);
    if (runtime && strlen(runtime) < sizeof(env->runtime_dir))
        strcpy(env->runtime_dir, runtime);
    else
        snprintf(env->runtime_dir, sizeof(env->runtime_dir), "/run/user/%u", (unsigned)uid_of(p));
    if (dbus && strlen(dbus) < sizeof(env->dbus_address))
        strcpy(env->dbus_address, dbus);
    else
        snprintf(env->dbus_address, sizeof(env->dbus_address), "unix:path=%s/bus", env->runtime_dir);
}

int pf_desktop_env_detect(
    const struct pf_desktop_probe *probe, struct pf_desktop_env *ret_env, struct pf_error *err)
{
    const struct pf_desktop_probe *p = probe ? probe : &here;
    getter get = getter_of(p);
    uid_t uid = uid_of(p);

    struct pf_desktop_env env = {0};
    const char *pin = get("PUNKTFUNK_COMPOSITOR", p->user);
    const char *desktop = get("XDG_CURRENT_DESKTOP", p->user);
    fill_basics(&env, p);
    int rc = pin ? kind_of_pin(pin, &env.kind, err) : 0;
    if (rc)
        return rc;
    env.pinned = pin != NULL;
    /* A pin decides the kind; the scan still says which process it is. */
    scan_processes(p->proc_root ? p->proc_root : "/proc", uid, env.kind, &env.kind, &env.pid);
    if (!env.kind && contains(desktop, "CINNAMON"))
        return pf_error_set(err, -ENOTSUP,
            "Cinnamon cannot make virtual displays; log in to GNOME, KDE Plasma or sway instead");
    if (!env.kind)
        env.kind = kind_of_desktop(desktop);

    snprintf(
        env.desktop, sizeof(env.desktop), "%s", env.pinned && desktop ? desktop : desktop_name(env.kind));
    if (env.kind != PF_DESKTOP_NONE && env.kind != PF_DESKTOP_GAMESCOPE)
        find_wayland(&env, uid, get("WAYLAND_DISPLAY", p->user));
    if (env.kind == PF_DESKTOP_WLROOTS)
        find_sway(&env, uid, get("SWAYSOCK", p->user));
    pf_log_debug(SCOPE, "compositor session kind=%s pid=%d wayland=%s sway=%s",
        pf_desktop_kind_name(env.kind), (int)env.pid, env.wayland_socket, env.sway_socket);
    *ret_env = env;
    return 0;
}

void pf_desktop_env_detect_any(const struct pf_desktop_probe *probe, struct pf_desktop_env *ret_env)
{
    *ret_env = (struct pf_desktop_env){0};
    fill_basics(ret_env, probe ? probe : &here);
    pf_desktop_env_detect(probe, ret_env, NULL);
}

bool pf_desktop_env_is_live(const struct pf_desktop_env *env)
{
    return env->kind == PF_DESKTOP_WLROOTS ? env->sway_socket[0] != 0 : env->kind != PF_DESKTOP_NONE;
}

bool pf_desktop_env_is_same(const struct pf_desktop_env *a, const struct pf_desktop_env *b)
{
    if (a->kind != b->kind || !pf_desktop_env_is_live(a) || !pf_desktop_env_is_live(b))
        return false;
    if (a->kind == PF_DESKTOP_GAMESCOPE)
        return true;
    /* Of several sways the scan finds any, the socket says which one is meant. Its name has the process id.
     */
    return a->kind == PF_DESKTOP_WLROOTS ? !strcmp(a->sway_socket, b->sway_socket) : a->pid == b->pid;
}

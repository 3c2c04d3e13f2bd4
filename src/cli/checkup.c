#include "cli/checkup.h"

#include "base/env.h"
#include "base/node.h"
#include "cli/undo.h"
#include "display/display.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define AS_SESSION "log in to the desktop, or: export XDG_RUNTIME_DIR=/run/user/$(id -u)"

static void set_command(struct pf_finding *f, const char *command)
{
    snprintf(f->command, sizeof(f->command), "%s", command);
}

/* ---- device nodes ---- */

static struct pf_finding look_at_node(
    const char *what, const char *path, const char *module, const char *use, const char *lost)
{
    struct pf_finding f = {.what = what, .needed = true};
    char command[PF_NODE_COMMAND_SIZE];
    int rc = pf_node_check(path, module, command);
    f.good = rc == 0;
    if (f.good)
        pf_error_set(&f.state, 0, "%s can be used: %s", path, use);
    else
        pf_error_set(&f.state, 0, "%s: %s; %s", path, strerror(-rc), lost);
    set_command(&f, command);
    return f;
}

static struct pf_finding look_at_render_node(void)
{
    struct pf_finding f = {.what = "render node"};
    const char *path = pf_env_get("PUNKTFUNK_RENDER_NODE");
    glob_t found = {0};
    if (!path && glob("/dev/dri/renderD*", 0, NULL, &found) == 0)
        path = found.gl_pathv[0];
    if (path) {
        f = look_at_node(
            "render node", path, NULL, "pictures may stay on the GPU", "pictures go through memory");
        f.needed = false;
    } else {
        pf_error_set(&f.state, 0, "there is no GPU; pictures go through memory");
    }
    globfree(&found);
    return f;
}

/* ---- sockets of the session ---- */

static int try_socket(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(a.sun_path))
        return -ENAMETOOLONG;
    strcpy(a.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
    if (fd >= 0)
        close(fd);
    return rc;
}

static bool is_installed(const char *program)
{
    char path[128];
    snprintf(path, sizeof(path), "/usr/bin/%s", program);
    return access(path, X_OK) == 0;
}

static struct pf_finding look_at_socket(const char *what, const char *path, const char *use, const char *lost)
{
    struct pf_finding f = {.what = what};
    int rc = try_socket(path);
    f.good = rc == 0;
    if (f.good)
        pf_error_set(&f.state, 0, "%s answers: %s", path, use);
    else
        pf_error_set(&f.state, 0, "%s: %s; %s", path, strerror(-rc), lost);
    return f;
}

static struct pf_finding look_without_session(const char *what, const char *lost)
{
    struct pf_finding f = {.what = what};
    pf_error_set(&f.state, 0, "XDG_RUNTIME_DIR is not set: this is no login session; %s", lost);
    set_command(&f, AS_SESSION);
    return f;
}

static struct pf_finding look_at_pipewire(const char *runtime_dir)
{
    const char *const lost = "sessions have no audio and no microphone";
    const char *name = pf_env_get("PIPEWIRE_REMOTE");
    char path[256];
    struct pf_finding f;
    snprintf(path, sizeof(path), "%s%s%s",
        name && name[0] == '/' ? ""
        : runtime_dir          ? runtime_dir
                               : "",
        name && name[0] == '/' ? "" : "/", name ? name : "pipewire-0");
    if (!runtime_dir && !(name && name[0] == '/')) {
        f = look_without_session("PipeWire", lost);
    } else {
        f = look_at_socket("PipeWire", path, "audio and microphone", lost);
        if (!f.good)
            set_command(&f, is_installed("pipewire") ? "systemctl --user start pipewire.socket wireplumber"
                                                     : "sudo apt install pipewire wireplumber");
    }
    f.needed = true;
    return f;
}

/* The path in "unix:path=…,guid=…", or the usual one. */
static bool find_bus(const char *runtime_dir, char *path, size_t size)
{
    static const char scheme[] = "unix:path=";
    const char *address = pf_env_get("DBUS_SESSION_BUS_ADDRESS");
    if (address && !strncmp(address, scheme, sizeof(scheme) - 1)) {
        address += sizeof(scheme) - 1;
        snprintf(path, size, "%.*s", (int)strcspn(address, ",;"), address);
        return true;
    }
    snprintf(path, size, "%s/bus", runtime_dir ? runtime_dir : "");
    return runtime_dir != NULL;
}

static struct pf_finding look_at_bus(const char *runtime_dir)
{
    const char *const lost = "KDE and GNOME cannot be asked for a display";
    char path[256];
    if (!find_bus(runtime_dir, path, sizeof(path)))
        return look_without_session("D-Bus", lost);
    struct pf_finding f = look_at_socket("D-Bus", path, "the desktop can be asked", lost);
    if (!f.good)
        set_command(&f, access("/usr/lib/systemd/user/dbus.socket", F_OK) == 0
                            ? "systemctl --user start dbus.socket"
                            : "sudo apt install dbus-user-session   (then log out and in again)");
    return f;
}

/* ---- the desktop ---- */

static struct pf_finding look_at_compositor(void)
{
    struct pf_finding f = {.what = "compositor", .needed = true};
    struct pf_desktop_env env;
    const struct pf_display_backend *backend;
    f.good = pf_desktop_env_detect(NULL, &env, &f.state) == 0 &&
             pf_display_choose(&env, NULL, &backend, &f.state) == 0;
    if (f.good)
        pf_error_set(&f.state, 0, "%s: virtual displays can be made",
            pf_compositor_label(pf_desktop_kind_compositor(backend->kind)));
    else
        set_command(&f, "start the host inside the desktop session, or: ./run   (brings a private desktop)");
    return f;
}

/* Says something only if there is something to say. */
static bool look_at_debts(struct pf_finding *ret)
{
    struct pf_finding f = {.what = "desktop"};
    struct pf_error owed;
    bool by_host;
    if (!pf_undo_is_owed(&owed, &by_host))
        return false;
    pf_error_set(&f.state, 0, "%s; %s", owed.text,
        by_host ? "the host that runs tries again, at least once a minute; its log says why it failed"
                : "the host that took it has ended");
    if (!by_host)
        set_command(&f, "punktfunk-host recover");
    *ret = f;
    return true;
}

size_t pf_checkup(struct pf_finding findings[PF_FINDINGS_MAX])
{
    const char *runtime_dir = pf_env_get("XDG_RUNTIME_DIR");
    size_t n = 0;
    findings[n++] = look_at_compositor();
    findings[n++] = look_at_node("uinput", "/dev/uinput", "uinput",
        "Xbox pads, keyboard and mouse of the last resort", "there are no gamepads");
    findings[n++] =
        look_at_node("uhid", "/dev/uhid", "uhid", "PlayStation pads", "PlayStation pads become Xbox pads");
    findings[n++] = look_at_pipewire(runtime_dir);
    findings[n++] = look_at_bus(runtime_dir);
    findings[n++] = look_at_render_node();
    if (look_at_debts(&findings[n]))
        n++;
    return n;
}

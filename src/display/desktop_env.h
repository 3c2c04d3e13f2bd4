/* The desktop session that displays are made in (displays-and-capture.md 6.1).
 *
 * The host never writes to its own environment (setenv is unsafe in a threaded program): whoever needs the
 * session's variables gets this structure and passes them on explicitly.
 */
#ifndef PF_DISPLAY_DESKTOP_ENV_H
#define PF_DISPLAY_DESKTOP_ENV_H

#include "base/error.h"
#include "media/compositor.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum pf_desktop_kind {
    PF_DESKTOP_NONE,
    PF_DESKTOP_GAMESCOPE,
    PF_DESKTOP_KWIN,
    PF_DESKTOP_MUTTER,
    PF_DESKTOP_WLROOTS, /* sway and river */
    PF_DESKTOP_HYPRLAND,
};

/* Unknown values are empty strings. */
struct pf_desktop_env {
    enum pf_desktop_kind kind;
    bool pinned;              /* PUNKTFUNK_COMPOSITOR decided */
    pid_t pid;                /* of the compositor; 0 if it was not found by scanning */
    char runtime_dir[108];    /* XDG_RUNTIME_DIR */
    char dbus_address[160];   /* DBUS_SESSION_BUS_ADDRESS */
    char wayland_socket[108]; /* absolute path; not of gamescope */
    char sway_socket[108];    /* SWAYSOCK, absolute path */
    char desktop[64];         /* XDG_CURRENT_DESKTOP as it is or should be */
};

/* Where detection looks; tests point it at a folder of their own. All zero means this machine. */
struct pf_desktop_probe {
    const char *proc_root;                            /* NULL: "/proc" */
    const char *(*get)(const char *name, void *user); /* environment lookup; NULL: the process's own */
    void *user;
    uid_t uid; /* whose processes and sockets count; used only if proc_root is set */
};

/* Finds the session. kind is NONE (and 0 is returned) if none is live. -EINVAL with a sentence if
 * PUNKTFUNK_COMPOSITOR has an impossible value, -ENOTSUP for a desktop that can never work (Cinnamon). Blocks
 * for some milliseconds; any thread. `probe` may be NULL. */
int pf_desktop_env_detect(
    const struct pf_desktop_probe *probe, struct pf_desktop_env *ret_env, struct pf_error *err);

/* The same for who wants to undo something, which may need no desktop: on failure the kind is NONE, and
 * runtime_dir and dbus_address are known all the same. */
void pf_desktop_env_detect_any(const struct pf_desktop_probe *probe, struct pf_desktop_env *ret_env);

/* True if both are one running desktop: a compositor that died and came back is another one. Gamescopes come
 * and go with their games and are never told apart. Nothing is the same as no live session. */
bool pf_desktop_env_is_same(const struct pf_desktop_env *a, const struct pf_desktop_env *b);

/* False if there is no session, or a trace of one only: the desktop's name, but nobody who answers. */
bool pf_desktop_env_is_live(const struct pf_desktop_env *env);

/* The X server of a desktop, as its own programs know it. */
struct pf_desktop_x11 {
    char display[64];    /* DISPLAY */
    char authority[256]; /* XAUTHORITY; "": none is needed */
};

/* Looks at this process, then at others of this user that belong to the desktop. False: none of them knows an
 * X server. Blocks for some milliseconds; any thread. */
bool pf_desktop_x11_find(const struct pf_desktop_env *env, struct pf_desktop_x11 *ret_x11);
/* The same for one environment as /proc shows it, each variable with its NUL. False: it belongs to another
 * desktop, or knows no X server. Pure. */
bool pf_desktop_x11_parse(
    const char *environment, size_t len, const struct pf_desktop_env *env, struct pf_desktop_x11 *ret_x11);

/* As clients and settings know it; ANY for what no back end makes displays in. */
enum pf_compositor pf_desktop_kind_compositor(enum pf_desktop_kind kind);

/* "kwin", "mutter", "wlroots", "hyprland", "gamescope" or "none". */
const char *pf_desktop_kind_name(enum pf_desktop_kind kind);

#endif

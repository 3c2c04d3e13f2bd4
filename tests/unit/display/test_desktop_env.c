#include "base/error.h"
#include "display/desktop_env.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "../skip.h"

/* A machine in a folder: proc/<pid>/comm, run/ with sockets, and an environment. */
static struct {
    char root[64], proc[80], run[80];
    struct {
        char name[40], value[160];
    } variable[8];
    size_t variables;
    int listeners[8];
    size_t listener_count;
} machine;

static const char *get(const char *name, void *user)
{
    for (size_t i = 0; i < machine.variables; i++)
        if (!strcmp(machine.variable[i].name, name))
            return machine.variable[i].value;
    return NULL;
}

static void set(const char *name, const char *value)
{
    assert_true(machine.variables < 8);
    snprintf(machine.variable[machine.variables].name, 40, "%s", name);
    snprintf(machine.variable[machine.variables++].value, 160, "%s", value);
}

static void add_process(int pid, const char *comm)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%d", machine.proc, pid);
    assert_int_equal(mkdir(path, 0755), 0);
    snprintf(path, sizeof(path), "%s/%d/comm", machine.proc, pid);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "%s\n", comm);
    fclose(f);
}

/* A socket file; nobody listens any more if it is dead. */
static void add_socket(const char *name, bool dead)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%.70s/%.30s", machine.run, name);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    if (dead) {
        close(fd);
        return;
    }
    assert_int_equal(listen(fd, 4), 0);
    machine.listeners[machine.listener_count++] = fd;
}

static int set_up(void **state)
{
    memset(&machine, 0, sizeof(machine));
    strcpy(machine.root, "/tmp/pf-session-XXXXXX");
    assert_non_null(mkdtemp(machine.root));
    snprintf(machine.proc, sizeof(machine.proc), "%s/proc", machine.root);
    snprintf(machine.run, sizeof(machine.run), "%s/run", machine.root);
    assert_int_equal(mkdir(machine.proc, 0755), 0);
    assert_int_equal(mkdir(machine.run, 0700), 0);
    set("XDG_RUNTIME_DIR", machine.run);
    return 0;
}

static int tear_down(void **state)
{
    char command[120];
    for (size_t i = 0; i < machine.listener_count; i++)
        close(machine.listeners[i]);
    snprintf(command, sizeof(command), "rm -rf '%s'", machine.root);
    return system(command);
}

static int detect(struct pf_desktop_env *ret_env, struct pf_error *err)
{
    struct pf_desktop_probe probe = {.proc_root = machine.proc, .get = get, .uid = getuid()};
    return pf_desktop_env_detect(&probe, ret_env, err);
}

static struct pf_desktop_env detected(void)
{
    struct pf_desktop_env env;
    assert_int_equal(detect(&env, NULL), 0);
    return env;
}

static void assert_path(const char *path, const char *name)
{
    char want[120];
    snprintf(want, sizeof(want), "%s/%s", machine.run, name);
    assert_string_equal(path, want);
}

static void nobody_is_logged_in(void **state)
{
    add_process(10, "bash");
    struct pf_desktop_env env = detected();
    assert_int_equal(env.kind, PF_DESKTOP_NONE);
    assert_int_equal(env.pid, 0);
    assert_string_equal(env.wayland_socket, "");
    assert_string_equal(env.runtime_dir, machine.run);
    char bus[120];
    snprintf(bus, sizeof(bus), "unix:path=%s/bus", machine.run);
    assert_string_equal(env.dbus_address, bus);
}

static void every_compositor_is_known(void **state)
{
    static const struct {
        const char *comm;
        enum pf_desktop_kind kind;
        const char *desktop;
    } known[] = {
        {"sway", PF_DESKTOP_WLROOTS, "sway"},
        {"river", PF_DESKTOP_WLROOTS, "sway"},
        {"kwin_wayland", PF_DESKTOP_KWIN, "KDE"},
        {"gnome-shell", PF_DESKTOP_MUTTER, "GNOME"},
        {"Hyprland", PF_DESKTOP_HYPRLAND, "Hyprland"},
        {"hyprland", PF_DESKTOP_HYPRLAND, "Hyprland"},
        {"gamescope", PF_DESKTOP_GAMESCOPE, "gamescope"},
        {"gamescope-wl", PF_DESKTOP_GAMESCOPE, "gamescope"},
        {".sway-wrapped", PF_DESKTOP_WLROOTS, "sway"},
        {".kwin_wayland-w", PF_DESKTOP_KWIN, "KDE"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        add_process(100, known[i].comm);
        struct pf_desktop_env env = detected();
        assert_int_equal(env.kind, known[i].kind);
        assert_int_equal(env.pid, 100);
        assert_string_equal(env.desktop, known[i].desktop);
        tear_down(NULL);
        set_up(NULL);
    }
    add_process(100, "swaybg");
    assert_int_equal(detected().kind, PF_DESKTOP_NONE);
}

static void desktop_beats_gamescope_and_low_pid_wins(void **state)
{
    add_process(50, "gamescope");
    add_process(300, "sway");
    add_process(200, "kwin_wayland");
    add_process(400, "gnome-shell");
    struct pf_desktop_env env = detected();
    assert_int_equal(env.kind, PF_DESKTOP_KWIN);
    assert_int_equal(env.pid, 200);
}

static void other_users_do_not_count(void **state)
{
    add_process(100, "sway");
    struct pf_desktop_probe probe = {.proc_root = machine.proc, .get = get, .uid = getuid() + 1};
    struct pf_desktop_env env;
    assert_int_equal(pf_desktop_env_detect(&probe, &env, NULL), 0);
    assert_int_equal(env.kind, PF_DESKTOP_NONE);
}

static void inherited_sockets_come_first(void **state)
{
    add_process(100, "sway");
    add_socket("wayland-1", false);
    add_socket("wayland-2", false);
    add_socket("sway-ipc.7.1.sock", false);
    add_socket("sway-ipc.7.2.sock", false);
    set("WAYLAND_DISPLAY", "wayland-1");
    char sway[120];
    snprintf(sway, sizeof(sway), "%s/sway-ipc.7.1.sock", machine.run);
    set("SWAYSOCK", sway);
    struct pf_desktop_env env = detected();
    assert_path(env.wayland_socket, "wayland-1");
    assert_path(env.sway_socket, "sway-ipc.7.1.sock");
}

static void sockets_of_the_dead_are_passed_over(void **state)
{
    add_process(100, "sway");
    add_socket("wayland-0", false);
    add_socket("wayland-1", true);
    add_socket("sway-ipc.7.1.sock", true);
    add_socket("sway-ipc.7.2.sock", false);
    set("WAYLAND_DISPLAY", "wayland-1");
    char sway[120];
    snprintf(sway, sizeof(sway), "%s/sway-ipc.7.1.sock", machine.run);
    set("SWAYSOCK", sway);
    struct pf_desktop_env env = detected();
    assert_path(env.wayland_socket, "wayland-0");
    assert_path(env.sway_socket, "sway-ipc.7.2.sock");
}

static void sockets_of_the_compositor_process_win(void **state)
{
    add_process(getpid(), "sway"); /* the listener of all sockets here */
    add_socket("wayland-0", false);
    char name[60];
    snprintf(name, sizeof(name), "sway-ipc.%u.%d.sock", (unsigned)getuid(), (int)getpid());
    if (strlen(name) > 30)
        skip_because("the process number is too long for add_socket");
    add_socket(name, false);
    add_socket("sway-ipc.7.9.sock", false);
    struct pf_desktop_env env = detected();
    assert_path(env.sway_socket, name);
    assert_path(env.wayland_socket, "wayland-0");
}

static void wayland_display_may_be_a_path(void **state)
{
    add_process(100, "kwin_wayland");
    add_socket("other", false);
    char path[120];
    snprintf(path, sizeof(path), "%s/other", machine.run);
    set("WAYLAND_DISPLAY", path);
    assert_string_equal(detected().wayland_socket, path);
}

static void lock_files_and_plain_files_are_no_sockets(void **state)
{
    add_process(100, "sway");
    char path[120];
    snprintf(path, sizeof(path), "%s/wayland-5.lock", machine.run);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    assert_string_equal(detected().wayland_socket, "");
}

static void pin_decides(void **state)
{
    add_process(100, "kwin_wayland");
    add_process(200, "sway");
    set("PUNKTFUNK_COMPOSITOR", "Sway");
    struct pf_desktop_env env = detected();
    assert_int_equal(env.kind, PF_DESKTOP_WLROOTS);
    assert_int_equal(env.pid, 200);
    assert_true(env.pinned);
}

static void pin_needs_no_process(void **state)
{
    set("PUNKTFUNK_COMPOSITOR", "gnome");
    struct pf_desktop_env env = detected();
    assert_int_equal(env.kind, PF_DESKTOP_MUTTER);
    assert_int_equal(env.pid, 0);
}

static void impossible_pin_is_named(void **state)
{
    set("PUNKTFUNK_COMPOSITOR", "windowmaker");
    struct pf_desktop_env env = {.pid = 77};
    struct pf_error err;
    assert_int_equal(detect(&env, &err), -EINVAL);
    assert_non_null(strstr(err.text, "PUNKTFUNK_COMPOSITOR"));
    assert_non_null(strstr(err.text, "windowmaker"));
    assert_int_equal(env.pid, 77);
}

static void undoing_can_do_without_a_desktop(void **state)
{
    struct pf_desktop_probe probe = {.proc_root = machine.proc, .get = get, .uid = getuid()};
    struct pf_desktop_env env = {.pid = 77};
    set("PUNKTFUNK_COMPOSITOR", "windowmaker");
    pf_desktop_env_detect_any(&probe, &env);
    assert_int_equal(env.kind, PF_DESKTOP_NONE);
    assert_int_equal(env.pid, 0);
    assert_string_equal(env.runtime_dir, machine.run);
    assert_path(strchr(env.dbus_address, '/'), "bus");
    strcpy(machine.variable[1].value, "kwin");
    pf_desktop_env_detect_any(&probe, &env);
    assert_int_equal(env.kind, PF_DESKTOP_KWIN);
}

static void desktop_variable_is_the_last_resort(void **state)
{
    set("XDG_CURRENT_DESKTOP", "ubuntu:GNOME");
    assert_int_equal(detected().kind, PF_DESKTOP_MUTTER);
}

static void cinnamon_is_refused(void **state)
{
    set("XDG_CURRENT_DESKTOP", "X-Cinnamon:GNOME");
    struct pf_desktop_env env;
    struct pf_error err;
    assert_int_equal(detect(&env, &err), -ENOTSUP);
    assert_non_null(strstr(err.text, "Cinnamon"));
}

static struct pf_desktop_env session(enum pf_desktop_kind kind, pid_t pid, const char *sway_socket)
{
    struct pf_desktop_env env = {.kind = kind, .pid = pid};
    strcpy(env.sway_socket, sway_socket);
    return env;
}

static void a_desktop_that_came_back_is_another(void **state)
{
    struct pf_desktop_env none = session(PF_DESKTOP_NONE, 0, ""), sway = session(PF_DESKTOP_WLROOTS, 7, "/a"),
                          sway_by_other_pid = session(PF_DESKTOP_WLROOTS, 8, "/a"),
                          next_sway = session(PF_DESKTOP_WLROOTS, 7, "/b"),
                          trace = session(PF_DESKTOP_WLROOTS, 0, ""), kwin = session(PF_DESKTOP_KWIN, 7, ""),
                          next_kwin = session(PF_DESKTOP_KWIN, 9, ""),
                          game = session(PF_DESKTOP_GAMESCOPE, 1, ""),
                          next_game = session(PF_DESKTOP_GAMESCOPE, 2, "");
    assert_true(pf_desktop_env_is_same(&sway, &sway_by_other_pid));
    assert_false(pf_desktop_env_is_same(&sway, &next_sway));
    assert_false(pf_desktop_env_is_same(&sway, &kwin));
    assert_true(pf_desktop_env_is_same(&kwin, &kwin));
    assert_false(pf_desktop_env_is_same(&kwin, &next_kwin));
    assert_true(pf_desktop_env_is_same(&game, &next_game));
    assert_false(pf_desktop_env_is_same(&none, &none));
    assert_false(pf_desktop_env_is_live(&none));
    assert_false(pf_desktop_env_is_live(&trace));
    assert_true(pf_desktop_env_is_live(&sway) && pf_desktop_env_is_live(&kwin));
}

#define TEXT(text) text, sizeof(text) - 1
static void x_servers_of_other_desktops_do_not_count(void **state)
{
    struct pf_desktop_x11 x;
    const struct pf_desktop_env env = {
        .runtime_dir = "/run/user/7", .wayland_socket = "/run/user/7/wayland-1"};
    (void)state;
    assert_true(pf_desktop_x11_parse(
        TEXT("A=1\0WAYLAND_DISPLAY=wayland-1\0XDG_RUNTIME_DIR=/run/user/7\0DISPLAY=:3\0XAUTHORITY=/x\0"),
        &env, &x));
    assert_string_equal(x.display, ":3");
    assert_string_equal(x.authority, "/x");
    assert_true(pf_desktop_x11_parse(TEXT("DISPLAY=:0\0WAYLAND_DISPLAY=/run/user/7/wayland-1\0"), &env, &x));
    assert_string_equal(x.display, ":0");
    assert_string_equal(x.authority, "");
    assert_true(pf_desktop_x11_parse(TEXT("WAYLAND_DISPLAY=wayland-1\0DISPLAY=:2\0"), &env, &x));
    assert_false(pf_desktop_x11_parse(TEXT("WAYLAND_DISPLAY=wayland-0\0DISPLAY=:2\0"), &env, &x));
    assert_false(pf_desktop_x11_parse(TEXT("DISPLAY=:2\0"), &env, &x));
    assert_false(pf_desktop_x11_parse(TEXT("WAYLAND_DISPLAY=wayland-1\0DISPLAY=\0"), &env, &x));
    assert_false(pf_desktop_x11_parse(
        TEXT("WAYLAND_DISPLAY=wayland-1\0XDG_RUNTIME_DIR=/else\0DISPLAY=:2\0"), &env, &x));
    assert_false(pf_desktop_x11_parse(TEXT("WAYLAND_DISPLAY=wayland-1\0DISPLAY=:2"), &env, &x)); /* cut off */
    assert_false(pf_desktop_x11_parse(TEXT(""), &env, &x));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(nobody_is_logged_in),
        T(every_compositor_is_known),
        T(desktop_beats_gamescope_and_low_pid_wins),
        T(other_users_do_not_count),
        T(inherited_sockets_come_first),
        T(sockets_of_the_dead_are_passed_over),
        T(sockets_of_the_compositor_process_win),
        T(wayland_display_may_be_a_path),
        T(lock_files_and_plain_files_are_no_sockets),
        T(pin_decides),
        T(pin_needs_no_process),
        T(impossible_pin_is_named),
        T(undoing_can_do_without_a_desktop),
        T(desktop_variable_is_the_last_resort),
        T(cinnamon_is_refused),
        T(a_desktop_that_came_back_is_another),
        T(x_servers_of_other_desktops_do_not_count),
    };
    return exit_status(cmocka_run_group_tests(tests, NULL, NULL));
}

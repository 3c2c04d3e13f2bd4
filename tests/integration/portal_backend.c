/* The part of a desktop that answers xdg-desktop-portal about input, with its user: "allow" or "refuse" in
 * the current folder is what he does with the dialog. Input goes to the Mutter of the same session bus.
 *
 * Prints what it is asked, a line each. Ends by SIGTERM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define MUTTER "org.gnome.Mutter.RemoteDesktop"
#define ALL    7u /* keyboard, pointer, touch screen */

static sd_bus *gnome;          /* its connection carries the EIS session */
static sd_bus_message *dialog; /* the call that waits for the user */
static char remote[128];
static int restored;

static void check(int rc, const char *what)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, strerror(-rc));
    exit(1);
}

/* ---- Mutter ---- */

static int connect_eis(void)
{
    sd_bus_message *reply = NULL;
    const char *path;
    int fd;
    check(sd_bus_open_user(&gnome), "bus");
    check(sd_bus_call_method(
              gnome, MUTTER, "/org/gnome/Mutter/RemoteDesktop", MUTTER, "CreateSession", NULL, &reply, NULL),
        "CreateSession");
    check(sd_bus_message_read(reply, "o", &path), "session");
    snprintf(remote, sizeof(remote), "%s", path);
    sd_bus_message_unref(reply);
    check(sd_bus_call_method(gnome, MUTTER, remote, MUTTER ".Session", "Start", NULL, NULL, NULL), "Start");
    check(sd_bus_call_method(
              gnome, MUTTER, remote, MUTTER ".Session", "ConnectToEIS", NULL, &reply, "a{sv}", 0),
        "ConnectToEIS");
    check(sd_bus_message_read(reply, "h", &fd), "descriptor");
    fd = dup(fd);
    sd_bus_message_unref(reply);
    return fd;
}

/* ---- the portal's questions ---- */

static int on_close(sd_bus_message *m, void *user, sd_bus_error *why)
{
    printf("closed\n");
    gnome = sd_bus_flush_close_unref(gnome);
    return sd_bus_reply_method_return(m, NULL);
}

static const sd_bus_vtable session_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Close", "", "", on_close, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("Closed", "", 0),
    SD_BUS_VTABLE_END,
};

static int on_create(sd_bus_message *m, void *user, sd_bus_error *why)
{
    const char *handle, *session;
    check(sd_bus_message_read(m, "oo", &handle, &session), "CreateSession");
    sd_bus_add_object_vtable(
        sd_bus_message_get_bus(m), NULL, session, "org.freedesktop.impl.portal.Session", session_table, NULL);
    restored = 0;
    return sd_bus_reply_method_return(m, "ua{sv}", 0u, 0);
}

static int on_select(sd_bus_message *m, void *user, sd_bus_error *why)
{
    const char *handle, *session, *app, *name;
    check(sd_bus_message_read(m, "oos", &handle, &session, &app), "SelectDevices");
    check(sd_bus_message_enter_container(m, 'a', "{sv}"), "options");
    while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
        check(sd_bus_message_read(m, "s", &name), "option");
        restored |= !strcmp(name, "restore_data");
        check(sd_bus_message_skip(m, "v"), name);
        sd_bus_message_exit_container(m);
    }
    return sd_bus_reply_method_return(m, "ua{sv}", 0u, 0);
}

static int grant(sd_bus_message *m)
{
    return sd_bus_reply_method_return(m, "ua{sv}", 0u, 3, "devices", "u", ALL, "persist_mode", "u", 2u,
        "restore_data", "(suv)", "pftest", 1u, "s", "as before");
}

static int on_start(sd_bus_message *m, void *user, sd_bus_error *why)
{
    printf(restored ? "known\n" : "dialog\n");
    if (restored)
        return grant(m);
    dialog = sd_bus_message_ref(m);
    return 1;
}

static int on_connect(sd_bus_message *m, void *user, sd_bus_error *why)
{
    int fd = connect_eis();
    int rc = sd_bus_reply_method_return(m, "h", fd);
    close(fd);
    return rc;
}

static int get_number(sd_bus *bus, const char *path, const char *interface, const char *name,
    sd_bus_message *reply, void *user, sd_bus_error *why)
{
    return sd_bus_message_append(reply, "u", strcmp(name, "version") ? ALL : 2u);
}

static const sd_bus_vtable table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("CreateSession", "oosa{sv}", "ua{sv}", on_create, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("SelectDevices", "oosa{sv}", "ua{sv}", on_select, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Start", "oossa{sv}", "ua{sv}", on_start, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("ConnectToEIS", "osa{sv}", "h", on_connect, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("AvailableDeviceTypes", "u", get_number, 0, 0),
    SD_BUS_PROPERTY("version", "u", get_number, 0, 0),
    SD_BUS_VTABLE_END,
};

/* What the user did meanwhile. */
static void look_at_dialog(void)
{
    if (!dialog || (access("allow", F_OK) < 0 && access("refuse", F_OK) < 0))
        return;
    if (access("allow", F_OK) == 0)
        grant(dialog);
    else
        sd_bus_reply_method_return(dialog, "ua{sv}", 1u, 0);
    dialog = sd_bus_message_unref(dialog);
}

int main(void)
{
    sd_bus *bus;
    setvbuf(stdout, NULL, _IOLBF, 0);
    check(sd_bus_open_user(&bus), "bus");
    check(sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/portal/desktop",
              "org.freedesktop.impl.portal.RemoteDesktop", table, NULL),
        "object");
    check(sd_bus_request_name(bus, "org.freedesktop.impl.portal.desktop.pftest", 0), "name");
    printf("ready\n");
    for (;;) {
        int rc = sd_bus_process(bus, NULL);
        check(rc, "process");
        look_at_dialog();
        if (rc == 0)
            sd_bus_wait(bus, 50 * 1000);
    }
}

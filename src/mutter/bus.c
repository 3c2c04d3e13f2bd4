#include "mutter/bus.h"

#include <errno.h>
#include <string.h>

int pf_mutter_explain(int rc, const sd_bus_error *why, const char *what, struct pf_error *err)
{
    const char *text = why && why->message ? why->message : strerror(-rc);
    if (strstr(text, "inhibited"))
        return pf_error_set(
            err, -EACCES, "%s: the GNOME session is locked; unlock it, or switch its lock screen off", what);
    return pf_error_set(err, rc, "%s: %.200s", what, text);
}

static int check_one(sd_bus *bus, const char *name, const char *path, struct pf_error *err)
{
    sd_bus_error why = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    int rc = sd_bus_call_method(
        bus, name, path, "org.freedesktop.DBus.Properties", "GetAll", &why, &reply, "s", name);
    if (rc < 0)
        pf_error_set(err, -ENODEV,
            "GNOME does not offer %s on this session bus (%.120s); log in to GNOME 43 or later on Wayland",
            name, why.message ? why.message : strerror(-rc));
    sd_bus_message_unref(reply);
    sd_bus_error_free(&why);
    return rc < 0 ? -ENODEV : 0;
}

int pf_mutter_check(sd_bus *bus, struct pf_error *err)
{
    int rc = check_one(bus, PF_MUTTER_SCREEN_CAST, "/org/gnome/Mutter/ScreenCast", err);
    if (rc == 0)
        rc = check_one(bus, PF_MUTTER_REMOTE_DESKTOP, "/org/gnome/Mutter/RemoteDesktop", err);
    if (rc == 0)
        rc = check_one(bus, PF_MUTTER_DISPLAY_CONFIG, "/org/gnome/Mutter/DisplayConfig", err);
    return rc;
}

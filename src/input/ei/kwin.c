#include "bus/session_bus.h"
#include "input/ei/ei.h"
#include "input/ei/locate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVICE   "org.kde.KWin"
#define PATH      "/org/kde/KWin/EIS/RemoteDesktop"
#define INTERFACE "org.kde.KWin.EIS.RemoteDesktop"

enum capability { KEYBOARD = 1, POINTER = 2, TOUCH = 4 };

/* KWin ends the EI connection when its bus connection goes. */
struct way {
    sd_bus *bus;
    struct pf_ei_locator locator;
};

static int attend(void *user, struct pf_ei_place *place)
{
    struct way *w = user;
    int rc;
    while ((rc = sd_bus_process(w->bus, NULL)) > 0)
        ;
    return rc < 0 ? -ECONNRESET : pf_ei_locator_look(&w->locator, place);
}

/* A call that ends nothing, as cookies begin at 1: KWin handles it after what it was told before, so that the
 * last events are not lost with their connection. */
static int settle(void *user)
{
    int rc = sd_bus_call_method(
        ((struct way *)user)->bus, SERVICE, PATH, INTERFACE, "disconnect", NULL, NULL, "i", 0);
    return rc < 0 ? -ECONNRESET : 0;
}

static void leave(void *user)
{
    struct way *w = user;
    pf_ei_locator_close(&w->locator);
    sd_bus_flush_close_unref(w->bus);
    free(w);
}

static int connect_eis(sd_bus *bus, struct pf_error *err)
{
    sd_bus_error why = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    int rc = sd_bus_call_method(
        bus, SERVICE, PATH, INTERFACE, "connectToEIS", &why, &reply, "i", KEYBOARD | POINTER | TOUCH);
    if (rc >= 0)
        rc = pf_bus_take_fd(reply);
    if (rc < 0)
        rc = pf_error_set(err, rc == -EACCES || rc == -ETIMEDOUT ? rc : -ENOTSUP,
            "KWin gives no connection for input (%.160s)", why.message ? why.message : strerror(-rc));
    sd_bus_message_unref(reply);
    sd_bus_error_free(&why);
    return rc;
}

int pf_ei_open_kwin(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    const struct pf_source *source = &target->source;
    struct way *w = calloc(1, sizeof(*w));
    if (!w)
        return pf_error_set(err, -ENOMEM, "there is no memory for the input of another session");
    struct pf_ei_server server = {
        .place = pf_ei_place_of(source),
        .shares_pointer = source->output_name[0] != 0,
        .user = w,
        .settle = settle,
        .attend = attend,
        .leave = leave,
    };
    int rc = pf_bus_open(source->dbus_address, &w->bus, err);
    if (rc == 0)
        rc = pf_ei_locator_open(&w->locator, source, err);
    if (rc == 0)
        rc = connect_eis(w->bus, err);
    if (rc >= 0)
        return pf_ei_open(&server, rc, ret_injector, err);
    leave(w);
    return rc;
}

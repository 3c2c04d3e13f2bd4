#include "input/ei/ei.h"
#include "input/keysym.h"
#include "mutter/session.h"

#include <errno.h>

/* Mutter hears both connections in one loop: who waits for an answer on one keeps the order of what follows
 * on the other. */
static int settle(void *user)
{
    return pf_mutter_session_settle(user);
}

/* By the keys of the desktop's layout, which Mutter looks up; EI itself has keys only. */
static int type(void *user, uint32_t character)
{
    uint32_t keysym = pf_keysym_of(character);
    int rc = keysym ? pf_mutter_session_notify(user, "NotifyKeyboardKeysym", "ub", keysym, 1) : 0;
    if (rc == 0 && keysym)
        rc = pf_mutter_session_notify(user, "NotifyKeyboardKeysym", "ub", keysym, 0);
    return rc < 0 ? rc : settle(user);
}

static int attend(void *user, struct pf_ei_place *place)
{
    return pf_mutter_session_is_open(user) ? 0 : -ENODEV;
}

static void leave(void *user)
{
    pf_mutter_session_unref(user);
}

int pf_ei_open_mutter(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    struct pf_mutter_session *session = pf_mutter_session_find(target->source.conversation);
    struct pf_ei_server server = {
        .place = {.width = target->source.mode.width, .height = target->source.mode.height},
        .shares_pointer = true,
        .whole_notches = true,
        .user = session,
        .type = type,
        .settle = settle,
        .attend = attend,
        .leave = leave,
    };
    if (!session)
        return pf_error_set(err, -ENODEV, "the display that the input belongs to is gone");
    int fd = pf_mutter_session_connect_eis(session, server.place.mapping, err);
    if (fd >= 0)
        return pf_ei_open(&server, fd, ret_injector, err);
    pf_mutter_session_unref(session);
    return fd;
}

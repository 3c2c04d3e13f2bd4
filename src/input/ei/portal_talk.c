#include "input/ei/portal_talk.h"

#include "bus/session_bus.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SERVICE   "org.freedesktop.portal.Desktop"
#define PATH      "/org/freedesktop/portal/desktop"
#define INTERFACE "org.freedesktop.portal.RemoteDesktop"
#define LEAST     2u /* brings ConnectToEIS and tokens */

enum devices { KEYBOARD = 1, POINTER = 2, TOUCHSCREEN = 4 };
enum persist { UNTIL_REVOKED = 2 };

/* ---- what the portal says -------------------------------------------------------------------------------
 */

static int read_text(sd_bus_message *m, char *out, size_t size)
{
    const char *contents, *text = "";
    int rc = sd_bus_message_peek_type(m, NULL, &contents);
    if (rc < 0 || (strcmp(contents, "s") != 0 && strcmp(contents, "o") != 0))
        return rc < 0 ? rc : sd_bus_message_skip(m, "v");
    rc = sd_bus_message_read(m, "v", contents, &text);
    if (rc >= 0 && snprintf(out, size, "%s", text) >= (int)size)
        rc = -E2BIG;
    return rc;
}

static int read_results(sd_bus_message *m, struct pf_portal_talk *t)
{
    const char *name;
    int rc = sd_bus_message_enter_container(m, 'a', "{sv}");
    while (rc >= 0 && (rc = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        rc = sd_bus_message_read(m, "s", &name);
        if (rc >= 0 && !strcmp(name, "session_handle"))
            rc = read_text(m, t->session, sizeof(t->session));
        else if (rc >= 0 && !strcmp(name, "restore_token"))
            rc = read_text(m, t->token, sizeof(t->token));
        else if (rc >= 0)
            rc = sd_bus_message_skip(m, "v");
        if (rc >= 0)
            rc = sd_bus_message_exit_container(m);
    }
    return rc;
}

static int heard_response(sd_bus_message *m, void *user, sd_bus_error *why)
{
    struct pf_portal_talk *t = user;
    uint32_t response;
    if (strcmp(sd_bus_message_get_path(m), t->request) != 0)
        return 0;
    if (t->stage == PF_PORTAL_STARTING)
        t->token[0] = 0; /* used up */
    bool good = sd_bus_message_read(m, "u", &response) >= 0 && read_results(m, t) >= 0;
    t->response = good ? response : UINT32_MAX;
    t->answered = true;
    return 0;
}

static int heard_closed(sd_bus_message *m, void *user, sd_bus_error *why)
{
    struct pf_portal_talk *t = user;
    if (!strcmp(sd_bus_message_get_path(m), t->session))
        t->closed = true;
    return 0;
}

static int heard_owner(sd_bus_message *m, void *user, sd_bus_error *why)
{
    const char *name, *before, *now;
    if (sd_bus_message_read(m, "sss", &name, &before, &now) >= 0 && !now[0])
        ((struct pf_portal_talk *)user)->closed = true;
    return 0;
}

static int listen(struct pf_portal_talk *t)
{
    int rc = sd_bus_match_signal(
        t->bus, NULL, SERVICE, NULL, "org.freedesktop.portal.Request", "Response", heard_response, t);
    if (rc >= 0)
        rc = sd_bus_match_signal(
            t->bus, NULL, SERVICE, NULL, "org.freedesktop.portal.Session", "Closed", heard_closed, t);
    if (rc >= 0)
        rc = sd_bus_add_match(t->bus, NULL,
            "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" SERVICE "'",
            heard_owner, t);
    return rc;
}

/* ---- requests -------------------------------------------------------------------------------------------
 */

static int explain(int rc, const sd_bus_error *why, struct pf_error *err)
{
    const char *text = why->message ? why->message : strerror(-rc);
    bool absent = sd_bus_error_has_name(why, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
                  sd_bus_error_has_name(why, SD_BUS_ERROR_UNKNOWN_INTERFACE) ||
                  sd_bus_error_has_name(why, SD_BUS_ERROR_UNKNOWN_METHOD) ||
                  sd_bus_error_has_name(why, SD_BUS_ERROR_INVALID_ARGS);
    return pf_error_set(err, absent ? -ENOTSUP : rc, "the portal lends no input (%.160s)", text);
}

/* The path of the next request, which must be known before its answer can come, and the token that makes it.
 */
static void name_request(struct pf_portal_talk *t, char ret_token[64])
{
    const char *sender = "";
    sd_bus_get_unique_name(t->bus, &sender);
    snprintf(ret_token, 64, "punktfunk%d_%u", (int)getpid(), ++t->requests);
    int at = snprintf(t->request, sizeof(t->request), PATH "/request/%.80s/%s",
        sender[0] == ':' ? sender + 1 : sender, ret_token);
    for (int i = (int)sizeof(PATH "/request/") - 1; i < at; i++)
        if (t->request[i] == '.')
            t->request[i] = '_';
    t->answered = false;
}

/* Calls a method whose answer comes as a signal; `types` are those of its arguments before the options and of
 * the options behind the request's own token. */
static int request(struct pf_portal_talk *t, const char *method, const char *session, const char *parent,
    struct pf_error *err, unsigned options, ...)
{
    sd_bus_error why = SD_BUS_ERROR_NULL;
    sd_bus_message *call = NULL, *reply = NULL;
    char token[64];
    va_list args;
    name_request(t, token);
    int rc = sd_bus_message_new_method_call(t->bus, &call, SERVICE, PATH, INTERFACE, method);
    if (rc >= 0 && session)
        rc = sd_bus_message_append(call, "o", session);
    if (rc >= 0 && parent)
        rc = sd_bus_message_append(call, "s", parent);
    if (rc >= 0)
        rc = sd_bus_message_open_container(call, 'a', "{sv}");
    if (rc >= 0)
        rc = sd_bus_message_append(call, "{sv}", "handle_token", "s", token);
    va_start(args, options);
    for (unsigned i = 0; rc >= 0 && i < options; i++) {
        const char *name = va_arg(args, const char *), *text = va_arg(args, const char *);
        uint32_t number = va_arg(args, uint32_t);
        rc = text ? sd_bus_message_append(call, "{sv}", name, "s", text)
                  : sd_bus_message_append(call, "{sv}", name, "u", number);
    }
    va_end(args);
    if (rc >= 0)
        rc = sd_bus_message_close_container(call);
    if (rc >= 0)
        rc = sd_bus_call(t->bus, call, 0, &why, &reply);
    if (rc < 0)
        rc = explain(rc, &why, err);
    sd_bus_message_unref(call);
    sd_bus_message_unref(reply);
    sd_bus_error_free(&why);
    return rc < 0 ? rc : 0;
}

static int select_devices(struct pf_portal_talk *t, struct pf_error *err)
{
    const uint32_t all = KEYBOARD | POINTER | TOUCHSCREEN, persist = UNTIL_REVOKED;
    return request(t, "SelectDevices", t->session, NULL, err, t->token[0] ? 3 : 2, "types", NULL, all,
        "persist_mode", NULL, persist, "restore_token", t->token, 0u);
}

static int go_on(struct pf_portal_talk *t, struct pf_error *err)
{
    t->answered = false;
    switch (t->stage++) {
    case PF_PORTAL_CREATING:
        return t->session[0] == '/' ? select_devices(t, err)
                                    : pf_error_set(err, -EPROTO, "the portal named no session");
    case PF_PORTAL_SELECTING:
        return request(t, "Start", t->session, "", err, 0);
    default:
        return 0;
    }
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static int check_version(struct pf_portal_talk *t, struct pf_error *err)
{
    sd_bus_error why = SD_BUS_ERROR_NULL;
    uint32_t version = 0;
    int rc = sd_bus_get_property_trivial(t->bus, SERVICE, PATH, INTERFACE, "version", &why, 'u', &version);
    if (rc < 0)
        rc = explain(rc, &why, err);
    else if (version < LEAST)
        rc = pf_error_set(err, -ENOTSUP, "the portal lends no input: its version %u has no EIS", version);
    sd_bus_error_free(&why);
    return rc < 0 ? rc : 0;
}

int pf_portal_talk_begin(
    struct pf_portal_talk *t, const char *dbus_address, const char *token, struct pf_error *err)
{
    char session[64];
    *t = (struct pf_portal_talk){.stage = PF_PORTAL_CREATING};
    snprintf(t->token, sizeof(t->token), "%s", token);
    snprintf(session, sizeof(session), "punktfunk%d", (int)getpid());
    int rc = pf_bus_open(dbus_address, &t->bus, err);
    if (rc == 0)
        rc = check_version(t, err);
    if (rc == 0 && (rc = listen(t)) < 0)
        pf_error_set(err, rc, "the session bus does not answer (%s)", strerror(-rc));
    return rc < 0 ? rc : request(t, "CreateSession", NULL, NULL, err, 1, "session_handle_token", session, 0u);
}

void pf_portal_talk_finish(struct pf_portal_talk *t)
{
    if (t->session[0] && !t->closed)
        sd_bus_call_method(
            t->bus, SERVICE, t->session, "org.freedesktop.portal.Session", "Close", NULL, NULL, NULL);
    sd_bus_flush_close_unref(t->bus);
    t->bus = NULL;
}

int pf_portal_talk_step(struct pf_portal_talk *t, struct pf_error *err)
{
    int rc;
    while ((rc = sd_bus_process(t->bus, NULL)) > 0)
        ;
    /* The end of the session may come before the answer that explains it; and whoever ends what he has
     * granted means it, too. */
    bool refused = t->answered && t->stage == PF_PORTAL_STARTING
                       ? t->response != 0
                       : t->closed && (t->stage == PF_PORTAL_STARTING || t->stage == PF_PORTAL_GRANTED);
    if (refused)
        return pf_error_set(err, -EACCES, "the user refused to lend input");
    if (rc < 0 || t->closed)
        return pf_error_set(err, -ECONNRESET, "the portal ended the session for input");
    if (!t->answered)
        return 0;
    if (t->response)
        return pf_error_set(err, -EIO, "the portal lends no input (answer %u)", t->response);
    return go_on(t, err);
}

int pf_portal_talk_connect(struct pf_portal_talk *t, struct pf_error *err)
{
    sd_bus_error why = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    int rc = sd_bus_call_method(
        t->bus, SERVICE, PATH, INTERFACE, "ConnectToEIS", &why, &reply, "oa{sv}", t->session, 0);
    if (rc >= 0)
        rc = pf_bus_take_fd(reply);
    if (rc < 0)
        rc = explain(rc, &why, err);
    sd_bus_message_unref(reply);
    sd_bus_error_free(&why);
    return rc;
}

#include "mutter/session.h"

#include "base/log.h"
#include "base/time.h"
#include "mutter/bus.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE   "mutter"
#define NODE_NS (10 * PF_NS_PER_S)

enum cursor_mode { CURSOR_EMBEDDED = 1, CURSOR_METADATA = 2 };

struct pf_mutter_session {
    struct pf_mutter_session *next; /* in `all` */
    unsigned refs;                  /* under the lock of `all` */
    uint64_t id;
    pthread_mutex_t lock; /* the bus */
    sd_bus *bus;
    bool closed;
    uint32_t node; /* 0: not told yet */
    _Atomic double scale;
    char remote_desktop[128], screen_cast[128], stream[128];
};

/* Conversations that go on, for those who have only the number. */
static struct {
    pthread_mutex_t lock;
    struct pf_mutter_session *first;
    uint64_t last_id;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- what Mutter says -----------------------------------------------------------------------------------
 */

static int stream_added(sd_bus_message *m, void *user, sd_bus_error *why)
{
    struct pf_mutter_session *s = user;
    return sd_bus_message_read(m, "u", &s->node);
}

static int session_closed(sd_bus_message *m, void *user, sd_bus_error *why)
{
    ((struct pf_mutter_session *)user)->closed = true;
    return 0;
}

static int owner_changed(sd_bus_message *m, void *user, sd_bus_error *why)
{
    const char *name, *before, *now;
    if (sd_bus_message_read(m, "sss", &name, &before, &now) >= 0 && !now[0])
        ((struct pf_mutter_session *)user)->closed = true;
    return 0;
}

/* ---- beginning ------------------------------------------------------------------------------------------
 */

/* Calls a method that returns an object path, which is copied to `out`. */
static int create_object(sd_bus *bus, const char *service, const char *path, const char *interface,
    const char *method, char out[128], sd_bus_error *why, const char *types, ...)
{
    sd_bus_message *call = NULL, *reply = NULL;
    const char *object;
    va_list args;
    int rc = sd_bus_message_new_method_call(bus, &call, service, path, interface, method);
    va_start(args, types);
    if (rc >= 0 && types)
        rc = sd_bus_message_appendv(call, types, args);
    va_end(args);
    if (rc >= 0)
        rc = sd_bus_call(bus, call, 0, why, &reply);
    if (rc >= 0)
        rc = sd_bus_message_read(reply, "o", &object);
    if (rc >= 0 && snprintf(out, 128, "%s", object) >= 128)
        rc = -E2BIG;
    sd_bus_message_unref(call);
    sd_bus_message_unref(reply);
    return rc < 0 ? rc : 0;
}

static int create_remote_desktop(struct pf_mutter_session *s, char **ret_id, sd_bus_error *why)
{
    int rc = create_object(s->bus, PF_MUTTER_REMOTE_DESKTOP, "/org/gnome/Mutter/RemoteDesktop",
        PF_MUTTER_REMOTE_DESKTOP, "CreateSession", s->remote_desktop, why, NULL);
    if (rc == 0)
        rc = sd_bus_get_property_string(s->bus, PF_MUTTER_REMOTE_DESKTOP, s->remote_desktop,
            PF_MUTTER_REMOTE_DESKTOP ".Session", "SessionId", why, ret_id);
    return rc;
}

/* Before the session starts: the node is told once. */
static int listen(struct pf_mutter_session *s)
{
    int rc = sd_bus_match_signal(s->bus, NULL, NULL, s->stream, PF_MUTTER_SCREEN_CAST ".Stream",
        "PipeWireStreamAdded", stream_added, s);
    if (rc >= 0)
        rc = sd_bus_match_signal(s->bus, NULL, NULL, s->remote_desktop, PF_MUTTER_REMOTE_DESKTOP ".Session",
            "Closed", session_closed, s);
    if (rc >= 0)
        rc = sd_bus_add_match(s->bus, NULL,
            "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0="
            "'" PF_MUTTER_SCREEN_CAST "'",
            owner_changed, s);
    return rc;
}

static int start(struct pf_mutter_session *s, bool cursor_apart, sd_bus_error *why)
{
    char *id = NULL;
    int rc = create_remote_desktop(s, &id, why);
    if (rc >= 0)
        rc = create_object(s->bus, PF_MUTTER_SCREEN_CAST, "/org/gnome/Mutter/ScreenCast",
            PF_MUTTER_SCREEN_CAST, "CreateSession", s->screen_cast, why, "a{sv}", 1,
            "remote-desktop-session-id", "s", id);
    free(id);
    if (rc >= 0)
        rc = create_object(s->bus, PF_MUTTER_SCREEN_CAST, s->screen_cast, PF_MUTTER_SCREEN_CAST ".Session",
            "RecordVirtual", s->stream, why, "a{sv}", 1, "cursor-mode", "u",
            cursor_apart ? CURSOR_METADATA : CURSOR_EMBEDDED);
    if (rc >= 0)
        rc = listen(s);
    if (rc >= 0)
        rc = sd_bus_call_method(s->bus, PF_MUTTER_REMOTE_DESKTOP, s->remote_desktop,
            PF_MUTTER_REMOTE_DESKTOP ".Session", "Start", why, NULL, NULL);
    return rc;
}

static int await_node(struct pf_mutter_session *s)
{
    uint64_t deadline = pf_time_mono_ns() + NODE_NS;
    while (!s->node && !s->closed) {
        int rc = sd_bus_process(s->bus, NULL);
        uint64_t now = pf_time_mono_ns();
        if (rc < 0)
            return rc;
        if (now >= deadline)
            return -ETIMEDOUT;
        if (rc == 0)
            sd_bus_wait(s->bus, (deadline - now) / PF_NS_PER_US);
    }
    return s->node ? 0 : -ENODEV;
}

static void session_free(struct pf_mutter_session *s)
{
    sd_bus_flush_close_unref(s->bus);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

int pf_mutter_session_open(
    const char *dbus_address, bool cursor_apart, struct pf_mutter_session **ret_session, struct pf_error *err)
{
    struct pf_mutter_session *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "out of memory");
    pthread_mutex_init(&s->lock, NULL);
    s->refs = 1;
    s->scale = 1;
    int rc = pf_bus_open(dbus_address, &s->bus, err);
    if (rc < 0) {
        session_free(s);
        return rc;
    }
    sd_bus_error why = SD_BUS_ERROR_NULL;
    rc = start(s, cursor_apart, &why);
    if (rc >= 0)
        rc = await_node(s);
    if (rc < 0)
        rc = pf_mutter_explain(rc, &why, "GNOME made no virtual monitor", err);
    sd_bus_error_free(&why);
    if (rc < 0) {
        session_free(s);
        return rc;
    }
    pthread_mutex_lock(&all.lock);
    s->id = ++all.last_id;
    s->next = all.first;
    all.first = s;
    pthread_mutex_unlock(&all.lock);
    *ret_session = s;
    return 0;
}

/* ---- holding --------------------------------------------------------------------------------------------
 */

struct pf_mutter_session *pf_mutter_session_find(uint64_t id)
{
    pthread_mutex_lock(&all.lock);
    struct pf_mutter_session *s = all.first;
    while (s && s->id != id)
        s = s->next;
    if (s)
        s->refs++;
    pthread_mutex_unlock(&all.lock);
    return s;
}

void pf_mutter_session_unref(struct pf_mutter_session *s)
{
    pthread_mutex_lock(&all.lock);
    bool last = --s->refs == 0;
    pthread_mutex_unlock(&all.lock);
    if (last)
        session_free(s);
}

void pf_mutter_session_close(struct pf_mutter_session *s)
{
    pthread_mutex_lock(&all.lock);
    for (struct pf_mutter_session **at = &all.first; *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            break;
        }
    pthread_mutex_unlock(&all.lock);

    pthread_mutex_lock(&s->lock);
    if (!s->closed)
        sd_bus_call_method(s->bus, PF_MUTTER_REMOTE_DESKTOP, s->remote_desktop,
            PF_MUTTER_REMOTE_DESKTOP ".Session", "Stop", NULL, NULL, NULL);
    s->closed = true;
    pthread_mutex_unlock(&s->lock);
    pf_mutter_session_unref(s);
}

uint64_t pf_mutter_session_id(const struct pf_mutter_session *s)
{
    return s->id;
}

uint32_t pf_mutter_session_node(const struct pf_mutter_session *s)
{
    return s->node;
}

void pf_mutter_session_set_scale(struct pf_mutter_session *s, double scale)
{
    s->scale = scale;
}

double pf_mutter_session_scale(const struct pf_mutter_session *s)
{
    return s->scale;
}

/* ---- talking --------------------------------------------------------------------------------------------
 */

/* Locked. */
static bool pump(struct pf_mutter_session *s)
{
    int rc = 1;
    while (rc > 0 && !s->closed)
        rc = sd_bus_process(s->bus, NULL);
    if (rc < 0)
        s->closed = true;
    return !s->closed;
}

bool pf_mutter_session_is_open(struct pf_mutter_session *s)
{
    pthread_mutex_lock(&s->lock);
    bool open = pump(s);
    pthread_mutex_unlock(&s->lock);
    return open;
}

static int notify(
    struct pf_mutter_session *s, const char *method, const char *stream, const char *types, va_list args)
{
    sd_bus_message *call = NULL;
    int rc = -ENODEV;
    pthread_mutex_lock(&s->lock);
    if (!s->closed)
        rc = sd_bus_message_new_method_call(s->bus, &call, PF_MUTTER_REMOTE_DESKTOP, s->remote_desktop,
            PF_MUTTER_REMOTE_DESKTOP ".Session", method);
    if (rc >= 0)
        rc = sd_bus_message_set_expect_reply(call, false);
    if (rc >= 0 && stream)
        rc = sd_bus_message_append(call, "s", stream);
    if (rc >= 0)
        rc = sd_bus_message_appendv(call, types, args);
    if (rc >= 0)
        rc = sd_bus_send(s->bus, call, NULL);
    sd_bus_message_unref(call);
    pthread_mutex_unlock(&s->lock);
    return rc < 0 ? -ENODEV : 0;
}

int pf_mutter_session_notify(struct pf_mutter_session *s, const char *method, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    int rc = notify(s, method, NULL, types, args);
    va_end(args);
    return rc;
}

int pf_mutter_session_notify_stream(struct pf_mutter_session *s, const char *method, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    int rc = notify(s, method, s->stream, types, args);
    va_end(args);
    return rc;
}

/* Calls are handled in their order; this one has an answer. */
int pf_mutter_session_settle(struct pf_mutter_session *s)
{
    sd_bus_message *reply = NULL;
    pthread_mutex_lock(&s->lock);
    int rc = s->closed ? -ENODEV
                       : sd_bus_get_property(s->bus, PF_MUTTER_REMOTE_DESKTOP, s->remote_desktop,
                             PF_MUTTER_REMOTE_DESKTOP ".Session", "SessionId", NULL, &reply, "s");
    pthread_mutex_unlock(&s->lock);
    sd_bus_message_unref(reply);
    return rc < 0 ? -ENODEV : 0;
}

/* ---- input by EIS ---------------------------------------------------------------------------------------
 */

/* The text "mapping-id" of the stream's Parameters. */
static int read_mapping(sd_bus_message *reply, char ret_mapping[64])
{
    const char *name, *value;
    int rc = sd_bus_message_enter_container(reply, 'a', "{sv}");
    while (rc >= 0 && (rc = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
        rc = sd_bus_message_read(reply, "s", &name);
        if (rc >= 0 && strcmp(name, "mapping-id") != 0)
            rc = sd_bus_message_skip(reply, "v");
        else if (rc >= 0 && (rc = sd_bus_message_read(reply, "v", "s", &value)) >= 0)
            snprintf(ret_mapping, 64, "%s", value);
        if (rc >= 0)
            rc = sd_bus_message_exit_container(reply);
    }
    return rc;
}

/* Locked. */
static void ask_mapping(struct pf_mutter_session *s, char ret_mapping[64])
{
    sd_bus_message *reply = NULL;
    ret_mapping[0] = 0;
    if (sd_bus_get_property(s->bus, PF_MUTTER_SCREEN_CAST, s->stream, PF_MUTTER_SCREEN_CAST ".Stream",
            "Parameters", NULL, &reply, "a{sv}") >= 0 &&
        read_mapping(reply, ret_mapping) < 0)
        pf_log_warn(SCOPE, "GNOME describes the virtual monitor in a way that is not understood");
    sd_bus_message_unref(reply);
}

int pf_mutter_session_connect_eis(struct pf_mutter_session *s, char ret_mapping[64], struct pf_error *err)
{
    sd_bus_error why = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    pthread_mutex_lock(&s->lock);
    int rc = s->closed ? -ENODEV : 0;
    if (rc == 0)
        rc = sd_bus_call_method(s->bus, PF_MUTTER_REMOTE_DESKTOP, s->remote_desktop,
            PF_MUTTER_REMOTE_DESKTOP ".Session", "ConnectToEIS", &why, &reply, "a{sv}", 0);
    if (rc >= 0)
        rc = pf_bus_take_fd(reply);
    if (rc >= 0)
        ask_mapping(s, ret_mapping);
    pthread_mutex_unlock(&s->lock);
    if (sd_bus_error_has_name(&why, SD_BUS_ERROR_UNKNOWN_METHOD))
        rc = pf_error_set(err, -ENOTSUP, "this GNOME has no EIS; 45 and later do");
    else if (rc < 0)
        rc = pf_mutter_explain(rc, &why, "GNOME gave no connection for input", err);
    sd_bus_message_unref(reply);
    sd_bus_error_free(&why);
    return rc;
}

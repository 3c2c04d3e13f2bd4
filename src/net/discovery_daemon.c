/* Announcing through Avahi's daemon, over D-Bus. While it does not run, or does not take services of
 * programs, the embedded responder announces. (libavahi-client cannot be linked beside libavahi-core: both
 * define the functions of entry groups.) */
#include "net/discovery_impl.h"

#include "base/env.h"
#include "base/log.h"
#include "base/time.h"

#include <avahi-common/address.h>
#include <avahi-common/defs.h>
#include <avahi-common/timeval.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define SCOPE        "discovery"
#define NAME         "org.freedesktop.Avahi"
#define SERVER       NAME ".Server"
#define GROUP        NAME ".EntryGroup"
#define DBUS         "org.freedesktop.DBus"
#define BUS_RETRY_MS 10000u /* the message bus was lost, or is not there */

struct pf_discovery_daemon {
    struct pf_discovery *d;
    sd_bus *bus; /* NULL: there is none at the moment */
    AvahiWatch *watch;
    AvahiTimeout *timer;
    bool running; /* the daemon is, and takes our service */
    bool asked;   /* for an entry group */
    char *group;  /* its path; NULL: not yet */
};

static void publish(struct pf_discovery_daemon *m);

/* ---- who announces --------------------------------------------------------------------------------------
 */

static void leave_daemon(struct pf_discovery_daemon *m)
{
    m->running = m->asked = false;
    free(m->group);
    m->group = NULL;
    pf_discovery_embedded_open(m->d);
}

static void refuse(struct pf_discovery_daemon *m, const char *why)
{
    pf_log_debug(SCOPE, "Avahi's daemon does not announce this host: %s", why);
    if (m->group)
        sd_bus_call_method_async(m->bus, NULL, NAME, m->group, GROUP, "Free", NULL, NULL, "");
    leave_daemon(m);
}

static void take_state(struct pf_discovery_daemon *m, int state)
{
    if (state == AVAHI_SERVER_RUNNING) {
        m->running = true;
        publish(m);
    } else if (m->running && state != AVAHI_SERVER_FAILURE) {
        /* It looks for another name for the machine; the group is put back when it runs again. */
        if (m->group)
            sd_bus_call_method_async(m->bus, NULL, NAME, m->group, GROUP, "Reset", NULL, NULL, "");
    } else if (m->running) {
        leave_daemon(m);
    }
}

static int on_state(sd_bus_message *msg, void *user, sd_bus_error *error)
{
    int state;
    if (!sd_bus_message_is_method_error(msg, NULL) && sd_bus_message_read(msg, "i", &state) >= 0)
        take_state(user, state);
    return 0;
}

static void meet_daemon(struct pf_discovery_daemon *m)
{
    sd_bus_call_method_async(m->bus, NULL, NAME, "/", SERVER, "GetState", on_state, m, "");
}

static int on_owner(sd_bus_message *msg, void *user, sd_bus_error *error)
{
    struct pf_discovery_daemon *m = user;
    if (sd_bus_message_is_method_error(msg, NULL))
        pf_discovery_embedded_open(m->d);
    else
        meet_daemon(m);
    return 0;
}

static int on_owner_changed(sd_bus_message *msg, void *user, sd_bus_error *error)
{
    const char *name, *before, *after;
    if (sd_bus_message_read(msg, "sss", &name, &before, &after) < 0)
        return 0;
    if (*before)
        leave_daemon(user);
    if (*after)
        meet_daemon(user);
    return 0;
}

/* ---- the entry group ------------------------------------------------------------------------------------
 */

static int append_txt(sd_bus_message *msg, const struct pf_discovery *d, bool with_content)
{
    AvahiStringList *txt = with_content ? pf_discovery_txt(d) : NULL;
    int rc = sd_bus_message_open_container(msg, 'a', "ay");
    for (AvahiStringList *l = txt; rc >= 0 && l; l = avahi_string_list_get_next(l))
        rc = sd_bus_message_append_array(
            msg, 'y', avahi_string_list_get_text(l), avahi_string_list_get_size(l));
    avahi_string_list_free(txt);
    return rc < 0 ? rc : sd_bus_message_close_container(msg);
}

/* A call about one of our services. With `port` it has all of AddService's arguments, else
 * UpdateServiceTxt's. */
static int call_with_service(struct pf_discovery_daemon *m, const char *method, const char *type,
    const uint16_t *port, sd_bus_message_handler_t done)
{
    sd_bus_message *msg = NULL;
    int protocol = pf_env_bool("PUNKTFUNK_MDNS_IPV6", false) ? AVAHI_PROTO_UNSPEC : AVAHI_PROTO_INET;
    int rc = sd_bus_message_new_method_call(m->bus, &msg, NAME, m->group, GROUP, method);
    if (rc >= 0)
        rc = sd_bus_message_append(msg, "iiusss", AVAHI_IF_UNSPEC, protocol, 0u, m->d->name, type, "");
    if (rc >= 0 && port)
        rc = sd_bus_message_append(msg, "sq", "", *port);
    if (rc >= 0)
        rc = append_txt(msg, m->d, strcmp(type, PF_ADVERT_SERVICE) == 0);
    if (rc >= 0)
        rc = sd_bus_call_async(m->bus, NULL, msg, done, m, 0);
    sd_bus_message_unref(msg);
    return rc;
}

/* Our own responder is silent from now on: it would contest the name. Whether the commit went well, the
 * group's state says. */
static void commit(struct pf_discovery_daemon *m)
{
    pf_discovery_embedded_close(m->d);
    sd_bus_call_method_async(m->bus, NULL, NAME, m->group, GROUP, "Commit", NULL, NULL, "");
}

/* A service of the group was added, or not; true: it was. */
static bool was_added(struct pf_discovery_daemon *m, sd_bus_message *msg)
{
    const sd_bus_error *e = sd_bus_message_get_error(msg);
    if (!m->running || !m->group)
        return false;
    if (!e)
        return true;
    if (sd_bus_error_has_name(e, NAME ".CollisionError") && pf_discovery_rename(m->d))
        publish(m);
    else
        refuse(m, e->message ? e->message : e->name);
    return false;
}

static int on_all_added(sd_bus_message *msg, void *user, sd_bus_error *error)
{
    if (was_added(user, msg))
        commit(user);
    return 0;
}

static int on_added(sd_bus_message *msg, void *user, sd_bus_error *error)
{
    struct pf_discovery_daemon *m = user;
    if (!was_added(m, msg))
        return 0;
    if (!m->d->advert.gamestream_port)
        commit(m);
    else if (call_with_service(
                 m, "AddService", PF_ADVERT_GAMESTREAM, &m->d->advert.gamestream_port, on_all_added) < 0)
        refuse(m, "its second service cannot be added");
    return 0;
}

static void put_service(struct pf_discovery_daemon *m)
{
    sd_bus_call_method_async(m->bus, NULL, NAME, m->group, GROUP, "Reset", NULL, NULL, "");
    int rc = call_with_service(m, "AddService", PF_ADVERT_SERVICE, &m->d->advert.port, on_added);
    if (rc < 0)
        refuse(m, strerror(-rc));
}

static int on_group(sd_bus_message *msg, void *user, sd_bus_error *error)
{
    struct pf_discovery_daemon *m = user;
    const char *path;
    if (!m->asked || !m->running)
        return 0; /* of a daemon that has gone since */
    m->asked = false;
    if (sd_bus_message_is_method_error(msg, NULL) || sd_bus_message_read(msg, "o", &path) < 0 ||
        !(m->group = strdup(path)))
        refuse(m, "it gives no entry group");
    else
        put_service(m);
    return 0;
}

static void publish(struct pf_discovery_daemon *m)
{
    if (m->group) {
        put_service(m);
    } else if (!m->asked) {
        int rc = sd_bus_call_method_async(m->bus, NULL, NAME, "/", SERVER, "EntryGroupNew", on_group, m, "");
        m->asked = rc >= 0;
    }
}

static int on_group_state(sd_bus_message *msg, void *user, sd_bus_error *error)
{
    struct pf_discovery_daemon *m = user;
    int state;
    const char *why;
    if (!m->group || strcmp(sd_bus_message_get_path(msg), m->group) != 0 ||
        sd_bus_message_read(msg, "is", &state, &why) < 0)
        return 0;
    if (state == AVAHI_ENTRY_GROUP_ESTABLISHED) {
        pf_discovery_established(m->d, "by Avahi's daemon");
    } else if (state == AVAHI_ENTRY_GROUP_COLLISION && pf_discovery_rename(m->d)) {
        publish(m);
    } else if (state == AVAHI_ENTRY_GROUP_FAILURE) {
        refuse(m, why);
    }
    return 0;
}

static int on_updated(sd_bus_message *msg, void *user, sd_bus_error *error)
{
    struct pf_discovery_daemon *m = user;
    if (sd_bus_message_is_method_error(msg, NULL) && m->running)
        publish(m); /* it was not there yet, or no longer */
    return 0;
}

bool pf_discovery_daemon_update(struct pf_discovery *d, bool all)
{
    struct pf_discovery_daemon *m = d->daemon;
    if (!m || !m->running)
        return false;
    if (all || !m->group || call_with_service(m, "UpdateServiceTxt", PF_ADVERT_SERVICE, NULL, on_updated) < 0)
        publish(m);
    m->d->poll->timeout_update(m->timer, &(struct timeval){0}); /* send it */
    return true;
}

/* ---- the message bus ------------------------------------------------------------------------------------
 */

static void on_bus(AvahiWatch *watch, int fd, AvahiWatchEvent event, void *user);

static int ask(struct pf_discovery_daemon *m)
{
    int rc =
        sd_bus_match_signal_async(m->bus, NULL, NAME, NULL, GROUP, "StateChanged", on_group_state, NULL, m);
    if (rc >= 0)
        rc = sd_bus_match_signal_async(m->bus, NULL, NAME, "/", SERVER, "StateChanged", on_state, NULL, m);
    if (rc >= 0)
        rc = sd_bus_add_match_async(m->bus, NULL,
            "type='signal',sender='" DBUS "',interface='" DBUS "',member='NameOwnerChanged',arg0='" NAME "'",
            on_owner_changed, NULL, m);
    /* Not started on demand: who switched it off wants it off. */
    if (rc >= 0)
        rc = sd_bus_call_method_async(
            m->bus, NULL, DBUS, "/org/freedesktop/DBus", DBUS, "GetNameOwner", on_owner, m, "s", NAME);
    return rc;
}

static int open_bus(struct pf_discovery_daemon *m)
{
    int rc = sd_bus_open_system(&m->bus);
    if (rc >= 0)
        rc = ask(m);
    if (rc >= 0 &&
        !(m->watch = m->d->poll->watch_new(m->d->poll, sd_bus_get_fd(m->bus), AVAHI_WATCH_IN, on_bus, m)))
        rc = -ENOMEM;
    return rc;
}

static void close_bus(struct pf_discovery_daemon *m)
{
    if (m->watch)
        m->d->poll->watch_free(m->watch);
    m->watch = NULL;
    m->bus = sd_bus_flush_close_unref(m->bus);
}

static void arm(struct pf_discovery_daemon *m, uint64_t ms)
{
    struct timeval when;
    avahi_elapse_time(&when, (unsigned)ms, 0);
    m->d->poll->timeout_update(m->timer, &when);
}

static void lose_bus(struct pf_discovery_daemon *m)
{
    close_bus(m);
    leave_daemon(m);
    arm(m, BUS_RETRY_MS);
}

/* Says to the loop what the bus waits for. */
static void wait_for_bus(struct pf_discovery_daemon *m)
{
    uint64_t until_us = UINT64_MAX, now_us = pf_time_mono_ns() / 1000;
    int events = sd_bus_get_events(m->bus);
    if (events < 0 || sd_bus_get_timeout(m->bus, &until_us) < 0) {
        lose_bus(m);
        return;
    }
    m->d->poll->watch_update(m->watch, (AvahiWatchEvent)events); /* the same bits as poll's */
    if (until_us == UINT64_MAX)
        m->d->poll->timeout_update(m->timer, NULL);
    else
        arm(m, until_us > now_us ? (until_us - now_us) / 1000 + 1 : 0);
}

static void process(struct pf_discovery_daemon *m)
{
    int rc;
    do
        rc = sd_bus_process(m->bus, NULL);
    while (rc > 0);
    if (rc < 0)
        lose_bus(m);
    else
        wait_for_bus(m);
}

static void on_bus(AvahiWatch *watch, int fd, AvahiWatchEvent event, void *user)
{
    process(user);
}

static void on_timer(AvahiTimeout *timeout, void *user)
{
    struct pf_discovery_daemon *m = user;
    m->d->poll->timeout_update(timeout, NULL);
    if (!m->bus && open_bus(m) < 0)
        lose_bus(m);
    else
        process(m);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

void pf_discovery_daemon_open(struct pf_discovery *d)
{
    struct pf_discovery_daemon *m = calloc(1, sizeof(*m));
    if (m) {
        m->d = d;
        m->timer = d->poll->timeout_new(d->poll, &(struct timeval){0}, on_timer, m);
    }
    if (m && m->timer) {
        d->daemon = m;
        return;
    }
    free(m);
    pf_discovery_embedded_open(d);
}

void pf_discovery_daemon_close(struct pf_discovery *d)
{
    struct pf_discovery_daemon *m = d->daemon;
    if (!m)
        return;
    if (m->bus && m->group)
        sd_bus_call_method_async(m->bus, NULL, NAME, m->group, GROUP, "Free", NULL, NULL, "");
    close_bus(m);
    d->poll->timeout_free(m->timer);
    free(m->group);
    free(m);
    d->daemon = NULL;
}

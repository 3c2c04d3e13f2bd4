/* Tells the listeners of the management API what changes: compares what is with what was, several times a
 * second and whenever the native plane says so. */
#include "cli/host_parts.h"

#include "base/hex.h"
#include "base/time.h"
#include "mgmt/events.h"
#include "trust/native_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PERIOD_NS (500 * PF_NS_PER_MS)

struct pf_host_events {
    struct pf_host *host;
    struct pf_mgmt_events *events;
    struct pf_timer *timer;
    struct pf_mgmt_session sessions[PF_MGMT_SESSIONS_MAX];
    size_t session_count;
    struct pf_mgmt_display displays[PF_MGMT_DISPLAYS_MAX];
    size_t display_count;
    size_t waiting;
    bool armed;
    enum pf_pairing_result result;
};

/* ---- sessions ---- */

static json_t *session_json(const struct pf_mgmt_session *s)
{
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "id", (json_int_t)s->id, "protocol",
        s->kind, "name", s->name, "client", s->client, "state", s->state, "width", (json_int_t)s->mode.width,
        "height", (json_int_t)s->mode.height, "fps", (json_int_t)(s->mode.refresh_mhz + 500) / 1000,
        "bitrate_kbps", (json_int_t)s->bitrate_kbps);
}

static const struct pf_mgmt_session *find_session(
    const struct pf_mgmt_session *list, size_t n, const struct pf_mgmt_session *like)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].id == like->id && strcmp(list[i].kind, like->kind) == 0)
            return &list[i];
    return NULL;
}

static void compare_sessions(struct pf_host_events *e)
{
    struct pf_mgmt_session now[PF_MGMT_SESSIONS_MAX];
    size_t n = e->host->api.sessions(e->host, now, PF_MGMT_SESSIONS_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct pf_mgmt_session *was = find_session(e->sessions, e->session_count, &now[i]);
        if (!was)
            pf_mgmt_publish(e->events, "session.started", session_json(&now[i]));
        else if (strcmp(was->state, now[i].state) != 0 || was->bitrate_kbps != now[i].bitrate_kbps ||
                 !pf_mode_equal(&was->mode, &now[i].mode))
            pf_mgmt_publish(e->events, "session.changed", session_json(&now[i]));
    }
    for (size_t i = 0; i < e->session_count; i++)
        if (!find_session(now, n, &e->sessions[i]))
            pf_mgmt_publish(e->events, "session.ended", session_json(&e->sessions[i]));
    memcpy(e->sessions, now, n * sizeof(now[0]));
    e->session_count = n;
}

/* ---- displays ---- */

static json_t *display_json(const struct pf_mgmt_display *d)
{
    return json_pack("{s:I, s:s, s:I, s:I, s:I}", "slot", (json_int_t)d->slot, "state", d->state, "width",
        (json_int_t)d->mode.width, "height", (json_int_t)d->mode.height, "sessions", (json_int_t)d->sessions);
}

static const struct pf_mgmt_display *find_display(const struct pf_mgmt_display *list, size_t n, uint64_t slot)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].slot == slot)
            return &list[i];
    return NULL;
}

static void compare_displays(struct pf_host_events *e)
{
    struct pf_mgmt_display now[PF_MGMT_DISPLAYS_MAX];
    size_t n = e->host->api.displays(e->host, now, PF_MGMT_DISPLAYS_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct pf_mgmt_display *was = find_display(e->displays, e->display_count, now[i].slot);
        if (!was || strcmp(was->state, now[i].state) != 0 || was->sessions != now[i].sessions ||
            !pf_mode_equal(&was->mode, &now[i].mode))
            pf_mgmt_publish(e->events, was ? "display.changed" : "display.added", display_json(&now[i]));
    }
    for (size_t i = 0; i < e->display_count; i++)
        if (!find_display(now, n, e->displays[i].slot))
            pf_mgmt_publish(e->events, "display.removed", display_json(&e->displays[i]));
    memcpy(e->displays, now, n * sizeof(now[0]));
    e->display_count = n;
}

/* ---- pairing ---- */

static void compare_pairing(struct pf_host_events *e)
{
    const struct pf_knock *entries;
    struct pf_pairing_status s = pf_pairing_status(&e->host->pairing, pf_time_boot_ns());
    pf_knocks_expire(&e->host->knocks, pf_time_mono_ns());
    size_t waiting = pf_knocks_list(&e->host->knocks, &entries);
    if (waiting != e->waiting)
        pf_mgmt_publish(e->events, "pairing.pending", json_pack("{s:I}", "waiting", (json_int_t)waiting));
    if (s.armed != e->armed || s.result != e->result)
        pf_mgmt_publish(e->events, "pairing.changed", json_pack("{s:b}", "armed", s.armed));
    e->waiting = waiting;
    e->armed = s.armed;
    e->result = s.result;
}

/* ---- life ---- */

static void look(void *user)
{
    struct pf_host_events *e = user;
    compare_sessions(e);
    compare_displays(e);
    compare_pairing(e);
    pf_timer_arm(e->timer, PERIOD_NS);
}

static void on_library_changed(void *user)
{
    struct pf_host *host = user;
    pf_mgmt_publish(host->events->events, "library.changed", NULL);
    if (host->titles)
        pf_host_titles_look(host->titles);
}

int pf_host_start_events(struct pf_host *host)
{
    struct pf_host_events *e = host->config->mgmt ? calloc(1, sizeof(*e)) : NULL;
    if (!e)
        return host->config->mgmt ? -1 : 0;
    e->host = host;
    e->events = pf_mgmt_events_create();
    if (!e->events || pf_timer_create(host->loop, look, e, &e->timer) < 0) {
        pf_mgmt_events_destroy(e->events);
        free(e);
        return -1;
    }
    host->events = e;
    host->api.events = e->events;
    host->api.library_changed = on_library_changed;
    pf_timer_arm(e->timer, PERIOD_NS);
    return 0;
}

void pf_host_tell_changed(struct pf_host *host)
{
    if (host->events && host->events->timer)
        pf_timer_arm(host->events->timer, 0);
}

void pf_host_tell_client(
    struct pf_host *host, const char *kind, const char *name, const uint8_t fingerprint[32])
{
    char hex[65];
    if (host->events)
        pf_mgmt_publish(host->events->events, kind,
            json_pack("{s:s, s:s}", "name", name, "fingerprint", pf_hex_encode(fingerprint, 32, hex)));
}

void pf_host_stop_events(struct pf_host *host)
{
    if (!host->events)
        return;
    pf_timer_destroy(host->events->timer);
    host->events->timer = NULL;
}

void pf_host_free_events(struct pf_host *host)
{
    if (!host->events)
        return;
    pf_mgmt_events_destroy(host->events->events);
    free(host->events);
    host->events = NULL;
    host->api.events = NULL;
}

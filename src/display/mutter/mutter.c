#include "display/mutter/mutter.h"

#include "base/log.h"
#include "base/time.h"
#include "display/mutter/birth.h"
#include "display/mutter/plan.h"
#include "display/mutter/state.h"
#include "display/scales.h"
#include "mutter/bus.h"
#include "mutter/session.h"
#include "pipewire/connection.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE "mutter"

#define POLL_NS   (50 * PF_NS_PER_MS)
#define APPEAR_NS (6 * PF_NS_PER_S) /* for a new monitor to be listed */
#define SETTLE_NS (4 * PF_NS_PER_S) /* for an arrangement to take effect, or a monitor to go */

#define SCALE_SLACK 0.01 /* scales of the listing are rounded */

#define STILL_NS (150 * PF_NS_PER_MS) /* so long unchanged: Mutter has settled */

struct mutter_output {
    struct pf_output base;
    struct mutter_output *next; /* in `all` */
    struct pf_mutter_session *session;
    char dbus_address[sizeof(((struct pf_desktop_env *)0)->dbus_address)];
    char serial[64]; /* of the monitor: connectors are used again, serials are not */
    struct pf_mutter_place place;
    enum pf_topology topology;      /* of its group, which is all of ours in the same session */
    const struct pf_cancel *cancel; /* of the request; only while it is made */
    struct pf_display_scales *scales;
    unsigned identity_slot;
    double born_scale;    /* that Mutter chose */
    double seen_scale;    /* at the last look */
    uint32_t seen_serial; /* of the listing then; 0: not looked at yet, or arranged since */
};

/* Monitors of ours, in the order of their birth. The lock is held for as long as one is made or removed:
 * Mutter crashes when monitors come, go and are arranged at the same time. */
static struct {
    pthread_mutex_t lock;
    struct mutter_output *first;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- the monitor ----------------------------------------------------------------------------------------
 */

static bool near(const struct pf_mode *a, const struct pf_mode *b)
{
    int64_t off = (int64_t)a->refresh_mhz - b->refresh_mhz;
    return a->width == b->width && a->height == b->height && off >= -1 && off <= 1;
}

/* Waits for the new monitor to be listed with its mode, and notes which one it is. */
static int await_monitor(
    sd_bus *bus, const struct pf_mutter_state *before, struct mutter_output *o, struct pf_error *err)
{
    const struct pf_mode *mode = &o->base.source.mode;
    uint64_t deadline = pf_time_mono_ns() + APPEAR_NS;
    for (;;) {
        struct pf_mutter_state now;
        int rc = pf_display_check_wanted(o->cancel, err);
        if (rc == 0)
            rc = pf_mutter_state_get(bus, &now, err);
        if (rc < 0)
            return rc;
        int i = pf_mutter_state_find_new(&now, before, mode);
        const struct pf_mutter_monitor *m = i < 0 ? NULL : &now.monitor[i];
        if (m && near(&m->mode, mode)) {
            strcpy(o->base.source.output_name, m->connector);
            strcpy(o->serial, m->serial);
            if (!pf_mutter_state_scale(&now, (unsigned)i, &o->born_scale))
                o->born_scale = 1;
            return 0;
        }
        if (pf_time_mono_ns() >= deadline)
            return m ? pf_error_set(err, -EIO, "GNOME made a monitor of %ux%u at %u mHz", m->mode.width,
                           m->mode.height, m->mode.refresh_mhz)
                     : pf_error_set(err, -ETIMEDOUT, "GNOME listed no new monitor within 6 s");
        pf_cancel_sleep_until(o->cancel, pf_time_mono_ns() + POLL_NS);
    }
}

/* Index of its monitor. One that came to nothing may not know it: then of any recorded one that is not in
 * `before` (NULL: it knows it). */
static int find(
    const struct pf_mutter_state *now, const struct mutter_output *o, const struct pf_mutter_state *before)
{
    if (o->base.source.output_name[0] || !before)
        return pf_mutter_state_find(now, o->base.source.output_name, o->serial);
    int i = pf_mutter_state_find_new(now, before, &o->base.source.mode);
    return i >= 0 && pf_mutter_is_recorded(&now->monitor[i]) ? i : -1;
}

static void await_removal(sd_bus *bus, const struct mutter_output *o, const struct pf_mutter_state *before)
{
    uint64_t deadline = pf_time_mono_ns() + SETTLE_NS;
    struct pf_mutter_state now;
    int i;
    while (pf_mutter_state_get(bus, &now, NULL) == 0 && (i = find(&now, o, before)) >= 0) {
        if (pf_time_mono_ns() >= deadline) {
            pf_log_warn(SCOPE, "GNOME still lists monitor %s", now.monitor[i].connector);
            break;
        }
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
}

/* ---- topology -------------------------------------------------------------------------------------------
 */

/* What is to be there now that `state` is. False if it is there, or if none of ours is. */
static bool plan(
    const struct pf_mutter_state *state, const char *dbus_address, struct pf_mutter_plan *ret_plan)
{
    struct pf_mutter_place places[PF_MUTTER_MONITORS];
    enum pf_topology topology = PF_TOPOLOGY_EXTEND;
    unsigned count = 0;
    for (const struct mutter_output *o = all.first; o && count < PF_MUTTER_MONITORS; o = o->next) {
        int monitor = strcmp(o->dbus_address, dbus_address)
                          ? -1
                          : pf_mutter_state_find(state, o->base.source.output_name, o->serial);
        if (monitor < 0)
            continue;
        topology = o->topology;
        places[count] = o->place;
        places[count++].monitor = (unsigned)monitor;
    }
    return pf_mutter_plan(state, places, count, topology, ret_plan);
}

/* Waits until the listing stands still: a set of monitors that changes is arranged by Mutter several times.
 */
static int await_rest(sd_bus *bus, struct pf_mutter_state *ret_state, struct pf_error *err)
{
    uint64_t now = pf_time_mono_ns(), deadline = now + SETTLE_NS, since = now;
    struct pf_mutter_state before;
    int rc = pf_mutter_state_get(bus, &before, err);
    while (rc == 0 && now - since < STILL_NS && now < deadline) {
        pf_time_sleep_until(now + POLL_NS);
        rc = pf_mutter_state_get(bus, ret_state, err);
        now = pf_time_mono_ns();
        if (rc == 0 && !pf_mutter_state_equal(&before, ret_state)) {
            before = *ret_state;
            since = now;
        }
    }
    return rc;
}

/* Acknowledgements prove nothing: the arrangement is what the listing shows. */
static int await_arrangement(sd_bus *bus, const char *dbus_address)
{
    uint64_t deadline = pf_time_mono_ns() + SETTLE_NS;
    for (;;) {
        struct pf_mutter_state now;
        struct pf_mutter_plan left;
        int rc = pf_mutter_state_get(bus, &now, NULL);
        if (rc < 0)
            return rc;
        if (!plan(&now, dbus_address, &left))
            return 0;
        if (pf_time_mono_ns() >= deadline)
            return -ETIMEDOUT;
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
}

/* Mutter may arrange ours as it likes. */
static bool is_free(const char *dbus_address)
{
    for (const struct mutter_output *o = all.first; o; o = o->next)
        if (!strcmp(o->dbus_address, dbus_address) &&
            (o->topology != PF_TOPOLOGY_EXTEND || o->place.pinned || o->place.scale > 0))
            return false;
    return true;
}

/* What changes now is not the user's doing. */
static void forget_seen(const char *dbus_address)
{
    for (struct mutter_output *o = all.first; o; o = o->next)
        if (!strcmp(o->dbus_address, dbus_address))
            o->seen_serial = 0;
}

/* Mutter drops an arrangement whenever a monitor comes or goes, so this follows each time as long as one of
 * ours is there. With the last of ours the desktop becomes what it was by itself. */
static int arrange(sd_bus *bus, const char *dbus_address, struct pf_error *err)
{
    struct pf_mutter_state now;
    struct pf_mutter_plan wanted;
    int rc = -EAGAIN;
    if (is_free(dbus_address))
        return 0;
    for (unsigned attempt = 0; rc < 0 && attempt < 3; attempt++) { /* monitors may come in between */
        rc = await_rest(bus, &now, err);
        if (rc < 0 || !plan(&now, dbus_address, &wanted))
            return rc;
        forget_seen(dbus_address);
        rc = pf_mutter_state_apply(bus, &now, wanted.logical, wanted.count, err);
    }
    if (rc == 0 && await_arrangement(bus, dbus_address) < 0)
        rc = pf_error_set(err, -EIO, "GNOME accepted an arrangement of its monitors but does not show it");
    return rc;
}

/* Puts it at the end of the group. `first`: the topology is from now on what it wants. */
static void join_group(struct mutter_output *o, const struct pf_display_request *request)
{
    struct mutter_output **end = &all.first;
    const struct mutter_output *sibling = NULL;
    bool lead = request->first_in_group;
    for (; *end; end = &(*end)->next)
        if (!strcmp((*end)->dbus_address, o->dbus_address))
            sibling = *end;
    lead = lead || !sibling;
    o->topology = lead ? request->topology : sibling->topology;
    o->place = (struct pf_mutter_place){.leader = lead,
        .pinned = request->placed,
        .x = request->x,
        .y = request->y,
        .scale = pf_display_scales_get(request->scales, request->identity_slot)};
    for (struct mutter_output *s = all.first; s && lead; s = s->next)
        if (!strcmp(s->dbus_address, o->dbus_address)) {
            s->place.leader = false;
            s->topology = o->topology;
        }
    *end = o;
}

/* Takes it out; if it led, the oldest one leads. */
static void leave_group(struct mutter_output *o)
{
    struct mutter_output **at = &all.first;
    while (*at && *at != o)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = o->next;
    for (struct mutter_output *s = all.first; s && o->place.leader; s = s->next)
        if (!strcmp(s->dbus_address, o->dbus_address)) {
            s->place.leader = true;
            return;
        }
}

/* ---- the user's scale ------------------------------------------------------------------------------------
 */

/* A scale that has changed while the set of monitors has not was the user's doing: it is kept for the next
 * monitor of this identity, as Mutter takes each for one that it has never seen. */
static void note_scale(struct mutter_output *o, const struct pf_mutter_state *now)
{
    double scale;
    int i = pf_mutter_state_find(now, o->base.source.output_name, o->serial);
    if (i < 0 || !pf_mutter_state_scale(now, (unsigned)i, &scale))
        return;
    if (now->serial == o->seen_serial && fabs(scale - o->seen_scale) > SCALE_SLACK) {
        pf_log_info(
            SCOPE, "the user's scale is kept output=%s scale=%.3f", o->base.source.output_name, scale);
        pf_display_scales_put(o->scales, o->identity_slot, scale);
        o->place.scale = scale;
    }
    pf_mutter_session_set_scale(o->session, now->logical_pixels && scale > 0 ? scale : 1);
    o->seen_scale = scale;
    o->seen_serial = now->serial;
}

/* Before monitors come or go, which may change scales, and after. */
static void note_scales(sd_bus *bus, const char *dbus_address)
{
    struct pf_mutter_state now;
    if (pf_mutter_state_get(bus, &now, NULL) < 0)
        return;
    for (struct mutter_output *o = all.first; o; o = o->next)
        if (!strcmp(o->dbus_address, dbus_address))
            note_scale(o, &now);
}

static void output_look_after(struct pf_output *base)
{
    struct mutter_output *o = (struct mutter_output *)base;
    sd_bus *bus;
    if (pthread_mutex_trylock(&all.lock) != 0)
        return; /* monitors come or go, and are looked at then */
    if (pf_mutter_session_is_open(o->session) && pf_bus_open(o->dbus_address, &bus, NULL) == 0) {
        note_scales(bus, o->dbus_address);
        sd_bus_flush_close_unref(bus);
    }
    pthread_mutex_unlock(&all.lock);
}

/* The scale of this identity; one that has none gets what Mutter chose at first, not what the former one did.
 * (What the listing calls preferred is no guide: 2 on Mutter 50, for a monitor that it gave 1.) */
static void wear_scale(sd_bus *bus, struct mutter_output *o)
{
    struct pf_error err;
    double chosen = pf_display_scales_get(o->scales, o->identity_slot);
    if (chosen <= 0 && o->place.scale > 0)
        chosen = o->born_scale;
    o->place.scale = chosen;
    if (arrange(bus, o->dbus_address, &err) < 0)
        pf_log_warn(
            SCOPE, "monitor %s keeps another client's scale: %s", o->base.source.output_name, err.text);
    note_scales(bus, o->dbus_address);
}

static void output_change_identity(struct pf_output *base, unsigned identity_slot)
{
    struct mutter_output *o = (struct mutter_output *)base;
    sd_bus *bus = NULL;
    pthread_mutex_lock(&all.lock);
    if (pf_mutter_session_is_open(o->session))
        pf_bus_open(o->dbus_address, &bus, NULL);
    if (bus)
        note_scales(bus, o->dbus_address); /* the last word of the former one */
    o->identity_slot = identity_slot;
    if (bus)
        wear_scale(bus, o);
    pthread_mutex_unlock(&all.lock);
    sd_bus_flush_close_unref(bus);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static bool output_alive(struct pf_output *base)
{
    struct mutter_output *o = (struct mutter_output *)base;
    struct pf_mutter_state now;
    sd_bus *bus;
    if (!pf_mutter_session_is_open(o->session) || pf_bus_open(o->dbus_address, &bus, NULL) < 0)
        return false;
    int i = pf_mutter_state_get(bus, &now, NULL) < 0
                ? -1
                : pf_mutter_state_find(&now, base->source.output_name, o->serial);
    sd_bus_flush_close_unref(bus);
    return i >= 0 && near(&now.monitor[i].mode, &base->source.mode);
}

/* Takes it from Mutter again, be it whole or come to nothing after `before`, and gives those that are left
 * their arrangement back: Mutter dropped it when the monitor came and when it goes. */
static void take_out(sd_bus *bus, struct mutter_output *o, const struct pf_mutter_state *before)
{
    struct pf_error err;
    note_scales(bus, o->dbus_address);
    if (o->session)
        pf_mutter_session_close(o->session);
    o->session = NULL;
    leave_group(o);
    await_removal(bus, o, before);
    if (arrange(bus, o->dbus_address, &err) < 0)
        pf_log_warn(SCOPE, "the monitors that are left keep the arrangement that GNOME chose: %s", err.text);
    note_scales(bus, o->dbus_address);
}

static void output_destroy(struct pf_output *base)
{
    struct mutter_output *o = (struct mutter_output *)base;
    sd_bus *bus;
    pthread_mutex_lock(&all.lock);
    if (pf_mutter_session_is_open(o->session) && pf_bus_open(o->dbus_address, &bus, NULL) == 0) {
        take_out(bus, o, NULL);
        sd_bus_flush_close_unref(bus);
    } else { /* Mutter has gone, or has ended it by itself */
        pf_mutter_session_close(o->session);
        leave_group(o);
    }
    pthread_mutex_unlock(&all.lock);
    free(o);
}

static const struct pf_output_ops output_ops = {.alive = output_alive,
    .look_after = output_look_after,
    .change_identity = output_change_identity,
    .destroy = output_destroy};

/* Session, monitor, arrangement. */
static int bear(sd_bus *bus, const struct pf_mutter_state *before, struct mutter_output *o,
    const struct pf_display_request *request, struct pf_error *err)
{
    struct pf_mutter_birth *birth = NULL;
    struct pf_source *source = &o->base.source;
    int rc = pf_mutter_session_open(o->dbus_address, request->hardware_cursor, &o->session, err);
    if (rc < 0)
        return rc;
    source->node_id = pf_mutter_session_node(o->session);
    source->conversation = pf_mutter_session_id(o->session);
    rc = pf_mutter_birth_begin(source->node_id, &source->mode, &birth, err);
    if (rc == 0)
        rc = await_monitor(bus, before, o, err);
    if (rc == 0) {
        join_group(o, request);
        rc = arrange(bus, o->dbus_address, err);
        if (rc < 0 && !request->first_in_group) {
            pf_log_warn(SCOPE, "monitor %s stays where GNOME put it: %s", source->output_name, err->text);
            rc = 0;
        }
        note_scales(bus, o->dbus_address);
    }
    pf_mutter_birth_end(birth);
    return rc < 0 ? rc : pf_display_check_wanted(o->cancel, err);
}

static int furnish(
    sd_bus *bus, struct mutter_output *o, const struct pf_display_request *request, struct pf_error *err)
{
    struct pf_mutter_state before;
    note_scales(bus, o->dbus_address);
    int rc = pf_mutter_state_get(bus, &before, err);
    if (rc < 0)
        return rc;
    rc = bear(bus, &before, o, request, err);
    if (rc < 0)
        take_out(bus, o, &before);
    return rc;
}

static int create(const struct pf_desktop_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    if (!pf_display_mode_is_possible(&request->mode))
        return pf_error_set(err, -EINVAL, "no display could be made: %ux%u at %u mHz is no possible mode",
            request->mode.width, request->mode.height, request->mode.refresh_mhz);
    struct mutter_output *o = calloc(1, sizeof(*o));
    sd_bus *bus = NULL;
    if (!o)
        return pf_error_set(err, -ENOMEM, "no display could be made: out of memory");
    o->base = (struct pf_output){
        .ops = &output_ops,
        .source = {.kind = PF_SOURCE_PIPEWIRE,
            .mode = request->mode,
            .remote_fd = -1,
            .exact_mode = true,
            .cursor_apart = request->hardware_cursor,
            .input = "mutter"},
        .keepable = true,
    };
    strcpy(o->dbus_address, env->dbus_address);
    o->cancel = request->cancel;
    o->scales = request->scales;
    o->identity_slot = request->identity_slot;
    pthread_mutex_lock(&all.lock);
    int rc = pf_bus_open(env->dbus_address, &bus, err);
    if (rc == 0)
        rc = furnish(bus, o, request, err);
    pthread_mutex_unlock(&all.lock);
    o->cancel = NULL;
    sd_bus_flush_close_unref(bus);
    if (rc == 0) {
        *ret_output = &o->base;
        return 0;
    }
    free(o);
    return pf_error_prefix(err, rc, "no display could be made");
}

static int probe(const struct pf_desktop_env *env, struct pf_error *err)
{
    struct pf_pw_connection pipewire;
    sd_bus *bus;
    if (env->kind != PF_DESKTOP_MUTTER)
        return pf_error_set(err, -ENODEV, "GNOME is not running");
    int rc = pf_bus_open(env->dbus_address, &bus, err);
    if (rc == 0) {
        rc = pf_mutter_check(bus, err);
        sd_bus_flush_close_unref(bus);
    }
    if (rc == 0 && (rc = pf_pw_connect(&pipewire, "pf-probe", err)) == 0)
        pf_pw_disconnect(&pipewire);
    return rc;
}

const struct pf_display_backend pf_display_mutter = {
    .name = "mutter", .kind = PF_DESKTOP_MUTTER, .probe = probe, .create = create};

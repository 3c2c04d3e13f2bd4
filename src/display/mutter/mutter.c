#include "display/mutter/mutter.h"

#include "base/log.h"
#include "base/time.h"
#include "display/mutter/birth.h"
#include "display/mutter/state.h"
#include "mutter/bus.h"
#include "mutter/session.h"
#include "pipewire/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE "mutter"

#define POLL_NS   (50 * PF_NS_PER_MS)
#define APPEAR_NS (6 * PF_NS_PER_S) /* for a new monitor to be listed */
#define SETTLE_NS (4 * PF_NS_PER_S) /* for an arrangement to take effect, or a monitor to go */
#define SIDE_MAX  16384             /* pixels */

struct mutter_output {
    struct pf_output base;
    struct pf_mutter_session *session;
    char dbus_address[sizeof(((struct pf_session_env *)0)->dbus_address)];
    char serial[64]; /* of the monitor: connectors are used again, serials are not */
};

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
        int rc = pf_mutter_state_get(bus, &now, err);
        if (rc < 0)
            return rc;
        int i = pf_mutter_state_find_new(&now, before, mode);
        const struct pf_mutter_monitor *m = i < 0 ? NULL : &now.monitor[i];
        if (m && near(&m->mode, mode)) {
            strcpy(o->base.source.output_name, m->connector);
            strcpy(o->serial, m->serial);
            return 0;
        }
        if (pf_time_mono_ns() >= deadline)
            return m ? pf_error_set(err, -EIO, "GNOME made a monitor of %ux%u at %u mHz", m->mode.width,
                           m->mode.height, m->mode.refresh_mhz)
                     : pf_error_set(err, -ETIMEDOUT, "GNOME listed no new monitor within 6 s");
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
}

static void await_removal(const struct mutter_output *o)
{
    uint64_t deadline = pf_time_mono_ns() + SETTLE_NS;
    sd_bus *bus;
    struct pf_mutter_state now;
    if (pf_mutter_bus_open(o->dbus_address, &bus, NULL) < 0)
        return;
    while (pf_mutter_state_get(bus, &now, NULL) == 0 &&
           pf_mutter_state_find(&now, o->base.source.output_name, o->serial) >= 0) {
        if (pf_time_mono_ns() >= deadline) {
            pf_log_warn(SCOPE, "GNOME still lists monitor %s", o->base.source.output_name);
            break;
        }
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
    sd_bus_flush_close_unref(bus);
}

/* ---- topology -------------------------------------------------------------------------------------------
 */

/* Acknowledgements prove nothing: the arrangement is what the listing shows. */
static int await_arrangement(sd_bus *bus, const struct mutter_output *o, enum pf_topology topology)
{
    struct pf_mutter_logical logical[PF_MUTTER_MONITORS];
    uint64_t deadline = pf_time_mono_ns() + SETTLE_NS;
    unsigned count;
    for (;;) {
        struct pf_mutter_state now;
        int rc = pf_mutter_state_get(bus, &now, NULL), ours;
        if (rc < 0)
            return rc;
        ours = pf_mutter_state_find(&now, o->base.source.output_name, o->serial);
        if (ours < 0)
            return -ENODEV;
        if (!pf_mutter_state_plan(&now, (unsigned)ours, topology, logical, &count))
            return 0;
        if (pf_time_mono_ns() >= deadline)
            return -ETIMEDOUT;
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
}

/* Mutter undoes this by itself when the monitor goes; applying anything in that moment crashes the shell. */
static int arrange(
    sd_bus *bus, const struct mutter_output *o, enum pf_topology topology, struct pf_error *err)
{
    struct pf_mutter_logical logical[PF_MUTTER_MONITORS];
    struct pf_mutter_state now;
    unsigned count;
    int rc = -EAGAIN;
    for (unsigned attempt = 0; rc < 0 && attempt < 3; attempt++) { /* monitors may come in between */
        rc = pf_mutter_state_get(bus, &now, err);
        int ours = rc < 0 ? -1 : pf_mutter_state_find(&now, o->base.source.output_name, o->serial);
        if (rc < 0 || ours < 0)
            return rc < 0 ? rc : pf_error_set(err, -ENODEV, "the new monitor is gone again");
        if (!pf_mutter_state_plan(&now, (unsigned)ours, topology, logical, &count))
            return 0;
        rc = pf_mutter_state_apply(bus, &now, logical, count, err);
    }
    if (rc == 0 && await_arrangement(bus, o, topology) < 0)
        rc = pf_error_set(err, -EIO, "GNOME accepted an arrangement of its monitors but does not show it");
    return rc;
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static bool output_alive(struct pf_output *base)
{
    struct mutter_output *o = (struct mutter_output *)base;
    struct pf_mutter_state now;
    sd_bus *bus;
    if (!pf_mutter_session_is_open(o->session) || pf_mutter_bus_open(o->dbus_address, &bus, NULL) < 0)
        return false;
    int i = pf_mutter_state_get(bus, &now, NULL) < 0
                ? -1
                : pf_mutter_state_find(&now, base->source.output_name, o->serial);
    sd_bus_flush_close_unref(bus);
    return i >= 0 && near(&now.monitor[i].mode, &base->source.mode);
}

static void output_destroy(struct pf_output *base)
{
    struct mutter_output *o = (struct mutter_output *)base;
    bool open = pf_mutter_session_is_open(o->session);
    pf_mutter_session_close(o->session);
    if (open)
        await_removal(o);
    free(o);
}

static const struct pf_output_ops output_ops = {.alive = output_alive, .destroy = output_destroy};

/* Session, monitor, arrangement. */
static int furnish(
    sd_bus *bus, struct mutter_output *o, const struct pf_display_request *request, struct pf_error *err)
{
    struct pf_mutter_state before;
    struct pf_mutter_birth *birth = NULL;
    struct pf_source *source = &o->base.source;
    int rc = pf_mutter_state_get(bus, &before, err);
    if (rc == 0)
        rc = pf_mutter_session_open(o->dbus_address, request->hardware_cursor, &o->session, err);
    if (rc < 0)
        return rc;
    source->node_id = pf_mutter_session_node(o->session);
    source->conversation = pf_mutter_session_id(o->session);
    rc = pf_mutter_birth_begin(source->node_id, &source->mode, &birth, err);
    if (rc == 0)
        rc = await_monitor(bus, &before, o, err);
    if (rc == 0 && request->first_in_group)
        rc = arrange(bus, o, request->topology, err);
    pf_mutter_birth_end(birth);
    return rc;
}

static bool is_possible(const struct pf_mode *m)
{
    return m->width && m->height && m->refresh_mhz && m->width <= SIDE_MAX && m->height <= SIDE_MAX;
}

static int create(const struct pf_session_env *env, const struct pf_display_request *request,
    struct pf_output **ret_output, struct pf_error *err)
{
    if (!is_possible(&request->mode))
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
    int rc = pf_mutter_bus_open(env->dbus_address, &bus, err);
    if (rc == 0)
        rc = furnish(bus, o, request, err);
    sd_bus_flush_close_unref(bus);
    if (rc == 0) {
        *ret_output = &o->base;
        return 0;
    }
    if (o->session)
        pf_mutter_session_close(o->session);
    free(o);
    return pf_error_prefix(err, rc, "no display could be made");
}

static int probe(const struct pf_session_env *env, struct pf_error *err)
{
    struct pf_pw_connection pipewire;
    sd_bus *bus;
    if (env->kind != PF_SESSION_MUTTER)
        return pf_error_set(err, -ENODEV, "GNOME is not running");
    int rc = pf_mutter_bus_open(env->dbus_address, &bus, err);
    if (rc == 0) {
        rc = pf_mutter_check(bus, err);
        sd_bus_flush_close_unref(bus);
    }
    if (rc == 0 && (rc = pf_pw_connect(&pipewire, "pf-probe", err)) == 0)
        pf_pw_disconnect(&pipewire);
    return rc;
}

const struct pf_display_backend pf_display_mutter = {
    .name = "mutter", .kind = PF_SESSION_MUTTER, .probe = probe, .create = create};

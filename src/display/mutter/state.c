#include "display/mutter/state.h"

#include "mutter/bus.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PATH      "/org/gnome/Mutter/DisplayConfig"
#define TEMPORARY 1u /* dropped by Mutter itself when monitors come or go; persistent ones ask the user */

static void copy(char out[64], const char *text)
{
    snprintf(out, 64, "%s", text);
}

/* ---- reading --------------------------------------------------------------------------------------------
 */

/* The value of a boolean in the a{sv} that follows, false if it is not there. */
static int read_flag(sd_bus_message *m, const char *wanted, bool *ret_value)
{
    const char *name;
    int value, rc = sd_bus_message_enter_container(m, 'a', "{sv}");
    while (rc >= 0 && (rc = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        rc = sd_bus_message_read(m, "s", &name);
        if (rc >= 0 && !strcmp(name, wanted)) {
            rc = sd_bus_message_read(m, "v", "b", &value);
            *ret_value = rc >= 0 && value;
        } else if (rc >= 0) {
            rc = sd_bus_message_skip(m, "v");
        }
        if (rc >= 0)
            rc = sd_bus_message_exit_container(m);
    }
    return rc < 0 ? rc : sd_bus_message_exit_container(m);
}

static int read_scales(sd_bus_message *m, double ret_scale[PF_MUTTER_SCALES], unsigned *ret_count)
{
    double scale;
    int rc = sd_bus_message_enter_container(m, 'a', "d");
    *ret_count = 0;
    while (rc >= 0 && (rc = sd_bus_message_read(m, "d", &scale)) > 0)
        if (*ret_count < PF_MUTTER_SCALES)
            ret_scale[(*ret_count)++] = scale;
    return rc < 0 ? rc : sd_bus_message_exit_container(m);
}

/* Modes: only the current one counts. */
static int read_modes(sd_bus_message *m, struct pf_mutter_monitor *monitor)
{
    const char *id;
    int32_t width, height;
    double refresh, preferred_scale, scale[PF_MUTTER_SCALES];
    unsigned scales;
    int rc = sd_bus_message_enter_container(m, 'a', "(siiddada{sv})");
    while (rc >= 0 && (rc = sd_bus_message_enter_container(m, 'r', "siiddada{sv}")) > 0) {
        bool current = false;
        rc = sd_bus_message_read(m, "siidd", &id, &width, &height, &refresh, &preferred_scale);
        if (rc >= 0)
            rc = read_scales(m, scale, &scales);
        if (rc >= 0)
            rc = read_flag(m, "is-current", &current);
        if (rc >= 0)
            rc = sd_bus_message_exit_container(m);
        if (rc >= 0 && current && width > 0 && height > 0 && refresh > 0 && refresh < 1e6) {
            copy(monitor->mode_id, id);
            monitor->scales = scales;
            memcpy(monitor->scale, scale, scales * sizeof(scale[0]));
            monitor->mode =
                (struct pf_mode){(uint32_t)width, (uint32_t)height, (uint32_t)lround(refresh * 1000)};
        }
    }
    return rc < 0 ? rc : sd_bus_message_exit_container(m);
}

static int read_monitors(sd_bus_message *m, struct pf_mutter_state *state)
{
    const char *connector, *vendor, *product, *serial;
    int rc = sd_bus_message_enter_container(m, 'a', "((ssss)a(siiddada{sv})a{sv})");
    while (rc >= 0 && (rc = sd_bus_message_enter_container(m, 'r', "(ssss)a(siiddada{sv})a{sv}")) > 0) {
        struct pf_mutter_monitor monitor = {0};
        rc = sd_bus_message_read(m, "(ssss)", &connector, &vendor, &product, &serial);
        if (rc >= 0) {
            copy(monitor.connector, connector);
            copy(monitor.product, product);
            copy(monitor.serial, serial);
            rc = read_modes(m, &monitor);
        }
        if (rc >= 0)
            rc = sd_bus_message_skip(m, "a{sv}");
        if (rc >= 0)
            rc = sd_bus_message_exit_container(m);
        if (rc >= 0 && state->monitors < PF_MUTTER_MONITORS)
            state->monitor[state->monitors++] = monitor;
    }
    return rc < 0 ? rc : sd_bus_message_exit_container(m);
}

static int read_members(
    sd_bus_message *m, const struct pf_mutter_state *state, struct pf_mutter_logical *logical)
{
    const char *connector, *vendor, *product, *serial;
    int rc = sd_bus_message_enter_container(m, 'a', "(ssss)");
    while (rc >= 0 && (rc = sd_bus_message_read(m, "(ssss)", &connector, &vendor, &product, &serial)) > 0) {
        int i = pf_mutter_state_find(state, connector, NULL);
        if (i >= 0 && logical->count < PF_MUTTER_MONITORS)
            logical->monitor[logical->count++] = (unsigned)i;
    }
    return rc < 0 ? rc : sd_bus_message_exit_container(m);
}

static int read_logicals(sd_bus_message *m, struct pf_mutter_state *state)
{
    int rc = sd_bus_message_enter_container(m, 'a', "(iiduba(ssss)a{sv})");
    while (rc >= 0 && (rc = sd_bus_message_enter_container(m, 'r', "iiduba(ssss)a{sv}")) > 0) {
        struct pf_mutter_logical logical = {0};
        int primary = 0;
        rc = sd_bus_message_read(
            m, "iidub", &logical.x, &logical.y, &logical.scale, &logical.transform, &primary);
        logical.primary = primary;
        if (rc >= 0)
            rc = read_members(m, state, &logical);
        if (rc >= 0)
            rc = sd_bus_message_skip(m, "a{sv}");
        if (rc >= 0)
            rc = sd_bus_message_exit_container(m);
        if (rc >= 0 && logical.count && state->logicals < PF_MUTTER_MONITORS)
            state->logical[state->logicals++] = logical;
    }
    return rc < 0 ? rc : sd_bus_message_exit_container(m);
}

static int read_layout_mode(sd_bus_message *m, struct pf_mutter_state *state)
{
    const char *name;
    uint32_t mode = 2;
    int rc = sd_bus_message_enter_container(m, 'a', "{sv}");
    while (rc >= 0 && (rc = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        rc = sd_bus_message_read(m, "s", &name);
        if (rc >= 0)
            rc = strcmp(name, "layout-mode") ? sd_bus_message_skip(m, "v")
                                             : sd_bus_message_read(m, "v", "u", &mode);
        if (rc >= 0)
            rc = sd_bus_message_exit_container(m);
    }
    state->logical_pixels = mode == 1;
    return rc < 0 ? rc : sd_bus_message_exit_container(m);
}

int pf_mutter_state_get(sd_bus *bus, struct pf_mutter_state *ret_state, struct pf_error *err)
{
    sd_bus_error why = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    struct pf_mutter_state state = {0};
    int rc = sd_bus_call_method(
        bus, PF_MUTTER_DISPLAY_CONFIG, PATH, PF_MUTTER_DISPLAY_CONFIG, "GetCurrentState", &why, &reply, NULL);
    if (rc >= 0)
        rc = sd_bus_message_read(reply, "u", &state.serial);
    if (rc >= 0)
        rc = read_monitors(reply, &state);
    if (rc >= 0)
        rc = read_logicals(reply, &state);
    if (rc >= 0)
        rc = read_layout_mode(reply, &state);
    if (rc < 0)
        rc = pf_mutter_explain(rc, &why, "GNOME did not list its monitors", err);
    else
        *ret_state = state;
    sd_bus_message_unref(reply);
    sd_bus_error_free(&why);
    return rc < 0 ? rc : 0;
}

/* ---- looking --------------------------------------------------------------------------------------------
 */

int pf_mutter_state_find(const struct pf_mutter_state *state, const char *connector, const char *serial)
{
    for (unsigned i = 0; i < state->monitors; i++)
        if (!strcmp(state->monitor[i].connector, connector) &&
            (!serial || !strcmp(state->monitor[i].serial, serial)))
            return (int)i;
    return -1;
}

int pf_mutter_state_find_new(
    const struct pf_mutter_state *state, const struct pf_mutter_state *before, const struct pf_mode *mode)
{
    int found = -1;
    for (unsigned i = 0; i < state->monitors; i++) {
        const struct pf_mutter_monitor *m = &state->monitor[i];
        if (pf_mutter_state_find(before, m->connector, m->serial) >= 0)
            continue;
        if (m->mode.width == mode->width && m->mode.height == mode->height)
            return (int)i;
        found = (int)i;
    }
    return found;
}

static bool same_monitor(const struct pf_mutter_monitor *a, const struct pf_mutter_monitor *b)
{
    return !strcmp(a->connector, b->connector) && !strcmp(a->serial, b->serial) &&
           !strcmp(a->mode_id, b->mode_id);
}

static bool same_logical(const struct pf_mutter_logical *a, const struct pf_mutter_logical *b)
{
    bool same = a->x == b->x && a->y == b->y && fabs(a->scale - b->scale) < 1e-6 &&
                a->transform == b->transform && a->primary == b->primary && a->count == b->count;
    for (unsigned i = 0; same && i < a->count; i++)
        same = a->monitor[i] == b->monitor[i];
    return same;
}

bool pf_mutter_state_equal(const struct pf_mutter_state *a, const struct pf_mutter_state *b)
{
    bool same = a->serial == b->serial && a->monitors == b->monitors && a->logicals == b->logicals;
    for (unsigned i = 0; same && i < a->monitors; i++)
        same = same_monitor(&a->monitor[i], &b->monitor[i]);
    for (unsigned i = 0; same && i < a->logicals; i++)
        same = same_logical(&a->logical[i], &b->logical[i]);
    return same;
}

bool pf_mutter_state_scale(const struct pf_mutter_state *state, unsigned monitor, double *ret_scale)
{
    for (unsigned i = 0; i < state->logicals; i++)
        for (unsigned j = 0; j < state->logical[i].count; j++)
            if (state->logical[i].monitor[j] == monitor) {
                *ret_scale = state->logical[i].scale;
                return true;
            }
    return false;
}

bool pf_mutter_is_recorded(const struct pf_mutter_monitor *monitor)
{
    return !strcmp(monitor->product, "Virtual remote monitor");
}

/* ---- arranging ------------------------------------------------------------------------------------------
 */

static int append_logical(
    sd_bus_message *m, const struct pf_mutter_state *state, const struct pf_mutter_logical *l)
{
    int rc = sd_bus_message_open_container(m, 'r', "iiduba(ssa{sv})");
    if (rc >= 0)
        rc = sd_bus_message_append(m, "iidub", l->x, l->y, l->scale, l->transform, (int)l->primary);
    if (rc >= 0)
        rc = sd_bus_message_open_container(m, 'a', "(ssa{sv})");
    for (unsigned i = 0; rc >= 0 && i < l->count; i++) {
        const struct pf_mutter_monitor *monitor = &state->monitor[l->monitor[i]];
        rc = sd_bus_message_append(m, "(ssa{sv})", monitor->connector, monitor->mode_id, 0);
    }
    if (rc >= 0)
        rc = sd_bus_message_close_container(m);
    return rc < 0 ? rc : sd_bus_message_close_container(m);
}

int pf_mutter_state_apply(sd_bus *bus, const struct pf_mutter_state *state,
    const struct pf_mutter_logical *logical, unsigned count, struct pf_error *err)
{
    sd_bus_error why = SD_BUS_ERROR_NULL;
    sd_bus_message *call = NULL;
    int rc = sd_bus_message_new_method_call(
        bus, &call, PF_MUTTER_DISPLAY_CONFIG, PATH, PF_MUTTER_DISPLAY_CONFIG, "ApplyMonitorsConfig");
    if (rc >= 0)
        rc = sd_bus_message_append(call, "uu", state->serial, TEMPORARY);
    if (rc >= 0)
        rc = sd_bus_message_open_container(call, 'a', "(iiduba(ssa{sv}))");
    for (unsigned i = 0; rc >= 0 && i < count; i++)
        rc = append_logical(call, state, &logical[i]);
    if (rc >= 0)
        rc = sd_bus_message_close_container(call);
    if (rc >= 0)
        rc = sd_bus_message_append(call, "a{sv}", 0);
    if (rc >= 0)
        rc = sd_bus_call(bus, call, 0, &why, NULL);
    if (rc < 0)
        rc = pf_mutter_explain(rc, &why, "GNOME refused to arrange its monitors", err);
    sd_bus_message_unref(call);
    sd_bus_error_free(&why);
    return rc < 0 ? rc : 0;
}

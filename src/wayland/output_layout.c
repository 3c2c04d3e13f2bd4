#include "wayland/output_layout.h"

#include "base/time.h"
#include "wayland/client.h"
#include "xdg-output-unstable-v1-client-protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_NS     (5 * PF_NS_PER_S)
#define OUTPUTS_MAX 32u
#define FAR         (1 << 20) /* logical pixels; what lies beyond is no desktop */

struct placed_output {
    struct wl_output *output;
    struct zxdg_output_v1 *logical;
    uint32_t global; /* its registry name */
    char name[64];
    int32_t x, y, width, height;
};

struct pf_output_layout {
    struct wl_display *display;
    struct wl_registry *registry;
    struct zxdg_output_manager_v1 *manager;
    struct placed_output outputs[OUTPUTS_MAX];
    unsigned count;
};

/* ---- outputs --------------------------------------------------------------------------------------------
 */

static struct placed_output *output_of(struct pf_output_layout *l, struct zxdg_output_v1 *logical)
{
    for (unsigned i = 0; i < l->count; i++)
        if (l->outputs[i].logical == logical)
            return &l->outputs[i];
    return NULL;
}

static void logical_position(void *data, struct zxdg_output_v1 *logical, int32_t x, int32_t y)
{
    struct placed_output *o = output_of(data, logical);
    if (o) {
        o->x = x;
        o->y = y;
    }
}

static void logical_size(void *data, struct zxdg_output_v1 *logical, int32_t width, int32_t height)
{
    struct placed_output *o = output_of(data, logical);
    if (o) {
        o->width = width;
        o->height = height;
    }
}

static void logical_done(void *data, struct zxdg_output_v1 *logical)
{
}

static void logical_name(void *data, struct zxdg_output_v1 *logical, const char *name)
{
    struct placed_output *o = output_of(data, logical);
    if (o)
        snprintf(o->name, sizeof(o->name), "%s", name);
}

static void logical_description(void *data, struct zxdg_output_v1 *logical, const char *description)
{
}

static const struct zxdg_output_v1_listener logical_listener = {.logical_position = logical_position,
    .logical_size = logical_size,
    .done = logical_done,
    .name = logical_name,
    .description = logical_description};

/* Outputs may be announced before the manager. */
static void ask(struct pf_output_layout *l, struct placed_output *o)
{
    if (!l->manager || o->logical)
        return;
    o->logical = zxdg_output_manager_v1_get_xdg_output(l->manager, o->output);
    zxdg_output_v1_add_listener(o->logical, &logical_listener, l);
}

static void forget(struct placed_output *o)
{
    if (o->logical)
        zxdg_output_v1_destroy(o->logical);
    wl_output_destroy(o->output);
}

/* ---- globals --------------------------------------------------------------------------------------------
 */

static void global(
    void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
    struct pf_output_layout *l = data;
    if (!strcmp(interface, zxdg_output_manager_v1_interface.name) && version >= 2 && !l->manager) {
        l->manager = wl_registry_bind(registry, name, &zxdg_output_manager_v1_interface, 2);
        for (unsigned i = 0; i < l->count; i++)
            ask(l, &l->outputs[i]);
    } else if (!strcmp(interface, wl_output_interface.name) && l->count < OUTPUTS_MAX) {
        struct placed_output *o = &l->outputs[l->count++];
        *o = (struct placed_output){
            .output = wl_registry_bind(registry, name, &wl_output_interface, 1), .global = name};
        ask(l, o);
    }
}

static void global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
    struct pf_output_layout *l = data;
    for (unsigned i = 0; i < l->count; i++)
        if (l->outputs[i].global == name) {
            forget(&l->outputs[i]);
            l->outputs[i] = l->outputs[--l->count];
            return;
        }
}

static const struct wl_registry_listener registry_listener = {
    .global = global, .global_remove = global_remove};

/* ---- asking ---------------------------------------------------------------------------------------------
 */

bool pf_output_layout_is_unknown(const struct pf_output_layout *l)
{
    return !l->manager;
}

static bool is_sane(const struct placed_output *o)
{
    return o->width > 0 && o->height > 0 && o->width < FAR && o->height < FAR && abs(o->x) < FAR &&
           abs(o->y) < FAR;
}

bool pf_output_layout_find(
    const struct pf_output_layout *l, const char *name, struct pf_output_area *ret_area)
{
    const struct placed_output *found = NULL;
    int32_t left = FAR, top = FAR, right = -FAR, bottom = -FAR;
    for (unsigned i = 0; i < l->count; i++) {
        const struct placed_output *o = &l->outputs[i];
        if (!is_sane(o))
            continue;
        left = o->x < left ? o->x : left;
        top = o->y < top ? o->y : top;
        right = o->x + o->width > right ? o->x + o->width : right;
        bottom = o->y + o->height > bottom ? o->y + o->height : bottom;
        if (!strcmp(o->name, name))
            found = o;
    }
    if (left == FAR || (name[0] && !found))
        return false;
    struct pf_output_area area = {
        .all_width = (uint32_t)(right - left), .all_height = (uint32_t)(bottom - top)};
    area.x = found ? (uint32_t)(found->x - left) : 0;
    area.y = found ? (uint32_t)(found->y - top) : 0;
    area.width = found ? (uint32_t)found->width : area.all_width;
    area.height = found ? (uint32_t)found->height : area.all_height;
    *ret_area = area;
    return true;
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

/* One that was made a moment ago may not be announced yet. */
static int wait_for(struct pf_output_layout *l, const char *wanted, uint64_t deadline)
{
    struct pf_output_area area;
    for (;;) {
        int rc = pf_wayland_roundtrip(l->display, deadline); /* globals */
        if (rc == 0)
            rc = pf_wayland_roundtrip(l->display, deadline); /* what they say of themselves */
        if (rc < 0)
            return rc;
        if (!wanted[0] || !l->manager || pf_output_layout_find(l, wanted, &area))
            return 0;
        if (pf_time_mono_ns() >= deadline)
            return -ENODEV;
        pf_wayland_dispatch(l->display, -1, 50);
    }
}

int pf_output_layout_open(const char *socket, const char *wanted, struct pf_output_layout **ret_layout)
{
    struct pf_output_layout *l = calloc(1, sizeof(*l));
    if (!l)
        return -ENOMEM;
    int rc = pf_wayland_connect(socket, &l->display);
    if (rc == 0) {
        l->registry = wl_display_get_registry(l->display);
        wl_registry_add_listener(l->registry, &registry_listener, l);
        rc = wait_for(l, wanted, pf_time_mono_ns() + OPEN_NS);
    }
    if (rc == 0)
        *ret_layout = l;
    else
        pf_output_layout_close(l);
    return rc;
}

void pf_output_layout_close(struct pf_output_layout *l)
{
    if (!l)
        return;
    for (unsigned i = 0; i < l->count; i++)
        forget(&l->outputs[i]);
    if (l->manager)
        zxdg_output_manager_v1_destroy(l->manager);
    if (l->registry)
        wl_registry_destroy(l->registry);
    if (l->display)
        wl_display_disconnect(l->display);
    free(l);
}

int pf_output_layout_fd(const struct pf_output_layout *l)
{
    return wl_display_get_fd(l->display);
}

int pf_output_layout_dispatch(struct pf_output_layout *l)
{
    return pf_wayland_dispatch(l->display, -1, 0);
}

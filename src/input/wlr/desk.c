#include "input/wlr/desk.h"

#include "base/time.h"
#include "virtual-keyboard-unstable-v1-client-protocol.h"
#include "wayland/client.h"
#include "wlr-virtual-pointer-unstable-v1-client-protocol.h"

#include <errno.h>
#include <string.h>

#define OPEN_NS       (5 * PF_NS_PER_S)
#define OUTPUT_NAME_V 4u
#define POINTER_V     2u /* brings pointers of one output */

/* ---- outputs --------------------------------------------------------------------------------------------
 */

static void output_geometry(void *data, struct wl_output *output, int32_t x, int32_t y, int32_t width_mm,
    int32_t height_mm, int32_t subpixel, const char *make, const char *model, int32_t transform)
{
}

static void output_mode(
    void *data, struct wl_output *output, uint32_t flags, int32_t width, int32_t height, int32_t refresh)
{
}

static void output_done(void *data, struct wl_output *output)
{
}

static void output_scale(void *data, struct wl_output *output, int32_t factor)
{
}

static void output_name(void *data, struct wl_output *output, const char *name)
{
    struct pf_wlr_output *o = data;
    if (!strcmp(name, o->desk->wanted))
        o->desk->output = o;
}

static void output_description(void *data, struct wl_output *output, const char *description)
{
}

static const struct wl_output_listener output_listener = {
    .geometry = output_geometry,
    .mode = output_mode,
    .done = output_done,
    .scale = output_scale,
    .name = output_name,
    .description = output_description,
};

static void add_output(struct pf_wlr_desk *d, uint32_t global)
{
    for (unsigned i = 0; i < PF_WLR_OUTPUTS_MAX; i++) {
        struct pf_wlr_output *o = &d->outputs[i];
        if (o->proxy)
            continue;
        *o = (struct pf_wlr_output){.desk = d,
            .proxy = wl_registry_bind(d->registry, global, &wl_output_interface, OUTPUT_NAME_V),
            .global = global};
        wl_output_add_listener(o->proxy, &output_listener, o);
        return;
    }
}

static void remove_output(struct pf_wlr_output *o)
{
    if (o->desk->output == o)
        o->desk->output = NULL;
    wl_output_release(o->proxy);
    o->proxy = NULL;
}

/* ---- globals --------------------------------------------------------------------------------------------
 */

static void global(
    void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
    struct pf_wlr_desk *d = data;
    if (!strcmp(interface, wl_seat_interface.name) && !d->seat)
        d->seat = wl_registry_bind(registry, name, &wl_seat_interface, 1);
    else if (!strcmp(interface, wl_output_interface.name) && version >= OUTPUT_NAME_V)
        add_output(d, name);
    else if (!strcmp(interface, zwlr_virtual_pointer_manager_v1_interface.name) && version >= POINTER_V)
        d->pointers = wl_registry_bind(registry, name, &zwlr_virtual_pointer_manager_v1_interface, POINTER_V);
    else if (!strcmp(interface, zwp_virtual_keyboard_manager_v1_interface.name))
        d->keyboards = wl_registry_bind(registry, name, &zwp_virtual_keyboard_manager_v1_interface, 1);
}

static void global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
    struct pf_wlr_desk *d = data;
    for (unsigned i = 0; i < PF_WLR_OUTPUTS_MAX; i++)
        if (d->outputs[i].proxy && d->outputs[i].global == name)
            remove_output(&d->outputs[i]);
}

static const struct wl_registry_listener registry_listener = {
    .global = global, .global_remove = global_remove};

/* ---- open and close -------------------------------------------------------------------------------------
 */

static int find_globals(struct pf_wlr_desk *d, uint64_t deadline)
{
    for (;;) {
        int rc = pf_wayland_roundtrip(d->display, deadline); /* globals; binds those of interest */
        if (!rc)
            rc = pf_wayland_roundtrip(d->display, deadline); /* their first events */
        if (rc)
            return rc;
        if (!d->seat || !d->pointers || !d->keyboards)
            return -ENOTSUP;
        if (d->output || !d->wanted[0])
            return 0;
        if (pf_time_mono_ns() >= deadline)
            return -ENODEV;
        pf_wayland_dispatch(d->display, -1, 50);
    }
}

static int explain(int rc, const char *wanted, struct pf_error *err)
{
    if (rc == -ENOTSUP)
        return pf_error_set(err, rc, "the compositor takes no virtual pointers and keyboards");
    if (rc == -ENODEV)
        return pf_error_set(err, rc, "the compositor has no output %s to deliver input to", wanted);
    if (rc == -ETIMEDOUT)
        return pf_error_set(err, rc, "the compositor did not answer within 5 s; it seems to hang");
    return pf_error_set(err, rc, "the compositor closed the connection for input");
}

int pf_wlr_desk_open(struct pf_wlr_desk *d, const char *socket, const char *wanted, struct pf_error *err)
{
    *d = (struct pf_wlr_desk){.wanted = wanted};
    int rc = pf_wayland_connect(socket, &d->display);
    if (rc < 0)
        return pf_error_set(err, rc == -ENOMEM ? rc : -ECONNREFUSED,
            "the compositor does not answer on %s (%s); has it ended?", socket, strerror(-rc));
    d->registry = wl_display_get_registry(d->display);
    wl_registry_add_listener(d->registry, &registry_listener, d);
    rc = find_globals(d, pf_time_mono_ns() + OPEN_NS);
    if (rc == 0)
        return 0;
    pf_wlr_desk_close(d);
    return explain(rc, wanted, err);
}

void pf_wlr_desk_close(struct pf_wlr_desk *d)
{
    if (!d->display)
        return;
    for (unsigned i = 0; i < PF_WLR_OUTPUTS_MAX; i++)
        if (d->outputs[i].proxy)
            remove_output(&d->outputs[i]);
    if (d->pointers)
        zwlr_virtual_pointer_manager_v1_destroy(d->pointers);
    if (d->keyboards)
        zwp_virtual_keyboard_manager_v1_destroy(d->keyboards);
    if (d->seat)
        wl_seat_destroy(d->seat);
    wl_registry_destroy(d->registry);
    wl_display_disconnect(d->display);
    *d = (struct pf_wlr_desk){0};
}

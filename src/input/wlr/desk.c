#include "input/wlr/desk.h"

#include "base/time.h"
#include "virtual-keyboard-unstable-v1-client-protocol.h"
#include "wayland/client.h"
#include "wlr-virtual-pointer-unstable-v1-client-protocol.h"

#include <errno.h>
#include <string.h>

#define OPEN_NS   (5 * PF_NS_PER_S)
#define POINTER_V 2u /* brings pointers of one output */

/* ---- globals --------------------------------------------------------------------------------------------
 */

static void global(
    void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
    struct pf_wlr_desk *d = data;
    if (!strcmp(interface, wl_seat_interface.name) && !d->seat)
        d->seat = wl_registry_bind(registry, name, &wl_seat_interface, 1);
    else if (!strcmp(interface, wl_output_interface.name))
        pf_output_search_offer(&d->search, registry, name, version);
    else if (!strcmp(interface, zwlr_virtual_pointer_manager_v1_interface.name) && version >= POINTER_V)
        d->pointers = wl_registry_bind(registry, name, &zwlr_virtual_pointer_manager_v1_interface, POINTER_V);
    else if (!strcmp(interface, zwp_virtual_keyboard_manager_v1_interface.name))
        d->keyboards = wl_registry_bind(registry, name, &zwp_virtual_keyboard_manager_v1_interface, 1);
}

static void global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
    struct pf_wlr_desk *d = data;
    pf_output_search_removed(&d->search, name);
}

static const struct wl_registry_listener registry_listener = {
    .global = global, .global_remove = global_remove};

/* ---- open and close -------------------------------------------------------------------------------------
 */

static int find_globals(struct pf_wlr_desk *d, uint64_t deadline)
{
    int rc = pf_output_search_run(&d->search, d->display, deadline);
    bool lacks = !d->seat || !d->pointers || !d->keyboards;
    return lacks && (rc == 0 || rc == -ENODEV) ? -ENOTSUP : rc;
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
    *d = (struct pf_wlr_desk){.search = {.wanted = wanted}};
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
    pf_output_search_finish(&d->search);
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

#include "kwin/desk.h"

#include "base/process.h"
#include "base/time.h"
#include "fake-input-client-protocol.h"
#include "kde-output-device-v2-client-protocol.h"
#include "kde-output-management-v2-client-protocol.h"
#include "kde-output-order-v1-client-protocol.h"
#include "kwin/device.h"
#include "wayland/client.h"
#include "zkde-screencast-unstable-v1-client-protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define OPEN_NS    (5 * PF_NS_PER_S)
#define REFRESH_NS (3 * PF_NS_PER_S)
#define REGISTRY_V 21u /* outputs come from a registry of their own from here on */

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* ---- globals -------------------------------------------------------------------------------------------
 */

static void registry_output(
    void *data, struct kde_output_device_registry_v2 *registry, struct kde_output_device_v2 *output)
{
    pf_kwin_output_add(data, output, 0);
}

static void registry_finished(void *data, struct kde_output_device_registry_v2 *registry)
{
}

static const struct kde_output_device_registry_v2_listener device_registry_listener = {
    .finished = registry_finished, .output = registry_output};

static void order_output(void *data, struct kde_output_order_v1 *order, const char *name)
{
    struct pf_kwin_desk *d = data;
    if (d->order_begins)
        d->ordered_count = 0;
    d->order_begins = false;
    if (d->ordered_count < PF_KWIN_HEADS)
        snprintf(d->ordered[d->ordered_count++], PF_KWIN_HEAD_NAME, "%s", name ? name : "");
}

static void order_done(void *data, struct kde_output_order_v1 *order)
{
    ((struct pf_kwin_desk *)data)->order_begins = true;
}

static const struct kde_output_order_v1_listener order_listener = {
    .output = order_output, .done = order_done};

static void global(
    void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
    struct pf_kwin_desk *d = data;
    if (!strcmp(interface, zkde_screencast_unstable_v1_interface.name)) {
        d->screencast = (struct pf_kwin_global){name, version};
    } else if (!strcmp(interface, org_kde_kwin_fake_input_interface.name)) {
        d->fake_input = (struct pf_kwin_global){name, version};
    } else if (!strcmp(interface, kde_output_management_v2_interface.name) && !d->management) {
        d->management_version = lesser(version, (uint32_t)kde_output_management_v2_interface.version);
        d->management =
            wl_registry_bind(registry, name, &kde_output_management_v2_interface, d->management_version);
    } else if (!strcmp(interface, kde_output_device_registry_v2_interface.name) && version >= REGISTRY_V &&
               !d->device_registry) {
        d->device_registry = wl_registry_bind(registry, name, &kde_output_device_registry_v2_interface,
            lesser(version, (uint32_t)kde_output_device_registry_v2_interface.version));
        kde_output_device_registry_v2_add_listener(d->device_registry, &device_registry_listener, d);
    } else if (!strcmp(interface, kde_output_device_v2_interface.name)) {
        uint32_t ours = lesser(version, (uint32_t)kde_output_device_v2_interface.version);
        pf_kwin_output_add(d, wl_registry_bind(registry, name, &kde_output_device_v2_interface, ours), name);
    } else if (!strcmp(interface, kde_output_order_v1_interface.name) && !d->order) {
        d->order = wl_registry_bind(registry, name, &kde_output_order_v1_interface, 1);
        kde_output_order_v1_add_listener(d->order, &order_listener, d);
    }
}

static void global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
    struct pf_kwin_desk *d = data;
    for (struct pf_kwin_output *o = d->outputs, *next; o; o = next) {
        next = o->next;
        if (o->global == name)
            pf_kwin_output_drop(o);
    }
}

static const struct wl_registry_listener registry_listener = {
    .global = global, .global_remove = global_remove};

/* ---- open and close -------------------------------------------------------------------------------------
 */

static int explain(int rc, struct pf_error *err)
{
    if (rc == -ETIMEDOUT)
        return pf_error_set(err, rc, "KWin did not answer within 5 s; it seems to hang");
    if (rc == -ENOTSUP)
        return pf_error_set(err, rc, "the compositor is no KWin, or older than 5.27");
    return pf_error_set(err, rc, "KWin closed the connection");
}

int pf_kwin_desk_open(struct pf_kwin_desk *d, const char *socket, struct pf_error *err)
{
    *d = (struct pf_kwin_desk){.order_begins = true};
    int rc = pf_wayland_connect(socket, &d->display);
    if (rc < 0)
        return pf_error_set(err, rc == -ENOMEM ? rc : -ECONNREFUSED,
            "KWin does not answer on %s (%s); has it ended?", socket[0] ? socket : "its Wayland socket",
            strerror(-rc));
    uint64_t deadline = pf_time_mono_ns() + OPEN_NS;
    d->registry = wl_display_get_registry(d->display);
    wl_registry_add_listener(d->registry, &registry_listener, d);
    rc = pf_wayland_roundtrip(d->display, deadline); /* globals; binds those of interest */
    if (rc == 0)
        rc = pf_wayland_roundtrip(d->display, deadline); /* outputs */
    if (rc == 0 && d->device_registry)
        rc = pf_wayland_roundtrip(d->display, deadline); /* what the registry's outputs say */
    if (rc == 0 && !d->management && !d->screencast.version && !d->fake_input.version)
        rc = -ENOTSUP;
    if (rc == 0)
        return 0;
    pf_kwin_desk_close(d);
    return explain(rc, err);
}

void pf_kwin_desk_close(struct pf_kwin_desk *d)
{
    if (!d->display)
        return;
    while (d->outputs)
        pf_kwin_output_drop(d->outputs);
    if (d->order)
        kde_output_order_v1_destroy(d->order);
    if (d->device_registry)
        kde_output_device_registry_v2_destroy(d->device_registry);
    if (d->management)
        kde_output_management_v2_destroy(d->management);
    wl_registry_destroy(d->registry);
    wl_display_flush(d->display);
    wl_display_disconnect(d->display);
    *d = (struct pf_kwin_desk){0};
}

void pf_kwin_desk_instance(const struct pf_kwin_desk *d, const char *socket, char *out, size_t size)
{
    struct ucred peer = {0};
    socklen_t len = sizeof(peer);
    if (getsockopt(wl_display_get_fd(d->display), SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
        peer.pid = 0;
    snprintf(out, size, "%s %d.%llu", socket, (int)peer.pid,
        (unsigned long long)(peer.pid > 0 ? pf_process_start_time(peer.pid) : 0));
}

int pf_kwin_desk_refresh(struct pf_kwin_desk *d)
{
    uint64_t deadline = pf_time_mono_ns() + REFRESH_NS;
    int rc = pf_wayland_roundtrip(d->display, deadline);
    return rc < 0 ? rc : pf_wayland_roundtrip(d->display, deadline); /* what new outputs say */
}

/* ---- looking --------------------------------------------------------------------------------------------
 */

static uint32_t rank_of(const struct pf_kwin_desk *d, const char *name)
{
    for (size_t i = 0; i < d->ordered_count; i++)
        if (!strcmp(d->ordered[i], name))
            return (uint32_t)i + 1;
    return 0;
}

void pf_kwin_desk_heads(const struct pf_kwin_desk *d, struct pf_kwin_heads *ret_heads)
{
    ret_heads->count = 0;
    for (struct pf_kwin_output *o = d->outputs; o && ret_heads->count < PF_KWIN_HEADS; o = o->next) {
        if (!o->head.name[0])
            continue;
        struct pf_kwin_head *h = &ret_heads->item[ret_heads->count++];
        *h = o->head;
        if (h->enabled && o->current)
            h->mode = o->current->mode;
        if (!pf_kwin_output_tells_priority(o))
            h->priority = rank_of(d, h->name);
    }
}

bool pf_kwin_desk_find_mode(
    const struct pf_kwin_desk *d, const char *output, const struct pf_mode *wanted, struct pf_mode *ret_mode)
{
    const struct pf_kwin_output *o = pf_kwin_output_named(d, output);
    const struct pf_kwin_mode *m = o ? pf_kwin_output_mode(o, wanted, false) : NULL;
    if (o && !m)
        m = pf_kwin_output_mode(o, wanted, true);
    if (m)
        *ret_mode = m->mode;
    return m;
}

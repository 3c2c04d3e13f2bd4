#include "kwin/desk.h"

#include "base/process.h"
#include "base/time.h"
#include "fake-input-client-protocol.h"
#include "kde-output-device-v2-client-protocol.h"
#include "kde-output-management-v2-client-protocol.h"
#include "kde-output-order-v1-client-protocol.h"
#include "wayland/client.h"
#include "zkde-screencast-unstable-v1-client-protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define OPEN_NS      (5 * PF_NS_PER_S)
#define REFRESH_NS   (3 * PF_NS_PER_S)
#define APPLY_NS     (3 * PF_NS_PER_S)
#define REGISTRY_V   21u /* outputs come from a registry of their own from here on */
#define PRIORITY_V   3u  /* of the management, as the following */
#define REPLICATE_V  13u
#define MODES_V      18u
#define HEAD_ORDER_V 18u /* of a device: it tells its priority */
#define MODES_MAX    512u

struct mode {
    struct mode *next;
    struct pf_kwin_output *output;
    struct kde_output_device_mode_v2 *proxy;
    struct pf_mode mode;
};

struct pf_kwin_output {
    struct pf_kwin_output *next;
    struct pf_kwin_desk *desk;
    uint32_t global; /* 0: it came from the registry */
    struct kde_output_device_v2 *proxy;
    struct pf_kwin_head head; /* without mode */
    struct mode *modes, *current;
    unsigned mode_count;
};

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void copy(char out[PF_KWIN_HEAD_NAME], const char *text)
{
    snprintf(out, PF_KWIN_HEAD_NAME, "%s", text ? text : "");
}

/* ---- modes ----------------------------------------------------------------------------------------------
 */

static void drop_mode(struct mode *m)
{
    struct mode **at = &m->output->modes;
    while (*at && *at != m)
        at = &(*at)->next;
    if (*at)
        *at = m->next;
    if (m->output->current == m)
        m->output->current = NULL;
    m->output->mode_count--;
    kde_output_device_mode_v2_destroy(m->proxy);
    free(m);
}

static void mode_size(void *data, struct kde_output_device_mode_v2 *proxy, int32_t width, int32_t height)
{
    struct mode *m = data;
    m->mode.width = width > 0 ? (uint32_t)width : 0;
    m->mode.height = height > 0 ? (uint32_t)height : 0;
}

static void mode_refresh(void *data, struct kde_output_device_mode_v2 *proxy, int32_t millihertz)
{
    struct mode *m = data;
    m->mode.refresh_mhz = millihertz > 0 ? (uint32_t)millihertz : 0;
}

static void mode_preferred(void *data, struct kde_output_device_mode_v2 *proxy)
{
}

static void mode_removed(void *data, struct kde_output_device_mode_v2 *proxy)
{
    drop_mode(data);
}

static void mode_flags(void *data, struct kde_output_device_mode_v2 *proxy, uint32_t flags)
{
}

static const struct kde_output_device_mode_v2_listener mode_listener = {
    .size = mode_size,
    .refresh = mode_refresh,
    .preferred = mode_preferred,
    .removed = mode_removed,
    .flags = mode_flags,
};

static struct mode *mode_of(const struct pf_kwin_output *o, const struct pf_mode *wanted, bool near)
{
    for (struct mode *m = o->modes; m; m = m->next)
        if (near ? pf_kwin_mode_is_near(&m->mode, wanted) : pf_mode_equal(&m->mode, wanted))
            return m;
    return NULL;
}

/* ---- outputs --------------------------------------------------------------------------------------------
 */

static void device_geometry(void *data, struct kde_output_device_v2 *proxy, int32_t x, int32_t y,
    int32_t width_mm, int32_t height_mm, int32_t subpixel, const char *make, const char *model,
    int32_t transform)
{
    struct pf_kwin_output *o = data;
    o->head.x = x;
    o->head.y = y;
    o->head.transform = transform;
}

static void device_current_mode(
    void *data, struct kde_output_device_v2 *proxy, struct kde_output_device_mode_v2 *mode)
{
    struct pf_kwin_output *o = data;
    for (struct mode *m = o->modes; m; m = m->next)
        if (m->proxy == mode)
            o->current = m;
}

static void device_mode(
    void *data, struct kde_output_device_v2 *proxy, struct kde_output_device_mode_v2 *mode)
{
    struct pf_kwin_output *o = data;
    struct mode *m = o->mode_count < MODES_MAX ? calloc(1, sizeof(*m)) : NULL;
    if (!m) {
        kde_output_device_mode_v2_destroy(mode);
        return;
    }
    *m = (struct mode){.next = o->modes, .output = o, .proxy = mode};
    o->modes = m;
    o->mode_count++;
    kde_output_device_mode_v2_add_listener(mode, &mode_listener, m);
}

static void device_scale(void *data, struct kde_output_device_v2 *proxy, wl_fixed_t factor)
{
    ((struct pf_kwin_output *)data)->head.scale = wl_fixed_to_double(factor);
}

static void device_enabled(void *data, struct kde_output_device_v2 *proxy, int32_t enabled)
{
    ((struct pf_kwin_output *)data)->head.enabled = enabled;
}

static void device_uuid(void *data, struct kde_output_device_v2 *proxy, const char *uuid)
{
    copy(((struct pf_kwin_output *)data)->head.uuid, uuid);
}

static void device_name(void *data, struct kde_output_device_v2 *proxy, const char *name)
{
    copy(((struct pf_kwin_output *)data)->head.name, name);
}

static void device_replication_source(void *data, struct kde_output_device_v2 *proxy, const char *source)
{
    copy(((struct pf_kwin_output *)data)->head.mirrored, source);
}

static void device_priority(void *data, struct kde_output_device_v2 *proxy, uint32_t priority)
{
    ((struct pf_kwin_output *)data)->head.priority = priority + 1; /* here they begin with 0 */
}

static void drop_output(struct pf_kwin_output *o)
{
    struct pf_kwin_output **at = &o->desk->outputs;
    while (*at && *at != o)
        at = &(*at)->next;
    if (*at)
        *at = o->next;
    while (o->modes)
        drop_mode(o->modes);
    if (kde_output_device_v2_get_version(o->proxy) >= KDE_OUTPUT_DEVICE_V2_RELEASE_SINCE_VERSION)
        kde_output_device_v2_release(o->proxy);
    else
        kde_output_device_v2_destroy(o->proxy);
    free(o);
}

static void device_removed(void *data, struct kde_output_device_v2 *proxy)
{
    drop_output(data);
}

/* What is of no interest here. */
static void device_done(void *data, struct kde_output_device_v2 *proxy)
{
}
static void device_text(void *data, struct kde_output_device_v2 *proxy, const char *text)
{
}
static void device_number(void *data, struct kde_output_device_v2 *proxy, uint32_t number)
{
}
static void device_brightness_metadata(
    void *data, struct kde_output_device_v2 *proxy, uint32_t most, uint32_t average, uint32_t least)
{
}
static void device_brightness_overrides(
    void *data, struct kde_output_device_v2 *proxy, int32_t most, int32_t average, int32_t least)
{
}
static void device_bits_range(void *data, struct kde_output_device_v2 *proxy, uint32_t least, uint32_t most)
{
}

static const struct kde_output_device_v2_listener device_listener = {
    .geometry = device_geometry,
    .current_mode = device_current_mode,
    .mode = device_mode,
    .done = device_done,
    .scale = device_scale,
    .edid = device_text,
    .enabled = device_enabled,
    .uuid = device_uuid,
    .serial_number = device_text,
    .eisa_id = device_text,
    .capabilities = device_number,
    .overscan = device_number,
    .vrr_policy = device_number,
    .rgb_range = device_number,
    .name = device_name,
    .high_dynamic_range = device_number,
    .sdr_brightness = device_number,
    .wide_color_gamut = device_number,
    .auto_rotate_policy = device_number,
    .icc_profile_path = device_text,
    .brightness_metadata = device_brightness_metadata,
    .brightness_overrides = device_brightness_overrides,
    .sdr_gamut_wideness = device_number,
    .color_profile_source = device_number,
    .brightness = device_number,
    .color_power_tradeoff = device_number,
    .dimming = device_number,
    .replication_source = device_replication_source,
    .ddc_ci_allowed = device_number,
    .max_bits_per_color = device_number,
    .max_bits_per_color_range = device_bits_range,
    .automatic_max_bits_per_color_limit = device_number,
    .edr_policy = device_number,
    .sharpness = device_number,
    .priority = device_priority,
    .auto_brightness = device_number,
    .removed = device_removed,
    .hdr_icc_profile_path = device_text,
    .hdr_color_profile_source = device_number,
    .abm_level = device_number,
};

static void add_output(struct pf_kwin_desk *d, struct kde_output_device_v2 *proxy, uint32_t global)
{
    struct pf_kwin_output *o = proxy ? calloc(1, sizeof(*o)) : NULL;
    if (!o) {
        if (proxy)
            kde_output_device_v2_destroy(proxy);
        return;
    }
    *o = (struct pf_kwin_output){
        .next = d->outputs, .desk = d, .global = global, .proxy = proxy, .head = {.scale = 1}};
    d->outputs = o;
    kde_output_device_v2_add_listener(proxy, &device_listener, o);
}

static void registry_output(
    void *data, struct kde_output_device_registry_v2 *registry, struct kde_output_device_v2 *output)
{
    add_output(data, output, 0);
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
        copy(d->ordered[d->ordered_count++], name);
}

static void order_done(void *data, struct kde_output_order_v1 *order)
{
    ((struct pf_kwin_desk *)data)->order_begins = true;
}

static const struct kde_output_order_v1_listener order_listener = {
    .output = order_output, .done = order_done};

/* ---- globals --------------------------------------------------------------------------------------------
 */

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
        add_output(d, wl_registry_bind(registry, name, &kde_output_device_v2_interface, ours), name);
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
            drop_output(o);
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
        drop_output(d->outputs);
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

void pf_kwin_desk_session(const struct pf_kwin_desk *d, const char *socket, char *out, size_t size)
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

static bool tells_priority(const struct pf_kwin_output *o)
{
    return kde_output_device_v2_get_version(o->proxy) >= HEAD_ORDER_V;
}

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
        if (!tells_priority(o))
            h->priority = rank_of(d, h->name);
    }
}

static struct pf_kwin_output *output_named(const struct pf_kwin_desk *d, const char *name)
{
    for (struct pf_kwin_output *o = d->outputs; o; o = o->next)
        if (!strcmp(o->head.name, name))
            return o;
    return NULL;
}

bool pf_kwin_desk_find_mode(
    const struct pf_kwin_desk *d, const char *output, const struct pf_mode *wanted, struct pf_mode *ret_mode)
{
    const struct pf_kwin_output *o = output_named(d, output);
    const struct mode *m = o ? mode_of(o, wanted, false) : NULL;
    if (o && !m)
        m = mode_of(o, wanted, true);
    if (m)
        *ret_mode = m->mode;
    return m;
}

/* ---- changing -------------------------------------------------------------------------------------------
 */

struct outcome {
    bool applied, failed;
    char reason[160];
};

static void applied(void *data, struct kde_output_configuration_v2 *configuration)
{
    ((struct outcome *)data)->applied = true;
}

static void failed(void *data, struct kde_output_configuration_v2 *configuration)
{
    ((struct outcome *)data)->failed = true;
}

static void failure_reason(void *data, struct kde_output_configuration_v2 *configuration, const char *reason)
{
    struct outcome *o = data;
    snprintf(o->reason, sizeof(o->reason), "%s", reason);
}

static const struct kde_output_configuration_v2_listener configuration_listener = {
    .applied = applied, .failed = failed, .failure_reason = failure_reason};

static int wait_for_outcome(struct pf_kwin_desk *d, const struct outcome *outcome)
{
    uint64_t deadline = pf_time_mono_ns() + APPLY_NS;
    while (!outcome->applied && !outcome->failed) {
        uint64_t now = pf_time_mono_ns();
        if (now >= deadline)
            return -ETIMEDOUT;
        int rc = pf_wayland_dispatch(d->display, -1, (int)((deadline - now) / PF_NS_PER_MS + 1));
        if (rc < 0)
            return rc;
    }
    return outcome->applied ? 0 : -EREMOTEIO;
}

/* Applies the configuration, waits and destroys it. */
static int apply(
    struct pf_kwin_desk *d, struct kde_output_configuration_v2 *configuration, struct pf_error *err)
{
    struct outcome outcome = {0};
    kde_output_configuration_v2_add_listener(configuration, &configuration_listener, &outcome);
    kde_output_configuration_v2_apply(configuration);
    int rc = wait_for_outcome(d, &outcome);
    kde_output_configuration_v2_destroy(configuration);
    if (rc == 0)
        rc = pf_kwin_desk_refresh(d);
    if (rc == -EREMOTEIO)
        pf_error_set(err, rc, "KWin refused the arrangement of its outputs%s%s",
            outcome.reason[0] ? ": " : "", outcome.reason);
    else if (rc == -ETIMEDOUT)
        pf_error_set(err, rc, "KWin did not rearrange its outputs within 3 s");
    else if (rc < 0)
        pf_error_set(err, rc, "KWin closed the connection");
    return rc;
}

static struct kde_output_configuration_v2 *begin(struct pf_kwin_desk *d)
{
    return d->management ? kde_output_management_v2_create_configuration(d->management) : NULL;
}

static void say_priority(const struct pf_kwin_desk *d, struct kde_output_configuration_v2 *configuration,
    const struct pf_kwin_output *o, uint32_t priority)
{
    if (d->management_version >= PRIORITY_V)
        kde_output_configuration_v2_set_priority(
            configuration, o->proxy, tells_priority(o) ? priority - 1 : priority);
    else if (d->management_version == 2 && priority == 1)
        kde_output_configuration_v2_set_primary_output(configuration, o->proxy);
}

static void say(const struct pf_kwin_desk *d, struct kde_output_configuration_v2 *configuration,
    const struct pf_kwin_output *o, const struct pf_kwin_head *want)
{
    kde_output_configuration_v2_enable(configuration, o->proxy, want->enabled);
    if (!want->enabled)
        return;
    const struct mode *mode = want->mode.width ? mode_of(o, &want->mode, false) : NULL;
    if (mode && mode != o->current)
        kde_output_configuration_v2_mode(configuration, o->proxy, mode->proxy);
    if (want->transform != o->head.transform)
        kde_output_configuration_v2_transform(configuration, o->proxy, want->transform);
    if (want->scale > 0 && want->scale != o->head.scale)
        kde_output_configuration_v2_scale(configuration, o->proxy, wl_fixed_from_double(want->scale));
    if (d->management_version >= REPLICATE_V && strcmp(want->mirrored, o->head.mirrored) != 0)
        kde_output_configuration_v2_set_replication_source(configuration, o->proxy, want->mirrored);
    kde_output_configuration_v2_position(configuration, o->proxy, want->x, want->y);
}

/* KWin 5.27 refuses an order that leaves out an output, even one that is off. */
static void say_order(const struct pf_kwin_desk *d, struct kde_output_configuration_v2 *configuration,
    const struct pf_kwin_heads *wanted)
{
    struct pf_kwin_heads now;
    pf_kwin_desk_heads(d, &now);
    if (!pf_kwin_order(&now, wanted))
        return;
    for (size_t i = 0; i < now.count; i++)
        say_priority(d, configuration, output_named(d, now.item[i].name), now.item[i].priority);
}

int pf_kwin_desk_arrange(struct pf_kwin_desk *d, const struct pf_kwin_heads *heads, struct pf_error *err)
{
    struct kde_output_configuration_v2 *configuration = begin(d);
    if (!configuration)
        return pf_error_set(err, -ENOTSUP, "KWin offers this program no kde_output_management_v2");
    struct pf_kwin_heads now;
    pf_kwin_desk_heads(d, &now);
    for (size_t i = 0; i < heads->count; i++) {
        const struct pf_kwin_head *h = pf_kwin_heads_match(&now, &heads->item[i]);
        if (h)
            say(d, configuration, output_named(d, h->name), &heads->item[i]);
    }
    say_order(d, configuration, heads);
    return apply(d, configuration, err);
}

bool pf_kwin_desk_makes_modes(const struct pf_kwin_desk *d)
{
    return d->management && d->management_version >= MODES_V;
}

int pf_kwin_desk_make_mode(
    struct pf_kwin_desk *d, const char *output, const struct pf_mode *mode, struct pf_error *err)
{
    const struct pf_kwin_output *o = output_named(d, output);
    struct kde_output_configuration_v2 *configuration = pf_kwin_desk_makes_modes(d) ? begin(d) : NULL;
    if (!configuration)
        return pf_error_set(err, -ENOTSUP, "this KWin makes no modes; 6.6 and later do");
    if (!o) {
        kde_output_configuration_v2_destroy(configuration);
        return pf_error_set(err, -ENODEV, "KWin no longer lists %s", output);
    }
    struct kde_mode_list_v2 *list = kde_output_management_v2_create_mode_list(d->management);
    kde_mode_list_v2_set_resolution(list, mode->width, mode->height);
    kde_mode_list_v2_set_refresh_rate(list, mode->refresh_mhz);
    kde_mode_list_v2_set_reduced_blanking(list, 0);
    kde_mode_list_v2_add_mode(list);
    kde_output_configuration_v2_set_custom_modes(configuration, o->proxy, list);
    int rc = apply(d, configuration, err);
    kde_mode_list_v2_destroy(list);
    return rc;
}

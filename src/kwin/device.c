#include "kwin/device.h"

#include "kde-output-device-v2-client-protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_ORDER_V 18u /* it tells its priority from here on */
#define MODES_MAX    512u

static void copy(char out[PF_KWIN_HEAD_NAME], const char *text)
{
    snprintf(out, PF_KWIN_HEAD_NAME, "%s", text ? text : "");
}

/* ---- modes ----------------------------------------------------------------------------------------------
 */

static void drop_mode(struct pf_kwin_mode *m)
{
    struct pf_kwin_mode **at = &m->output->modes;
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
    struct pf_kwin_mode *m = data;
    m->mode.width = width > 0 ? (uint32_t)width : 0;
    m->mode.height = height > 0 ? (uint32_t)height : 0;
}

static void mode_refresh(void *data, struct kde_output_device_mode_v2 *proxy, int32_t millihertz)
{
    struct pf_kwin_mode *m = data;
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

struct pf_kwin_mode *pf_kwin_output_mode(
    const struct pf_kwin_output *o, const struct pf_mode *wanted, bool near)
{
    for (struct pf_kwin_mode *m = o->modes; m; m = m->next)
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
    for (struct pf_kwin_mode *m = o->modes; m; m = m->next)
        if (m->proxy == mode)
            o->current = m;
}

static void device_mode(
    void *data, struct kde_output_device_v2 *proxy, struct kde_output_device_mode_v2 *mode)
{
    struct pf_kwin_output *o = data;
    struct pf_kwin_mode *m = o->mode_count < MODES_MAX ? calloc(1, sizeof(*m)) : NULL;
    if (!m) {
        kde_output_device_mode_v2_destroy(mode);
        return;
    }
    *m = (struct pf_kwin_mode){.next = o->modes, .output = o, .proxy = mode};
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

void pf_kwin_output_drop(struct pf_kwin_output *o)
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
    pf_kwin_output_drop(data);
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

void pf_kwin_output_add(struct pf_kwin_desk *d, struct kde_output_device_v2 *proxy, uint32_t global)
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

/* ---- looking -------------------------------------------------------------------------------------------
 */

struct pf_kwin_output *pf_kwin_output_named(const struct pf_kwin_desk *d, const char *name)
{
    for (struct pf_kwin_output *o = d->outputs; o; o = o->next)
        if (!strcmp(o->head.name, name))
            return o;
    return NULL;
}

bool pf_kwin_output_tells_priority(const struct pf_kwin_output *o)
{
    return kde_output_device_v2_get_version(o->proxy) >= HEAD_ORDER_V;
}

#include "capture/wlr/connection.h"

#include "base/time.h"
#include "linux-dmabuf-unstable-v1-client-protocol.h"
#include "media/frame.h"
#include "presentation-time-client-protocol.h"
#include "wayland/client.h"
#include "wlr-screencopy-unstable-v1-client-protocol.h"

#ifdef HAVE_EXT_IMAGE_COPY_CAPTURE
#include "ext-image-capture-source-v1-client-protocol.h"
#include "ext-image-copy-capture-v1-client-protocol.h"
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OPEN_NS           (5 * PF_NS_PER_S)
#define OUTPUT_NAME_V     4
#define SCREENCOPY_V      3
#define DMABUF_V          3
#define DMABUF_FEEDBACK_V 4
#define PLAUSIBLE_NS      (10 * PF_NS_PER_S)

struct pf_wl_candidate {
    struct pf_wl_candidate *next;
    struct pf_wl_connection *connection;
    struct wl_output *output;
    uint32_t global;
    bool matches;
};

/* -- Outputs ------------------------------------------------------------------------------------------- */

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
    struct pf_wl_candidate *candidate = data;
    if (candidate)
        candidate->matches = !strcmp(name, candidate->connection->wanted);
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

static void add_candidate(struct pf_wl_connection *c, uint32_t global)
{
    struct pf_wl_candidate *candidate = calloc(1, sizeof(*candidate));
    if (!candidate)
        return;
    *candidate = (struct pf_wl_candidate){
        .next = c->candidates,
        .connection = c,
        .output = wl_registry_bind(c->registry, global, &wl_output_interface, OUTPUT_NAME_V),
        .global = global,
    };
    c->candidates = candidate;
    wl_output_add_listener(candidate->output, &output_listener, candidate);
}

/* Keeps the output that has the wanted name, drops all others. */
static void settle_candidates(struct pf_wl_connection *c)
{
    while (c->candidates) {
        struct pf_wl_candidate *candidate = c->candidates;
        c->candidates = candidate->next;
        if (candidate->matches && !c->output) {
            c->output = candidate->output;
            c->output_global = candidate->global;
            /* The listener's data goes now; names and modes are of no interest any more. */
            wl_output_set_user_data(c->output, NULL);
        } else {
            wl_output_release(candidate->output);
        }
        free(candidate);
    }
}

/* -- Globals ------------------------------------------------------------------------------------------- */

static void presentation_clock_id(void *data, struct wp_presentation *presentation, uint32_t clock)
{
    struct pf_wl_connection *c = data;
    c->monotonic = clock == CLOCK_MONOTONIC;
}

static const struct wp_presentation_listener presentation_listener = {.clock_id = presentation_clock_id};

static void feedback_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback)
{
}

static void feedback_format_table(
    void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, int32_t fd, uint32_t size)
{
    close(fd);
}

static void feedback_main_device(
    void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *device)
{
    struct pf_wl_connection *c = data;
    if (device->size == sizeof(c->gpu))
        memcpy(&c->gpu, device->data, sizeof(c->gpu));
}

static void feedback_tranche_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback)
{
}

static void feedback_tranche_device(
    void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *device)
{
}

static void feedback_tranche_formats(
    void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, struct wl_array *indices)
{
}

static void feedback_tranche_flags(void *data, struct zwp_linux_dmabuf_feedback_v1 *feedback, uint32_t flags)
{
}

/* All that counts is which GPU it is. */
static const struct zwp_linux_dmabuf_feedback_v1_listener feedback_listener = {
    .done = feedback_done,
    .format_table = feedback_format_table,
    .main_device = feedback_main_device,
    .tranche_done = feedback_tranche_done,
    .tranche_target_device = feedback_tranche_device,
    .tranche_formats = feedback_tranche_formats,
    .tranche_flags = feedback_tranche_flags,
};

static void bind_dmabuf(struct pf_wl_connection *c, uint32_t global, uint32_t version)
{
    version = version < DMABUF_FEEDBACK_V ? version : DMABUF_FEEDBACK_V;
    c->dmabuf = wl_registry_bind(c->registry, global, &zwp_linux_dmabuf_v1_interface, version);
    if (version < DMABUF_FEEDBACK_V)
        return;
    c->feedback = zwp_linux_dmabuf_v1_get_default_feedback(c->dmabuf);
    zwp_linux_dmabuf_feedback_v1_add_listener(c->feedback, &feedback_listener, c);
}

static void registry_global(
    void *data, struct wl_registry *registry, uint32_t global, const char *interface, uint32_t version)
{
    struct pf_wl_connection *c = data;
    if (!strcmp(interface, wl_shm_interface.name) && !c->shm) {
        c->shm = wl_registry_bind(registry, global, &wl_shm_interface, 1);
    } else if (!strcmp(interface, wl_output_interface.name) && c->wanted && version >= OUTPUT_NAME_V) {
        add_candidate(c, global);
    } else if (!strcmp(interface, zwlr_screencopy_manager_v1_interface.name) && version >= SCREENCOPY_V) {
        c->screencopy =
            wl_registry_bind(registry, global, &zwlr_screencopy_manager_v1_interface, SCREENCOPY_V);
    } else if (!strcmp(interface, zwp_linux_dmabuf_v1_interface.name) && version >= DMABUF_V) {
        bind_dmabuf(c, global, version);
    } else if (!strcmp(interface, wp_presentation_interface.name)) {
        c->presentation = wl_registry_bind(registry, global, &wp_presentation_interface, 1);
        wp_presentation_add_listener(c->presentation, &presentation_listener, c);
    }
#ifdef HAVE_EXT_IMAGE_COPY_CAPTURE
    else if (!strcmp(interface, ext_image_copy_capture_manager_v1_interface.name)) {
        c->ext_copy = wl_registry_bind(registry, global, &ext_image_copy_capture_manager_v1_interface, 1);
    } else if (!strcmp(interface, ext_output_image_capture_source_manager_v1_interface.name)) {
        c->ext_source =
            wl_registry_bind(registry, global, &ext_output_image_capture_source_manager_v1_interface, 1);
    }
#endif
}

static void registry_global_remove(void *data, struct wl_registry *registry, uint32_t global)
{
    struct pf_wl_connection *c = data;
    if (c->output && global == c->output_global)
        c->output_gone = true;
}

static const struct wl_registry_listener registry_listener = {
    .global = registry_global,
    .global_remove = registry_global_remove,
};

/* -- Opening ------------------------------------------------------------------------------------------- */

/* An output that was made a moment ago may not be announced yet, so a first miss is no failure. */
static int find_output(struct pf_wl_connection *c, uint64_t deadline)
{
    for (;;) {
        int rc = pf_wayland_roundtrip(c->display, deadline); /* globals; binds those of interest */
        if (!rc)
            rc = pf_wayland_roundtrip(c->display, deadline); /* their first events */
        if (rc)
            return rc;
        settle_candidates(c);
        if (c->output)
            return 0;
        if (pf_time_mono_ns() >= deadline)
            return -ENODEV;
        pf_wayland_dispatch(c->display, -1, 50);
    }
}

int pf_wl_open(struct pf_wl_connection *c, const char *socket, const char *output, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + OPEN_NS;
    *c = (struct pf_wl_connection){.wanted = output};
    int rc = pf_wayland_connect(socket, &c->display);
    if (rc == -ENOMEM)
        return pf_error_set(err, rc, "cannot capture: out of memory");
    if (rc < 0)
        return pf_error_set(err, -ECONNREFUSED,
            "cannot capture: the compositor does not answer on %s (%s); has it ended?", socket,
            strerror(-rc));
    c->registry = wl_display_get_registry(c->display);
    wl_registry_add_listener(c->registry, &registry_listener, c);
    rc = find_output(c, deadline);
    c->wanted = NULL;
    if (!rc)
        return 0;
    pf_wl_close(c);
    if (rc == -ENODEV)
        return pf_error_set(err, rc, "cannot capture: the compositor has no output %s", output);
    if (rc == -ETIMEDOUT)
        return pf_error_set(
            err, rc, "cannot capture: the compositor did not answer within 5 s; it seems to hang");
    return pf_error_set(err, rc, "cannot capture: the compositor closed the connection");
}

void pf_wl_close(struct pf_wl_connection *c)
{
    if (!c->display)
        return;
    c->wanted = NULL;
    settle_candidates(c);
#ifdef HAVE_EXT_IMAGE_COPY_CAPTURE
    if (c->ext_copy)
        ext_image_copy_capture_manager_v1_destroy(c->ext_copy);
    if (c->ext_source)
        ext_output_image_capture_source_manager_v1_destroy(c->ext_source);
#endif
    if (c->screencopy)
        zwlr_screencopy_manager_v1_destroy(c->screencopy);
    if (c->feedback)
        zwp_linux_dmabuf_feedback_v1_destroy(c->feedback);
    if (c->dmabuf)
        zwp_linux_dmabuf_v1_destroy(c->dmabuf);
    if (c->presentation)
        wp_presentation_destroy(c->presentation);
    if (c->output)
        wl_output_release(c->output);
    if (c->shm)
        wl_shm_destroy(c->shm);
    wl_registry_destroy(c->registry);
    wl_display_disconnect(c->display);
    *c = (struct pf_wl_connection){0};
}

/* -- Conversions --------------------------------------------------------------------------------------- */

uint64_t pf_wl_time(const struct pf_wl_connection *c, uint32_t sec_hi, uint32_t sec_lo, uint32_t nsec)
{
    uint64_t now = pf_time_mono_ns();
    uint64_t sec = (uint64_t)sec_hi << 32 | sec_lo;
    if (!c->monotonic || sec > now / PF_NS_PER_S || nsec >= PF_NS_PER_S)
        return now;
    uint64_t t = sec * PF_NS_PER_S + nsec;
    return t > now || now - t > PLAUSIBLE_NS ? now : t;
}

uint32_t pf_wl_format(uint32_t shm_format)
{
    switch (shm_format) {
    case WL_SHM_FORMAT_ARGB8888:
        return PF_FORMAT_ARGB8888;
    case WL_SHM_FORMAT_XRGB8888:
        return PF_FORMAT_XRGB8888;
    case WL_SHM_FORMAT_ABGR8888:
        return PF_FORMAT_ABGR8888;
    case WL_SHM_FORMAT_XBGR8888:
        return PF_FORMAT_XBGR8888;
    default:
        return 0;
    }
}

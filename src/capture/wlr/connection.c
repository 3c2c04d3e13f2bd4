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
#define SCREENCOPY_V      3
#define DMABUF_V          3
#define DMABUF_FEEDBACK_V 4
#define PLAUSIBLE_NS      (10 * PF_NS_PER_S)

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
    } else if (!strcmp(interface, wl_output_interface.name)) {
        pf_output_search_offer(&c->search, registry, global, version);
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
    pf_output_search_removed(&c->search, global);
}

static const struct wl_registry_listener registry_listener = {
    .global = registry_global,
    .global_remove = registry_global_remove,
};

/* -- Opening ------------------------------------------------------------------------------------------- */

int pf_wl_open(struct pf_wl_connection *c, const char *socket, const char *output, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + OPEN_NS;
    *c = (struct pf_wl_connection){.search = {.wanted = output}};
    int rc = pf_wayland_connect(socket, &c->display);
    if (rc == -ENOMEM)
        return pf_error_set(err, rc, "cannot capture: out of memory");
    if (rc < 0)
        return pf_error_set(err, -ECONNREFUSED,
            "cannot capture: the compositor does not answer on %s (%s); has it ended?", socket,
            strerror(-rc));
    c->registry = wl_display_get_registry(c->display);
    wl_registry_add_listener(c->registry, &registry_listener, c);
    rc = pf_output_search_run(&c->search, c->display, deadline);
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
    pf_output_search_finish(&c->search);
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

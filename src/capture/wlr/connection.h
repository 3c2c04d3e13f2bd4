/* A private connection to a Wayland compositor, and the one output of it that is captured.
 *
 * Everything here belongs to one thread at a time: the one that opens, then the capture thread.
 */
#ifndef PF_CAPTURE_WLR_CONNECTION_H
#define PF_CAPTURE_WLR_CONNECTION_H

#include "base/error.h"
#include "wayland/output_search.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <wayland-client.h>

struct wp_presentation;
struct zwlr_screencopy_manager_v1;
struct zwp_linux_dmabuf_v1;
struct zwp_linux_dmabuf_feedback_v1;
struct ext_image_copy_capture_manager_v1;
struct ext_output_image_capture_source_manager_v1;

/* NULL members are not offered by the compositor. */
struct pf_wl_connection {
    struct wl_display *display;
    struct wl_registry *registry;
    struct wl_shm *shm;
    struct wp_presentation *presentation;
    struct zwlr_screencopy_manager_v1 *screencopy; /* version 3 or later */
    struct zwp_linux_dmabuf_v1 *dmabuf;            /* version 3 or later */
    dev_t gpu;                                     /* the compositor's; 0: unknown */
    struct ext_image_copy_capture_manager_v1 *ext_copy;
    struct ext_output_image_capture_source_manager_v1 *ext_source;

    struct pf_output_search search; /* for the output */
    struct zwp_linux_dmabuf_feedback_v1 *feedback;
    bool monotonic; /* presentation times are of CLOCK_MONOTONIC */
};

/* Connects to the socket and finds the named output; waits up to 5 s. The connection is private: a protocol
 * error of ours harms nobody else. Errors: -ECONNREFUSED, -ENODEV (no such output), -ETIMEDOUT, -EPROTO. */
int pf_wl_open(struct pf_wl_connection *c, const char *socket, const char *output, struct pf_error *err);

/* Closes what is open; all other proxies must be destroyed before. An all-zero structure is fine. */
void pf_wl_close(struct pf_wl_connection *c);

/* Presentation time to CLOCK_MONOTONIC nanoseconds; now, if it is of another clock or implausible. */
uint64_t pf_wl_time(const struct pf_wl_connection *c, uint32_t sec_hi, uint32_t sec_lo, uint32_t nsec);

/* PF_FORMAT_* of a wl_shm format; 0 if frames cannot have it. */
uint32_t pf_wl_format(uint32_t shm_format);

#endif

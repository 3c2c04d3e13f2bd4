/* A private connection to KWin: what it offers, its outputs, and changing them (displays-and-capture.md 7.1).
 *
 * Belongs to one thread. Other globals are for whoever speaks that part of the protocol: display/kwin casts
 * with `screencast`, input/kwin plays with `fake_input`.
 */
#ifndef PF_KWIN_DESK_H
#define PF_KWIN_DESK_H

#include "base/error.h"
#include "kwin/head.h"

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

struct kde_output_management_v2;
struct kde_output_device_registry_v2;
struct kde_output_order_v1;
struct pf_kwin_output;

/* A global that is bound by whoever needs it. */
struct pf_kwin_global {
    uint32_t name, version; /* version 0: KWin does not offer it, or not to this program */
};

struct pf_kwin_desk {
    struct wl_display *display;
    struct wl_registry *registry;
    struct pf_kwin_global screencast, fake_input;
    struct kde_output_management_v2 *management; /* NULL: not offered */
    uint32_t management_version;
    struct kde_output_device_registry_v2 *device_registry;
    struct kde_output_order_v1 *order;
    char ordered[PF_KWIN_HEADS][PF_KWIN_HEAD_NAME]; /* names of the outputs, the primary first */
    size_t ordered_count;
    bool order_begins; /* the next name is the first one of a new list */
    struct pf_kwin_output *outputs;
};

/* Connects and reads all outputs. Errors: -ECONNREFUSED, -ECONNRESET, -ETIMEDOUT (5 s), -ENOTSUP: no KWin.
 * `desk` must not move in memory. */
int pf_kwin_desk_open(struct pf_kwin_desk *desk, const char *socket, struct pf_error *err);
/* All other proxies must be destroyed before. An all-zero structure is fine. */
void pf_kwin_desk_close(struct pf_kwin_desk *desk);

/* Names the KWin at the other end: "SOCKET PID.START". */
void pf_kwin_desk_instance(const struct pf_kwin_desk *desk, const char *socket, char *out, size_t size);

/* Waits until KWin has said all that is new. -ECONNRESET, -ETIMEDOUT (3 s). */
int pf_kwin_desk_refresh(struct pf_kwin_desk *desk);

/* The outputs as last heard, without asking. Those without a name are left out. */
void pf_kwin_desk_heads(const struct pf_kwin_desk *desk, struct pf_kwin_heads *ret_heads);

/* The mode of the output that fits best: exactly, else near (pf_kwin_mode_is_near). False: none. */
bool pf_kwin_desk_find_mode(const struct pf_kwin_desk *desk, const char *output, const struct pf_mode *wanted,
    struct pf_mode *ret_mode);

/* Arranges the outputs so, as one change; heads that are not listed now are skipped, a mode that the output
 * does not have is left out. Success means that KWin said so: read the outcome back. -ENOTSUP (no output
 * management), -EREMOTEIO (refused), -ETIMEDOUT (3 s), -ECONNRESET. */
int pf_kwin_desk_arrange(struct pf_kwin_desk *desk, const struct pf_kwin_heads *heads, struct pf_error *err);

/* True if this KWin makes modes (6.6 and later). */
bool pf_kwin_desk_makes_modes(const struct pf_kwin_desk *desk);
/* Gives the output this one custom mode, which KWin computes by the CVT formula. Errors as above, -ENODEV. */
int pf_kwin_desk_make_mode(
    struct pf_kwin_desk *desk, const char *output, const struct pf_mode *mode, struct pf_error *err);

#endif

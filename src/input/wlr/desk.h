/* A private connection to a wlroots compositor with what virtual devices need: seat, output, managers.
 *
 * Belongs to one thread.
 */
#ifndef PF_INPUT_WLR_DESK_H
#define PF_INPUT_WLR_DESK_H

#include "base/error.h"
#include "wayland/output_search.h"

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

struct zwlr_virtual_pointer_manager_v1;
struct zwp_virtual_keyboard_manager_v1;

struct pf_wlr_desk {
    struct wl_display *display;
    struct wl_registry *registry;
    struct wl_seat *seat;
    struct zwlr_virtual_pointer_manager_v1 *pointers;  /* version 2 */
    struct zwp_virtual_keyboard_manager_v1 *keyboards; /* NULL: not offered */
    struct pf_output_search search;                    /* for the wanted output */
};

/* The output that input goes to; NULL: none in particular, or it is gone. */
static inline struct wl_output *pf_wlr_desk_output(const struct pf_wlr_desk *desk)
{
    return desk->search.gone ? NULL : desk->search.output;
}

/* Connects and looks for the output, up to 5 s: one that was made a moment ago may not be announced yet.
 * `wanted` is borrowed until close. Errors: -ECONNREFUSED, -ENODEV (no such output), -ENOTSUP (the compositor
 * takes no virtual devices), -ETIMEDOUT, -ECONNRESET. `desk` must not move in memory. */
int pf_wlr_desk_open(struct pf_wlr_desk *desk, const char *socket, const char *wanted, struct pf_error *err);

/* All other proxies must be destroyed before. An all-zero structure is fine. */
void pf_wlr_desk_close(struct pf_wlr_desk *desk);

#endif

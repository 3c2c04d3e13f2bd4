/* Where the outputs of a compositor lie, kept up to date while the connection is there. One thread. */
#ifndef PF_WAYLAND_OUTPUT_LAYOUT_H
#define PF_WAYLAND_OUTPUT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

/* One output within the rectangle around all outputs, in logical pixels. No side is 0. */
struct pf_output_area {
    uint32_t x, y, width, height;
    uint32_t all_width, all_height;
};

struct pf_output_layout;

/* Connects to the socket at this absolute path and asks. `wanted`: an output to wait for, 5 s at most; "":
 * none. A compositor that does not tell (no xdg-output) is no error: nothing will be found. Errors as
 * pf_wayland_connect and pf_wayland_roundtrip; -ENODEV without the wanted output. */
int pf_output_layout_open(const char *socket, const char *wanted, struct pf_output_layout **ret_layout);
void pf_output_layout_close(struct pf_output_layout *layout); /* NULL is allowed */

/* To poll for reading. */
int pf_output_layout_fd(const struct pf_output_layout *layout);
/* Takes what the compositor says, without blocking. 0 or -ECONNRESET. */
int pf_output_layout_dispatch(struct pf_output_layout *layout);

/* False if the compositor says where its outputs are. */
bool pf_output_layout_is_unknown(const struct pf_output_layout *layout);
/* Where an output is; "": all of them. False if there is none, or nothing is known. */
bool pf_output_layout_find(
    const struct pf_output_layout *layout, const char *name, struct pf_output_area *ret_area);

#endif

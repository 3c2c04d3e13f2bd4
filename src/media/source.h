/* Where the picture of a display can be fetched: what a display output offers and a capture back end opens.
 * Plain values, so a copy stays meaningful after the output is gone (opening it then fails). */
#ifndef PF_MEDIA_SOURCE_H
#define PF_MEDIA_SOURCE_H

#include "media/mode.h"

#include <stdbool.h>
#include <stdint.h>

enum pf_source_kind {
    PF_SOURCE_NONE,
    PF_SOURCE_WAYLAND,   /* a named output of a Wayland compositor, by one of the copy protocols */
    PF_SOURCE_PIPEWIRE,  /* a PipeWire node */
    PF_SOURCE_SYNTHETIC, /* a test picture made by the host itself */
};

struct pf_source {
    enum pf_source_kind kind;
    struct pf_mode mode; /* what the compositor really does; pace to this, not to the request */

    char wayland_socket[108]; /* WAYLAND: absolute path of the compositor's socket; input uses it too */
    char output_name[64];     /* of the output in its compositor: "HEADLESS-2", "Meta-0" */
    char dbus_address[160];   /* of the bus of the session that it belongs to; "": not told */
    char control_socket[108]; /* WAYLAND: absolute path of sway's own socket; "": there is none */

    uint32_t node_id; /* PIPEWIRE */
    int remote_fd; /* PIPEWIRE: connection of a portal, borrowed from the output; −1: the default daemon */
    bool exact_mode;   /* PIPEWIRE: the output takes whatever mode its consumer asks for: ask for `mode` */
    bool cursor_apart; /* PIPEWIRE: the cursor comes beside the picture, not in it */

    bool has_program; /* the title that it is made for runs inside already */

    const char *input; /* name of the input back end that serves it, static; NULL: any for this kind */
    /* Absolute path of the EIS socket that takes its input, or of a file that tells the socket's name once it
     * is known (gamescope); "": none. */
    char input_socket[160];
    uint64_t conversation; /* with the compositor that made it (mutter/session.h); 0: none */
};

#endif

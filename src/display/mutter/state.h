/* Mutter's monitors and how they are arranged, as DisplayConfig tells it (displays-and-capture.md 8.3). */
#ifndef PF_DISPLAY_MUTTER_STATE_H
#define PF_DISPLAY_MUTTER_STATE_H

#include "base/error.h"
#include "media/mode.h"

#include <stddef.h>
#include <systemd/sd-bus.h>

#define PF_MUTTER_MONITORS 32u /* further ones are not seen */
#define PF_MUTTER_SCALES   32u /* likewise */

struct pf_mutter_monitor {
    char connector[64], product[64], serial[64];
    char mode_id[64];    /* of the current mode; empty: it is off */
    struct pf_mode mode; /* current */
    unsigned scales;     /* that this mode may have */
    double scale[PF_MUTTER_SCALES];
};

/* Part of the desktop that one monitor, or several that mirror each other, show. */
struct pf_mutter_logical {
    int32_t x, y;
    double scale;
    uint32_t transform;
    bool primary;
    unsigned count;
    unsigned monitor[PF_MUTTER_MONITORS]; /* indices */
};

struct pf_mutter_state {
    uint32_t serial;
    bool logical_pixels; /* positions count pixels after scaling */
    unsigned monitors, logicals;
    struct pf_mutter_monitor monitor[PF_MUTTER_MONITORS];
    struct pf_mutter_logical logical[PF_MUTTER_MONITORS];
};

/* Asks Mutter. Blocks. */
int pf_mutter_state_get(sd_bus *bus, struct pf_mutter_state *ret_state, struct pf_error *err);

/* Index of the monitor, or −1. `serial` NULL: any. */
int pf_mutter_state_find(const struct pf_mutter_state *state, const char *connector, const char *serial);

/* Index of a monitor that is not in `before` and shows this size; any new one if none does; or −1. */
int pf_mutter_state_find_new(
    const struct pf_mutter_state *state, const struct pf_mutter_state *before, const struct pf_mode *mode);

/* True if both list the same monitors in the same arrangement. */
bool pf_mutter_state_equal(const struct pf_mutter_state *a, const struct pf_mutter_state *b);

/* The scale of the part of the desktop that the monitor shows. False if it is dark. */
bool pf_mutter_state_scale(const struct pf_mutter_state *state, unsigned monitor, double *ret_scale);

/* True for virtual monitors that a screen cast records, ours or another program's. */
bool pf_mutter_is_recorded(const struct pf_mutter_monitor *monitor);

/* Applies an arrangement until the set of monitors changes. Blocks. */
int pf_mutter_state_apply(sd_bus *bus, const struct pf_mutter_state *state,
    const struct pf_mutter_logical *logical, unsigned count, struct pf_error *err);

#endif

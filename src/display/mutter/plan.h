/* How the monitors of GNOME are to lie (displays-and-capture.md 3.3, 4.3, 8.3). Pure.
 *
 * Mutter refuses monitors that overlap, that touch no other one, or that do not begin at (0,0). A layout by
 * hand may ask for all of that: what cannot be had becomes a row.
 */
#ifndef PF_DISPLAY_MUTTER_PLAN_H
#define PF_DISPLAY_MUTTER_PLAN_H

#include "display/display.h"
#include "display/mutter/state.h"

/* One of our monitors. */
struct pf_mutter_place {
    unsigned monitor; /* index in the state */
    bool leader;      /* the one that topologies are about; exactly one is */
    bool pinned;      /* x and y were chosen by the owner */
    int32_t x, y;
    double scale; /* that the user chose; 0: whatever there is */
};

struct pf_mutter_plan {
    unsigned count;
    struct pf_mutter_logical logical[PF_MUTTER_MONITORS];
};

/* The scale of those that the monitor may have which is nearest to the one wanted. */
double pf_mutter_snap_scale(const struct pf_mutter_monitor *monitor, double wanted);

/* The arrangement that a topology asks for, with our monitors in the order given. False if it is what there
 * is already. Every recorded monitor stays lit: Mutter 43 to 50 crashes if one is left out. */
bool pf_mutter_plan(const struct pf_mutter_state *state, const struct pf_mutter_place *places, unsigned count,
    enum pf_topology topology, struct pf_mutter_plan *ret_plan);

#endif

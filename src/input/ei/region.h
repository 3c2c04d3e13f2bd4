/* Where on an absolute EI device a position of the client's picture is. Pure. */
#ifndef PF_INPUT_EI_REGION_H
#define PF_INPUT_EI_REGION_H

#include "input/pointer.h"

#include <stddef.h>

/* In the device's coordinates. Wider or higher than 65536: no screen, but "count pixels from there", which is
 * what gamescope says. */
struct pf_ei_region {
    uint32_t x, y, width, height;
    const char *mapping; /* what the desktop calls it, borrowed; NULL: nothing */
};

/* The region of the streamed output, as far as its desktop tells. */
struct pf_ei_place {
    uint32_t width, height; /* of the output, in pixels; never 0 */
    char mapping[64];       /* of its region; "": not told */
    bool is_located;
    uint32_t x, y; /* where it lies on the desktop, if it is located */
};

/* How sure it is that a region is the output's; 0: not more than any other. The mapping proves it, then the
 * place, then the size. */
unsigned pf_ei_region_fit(const struct pf_ei_region *region, const struct pf_ei_place *place);

/* The area of the region that fits best, the first of those. An endless one has the output's size; without
 * any, pixels of the output are counted from 0. */
struct pf_area pf_ei_region_choose(
    const struct pf_ei_region *regions, size_t count, const struct pf_ei_place *place);

#endif

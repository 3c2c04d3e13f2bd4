/* Where on an absolute EI device a position of the client's picture is. Pure. */
#ifndef PF_INPUT_EI_REGION_H
#define PF_INPUT_EI_REGION_H

#include "input/event.h"

#include <stddef.h>

/* In the device's coordinates. Wider or higher than 65536: no screen, but "count pixels from there", which is
 * what gamescope says. */
struct pf_ei_region {
    uint32_t x, y, width, height;
};

/* `event`: POSITION or TOUCH. `width` and `height`: of the streamed output, in pixels. The region of the same
 * size counts, else the first; without any, pixels of the output are counted from 0. The result is inside. */
void pf_ei_region_place(const struct pf_ei_region *regions, size_t count, uint32_t width, uint32_t height,
    const struct pf_input *event, double *ret_x, double *ret_y);

#endif

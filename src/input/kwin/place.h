/* Where a client's coordinates lie on a KWin desktop, in its logical pixels (input-audio-encode.md 1.5).
 * Pure.
 */
#ifndef PF_INPUT_KWIN_PLACE_H
#define PF_INPUT_KWIN_PLACE_H

#include "kwin/head.h"

#include <stdbool.h>
#include <stdint.h>

struct pf_kwin_area {
    double x, y, width, height; /* logical pixels */
};

/* The area of the output called `name`; without a name: of the one whose mode is width × height, else of the
 * only one that is lit, else width × height at the origin. False: there is no lit output of this name. */
bool pf_kwin_area_find(const struct pf_kwin_heads *heads, const char *name, uint32_t width, uint32_t height,
    struct pf_kwin_area *ret_area);

/* The point of the area for x, y on a surface of width × height. Never on the far edges: they belong to the
 * neighbours. */
void pf_kwin_area_point(const struct pf_kwin_area *area, int32_t x, int32_t y, uint32_t width,
    uint32_t height, double *ret_x, double *ret_y);

/* Moves a point by a relative motion. True if it would leave the area: then the point is at the edge. */
bool pf_kwin_area_move(const struct pf_kwin_area *area, double *x, double *y, double dx, double dy);

#endif

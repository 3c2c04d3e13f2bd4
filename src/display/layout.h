/* Where the displays of one group lie beside each other (displays-and-capture.md 4.3). */
#ifndef PF_DISPLAY_LAYOUT_H
#define PF_DISPLAY_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pf_layout_item {
    uint32_t width; /* pixels */
    bool pinned;    /* x and y were chosen by the user */
    int32_t x, y;
};

/* Sets x and y of every item that is not pinned: a row in the order given, at y 0, which begins at 0 or at
 * the right edge of the rightmost pinned item. Coordinates saturate. */
void pf_layout_arrange(struct pf_layout_item *items, size_t count);

#endif

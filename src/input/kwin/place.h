/* Where a client's coordinates lie on a KWin desktop, in its logical pixels (input-audio-encode.md 1.5).
 * Pure.
 */
#ifndef PF_INPUT_KWIN_PLACE_H
#define PF_INPUT_KWIN_PLACE_H

#include "input/pointer.h"
#include "kwin/head.h"

#include <stdbool.h>
#include <stdint.h>

/* The area of the output called `name`; without a name: of the one whose mode is width × height, else of the
 * only one that is lit, else width × height at the origin. False: there is no lit output of this name. */
bool pf_kwin_area_find(const struct pf_kwin_heads *heads, const char *name, uint32_t width, uint32_t height,
    struct pf_area *ret_area);

#endif

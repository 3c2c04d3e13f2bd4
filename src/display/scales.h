/* The scale that the user chose for a display on the desktop, for desktops that do not remember it themselves
 * (displays-and-capture.md 4.2). Kept in display-scale.json, by identity slot.
 */
#ifndef PF_DISPLAY_SCALES_H
#define PF_DISPLAY_SCALES_H

#include "display/policy.h"

#include <stddef.h>

#define PF_SCALES_FILE "display-scale.json"

/* ---- plain values ---- */

struct pf_display_scale_map {
    double
        scale[PF_IDENTITY_SLOTS + 1]; /* by identity slot; [0]: shared by all without one. 0: none chosen */
};

/* Reads the JSON text, an object of scales by slot ("1"…"15", or "shared"); entries that make no sense are
 * left out. -EINVAL: it is no object. */
int pf_display_scales_parse(const char *text, size_t len, struct pf_display_scale_map *ret_map);

/* ---- those of this host; any thread. NULL is allowed everywhere: nothing is remembered then. ---- */

struct pf_display_scales;

/* Reads the file in `dir`. A damaged one is set aside with the ending .bad; one that cannot be read stays as
 * it is, and nothing is written then. -ENOMEM. */
int pf_display_scales_open(const char *dir, struct pf_display_scales **ret_scales);
void pf_display_scales_close(struct pf_display_scales *scales);

/* Desktop pixels are so many pixels of the display wide; 0: none was chosen. */
double pf_display_scales_get(struct pf_display_scales *scales, unsigned identity_slot);

/* The user has chosen this one. Writes the file if that is news. Blocks for the disk. */
void pf_display_scales_put(struct pf_display_scales *scales, unsigned identity_slot, double scale);

#endif

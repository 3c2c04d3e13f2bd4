/* The compositors by name: the one table of what they are called on the wire, in settings and for people. */
#ifndef PF_MEDIA_COMPOSITOR_H
#define PF_MEDIA_COMPOSITOR_H

#include <stdbool.h>

/* The values are the compositor byte of punktfunk1-control.md 2.6. */
enum pf_compositor {
    PF_COMPOSITOR_ANY = 0, /* whichever is there */
    PF_COMPOSITOR_KWIN = 1,
    PF_COMPOSITOR_WLROOTS = 2, /* sway and river */
    PF_COMPOSITOR_MUTTER = 3,
    PF_COMPOSITOR_GAMESCOPE = 4,
};
#define PF_COMPOSITORS 5u /* values, ANY included */

/* "kwin", "wlroots", "mutter" or "gamescope", as back ends and the API call it; "any". */
const char *pf_compositor_name(enum pf_compositor compositor);

/* "KDE Plasma (KWin)" */
const char *pf_compositor_label(enum pf_compositor compositor);

/* Any of its names, as PUNKTFUNK_COMPOSITOR and apps.json know them, in any case: "kde", "plasma", "gnome",
 * "sway", "wlr", "river" beside the above, but not "any". False if it is none. */
bool pf_compositor_parse(const char *name, enum pf_compositor *ret_compositor);

#endif

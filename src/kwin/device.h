/* One output as KWin tells of it: its state and its modes. Private to this room; see desk.h. */
#ifndef PF_KWIN_DEVICE_H
#define PF_KWIN_DEVICE_H

#include "kwin/desk.h"

struct kde_output_device_v2;
struct kde_output_device_mode_v2;

struct pf_kwin_mode {
    struct pf_kwin_mode *next;
    struct pf_kwin_output *output;
    struct kde_output_device_mode_v2 *proxy;
    struct pf_mode mode;
};

struct pf_kwin_output {
    struct pf_kwin_output *next;
    struct pf_kwin_desk *desk;
    uint32_t global; /* 0: it came from the registry */
    struct kde_output_device_v2 *proxy;
    struct pf_kwin_head head; /* without mode */
    struct pf_kwin_mode *modes, *current;
    unsigned mode_count;
};

/* Puts the output on the desk's list and listens to it. `proxy` becomes the list's; NULL: nothing happens. */
void pf_kwin_output_add(struct pf_kwin_desk *desk, struct kde_output_device_v2 *proxy, uint32_t global);
/* Takes it off the list and frees it. */
void pf_kwin_output_drop(struct pf_kwin_output *output);

/* NULL if there is none. Borrowed from the desk until it hears more. */
struct pf_kwin_output *pf_kwin_output_named(const struct pf_kwin_desk *desk, const char *name);
/* The mode itself, or one that is near it (pf_kwin_mode_is_near). NULL: none. */
struct pf_kwin_mode *pf_kwin_output_mode(
    const struct pf_kwin_output *output, const struct pf_mode *wanted, bool near);
/* False: the place in the order comes from elsewhere (kde_output_order_v1), and counts from 1. */
bool pf_kwin_output_tells_priority(const struct pf_kwin_output *output);

#endif

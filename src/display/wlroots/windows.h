/* Windows of sway: which there are, and bringing them onto an output. */
#ifndef PF_DISPLAY_WLROOTS_WINDOWS_H
#define PF_DISPLAY_WLROOTS_WINDOWS_H

#include "display/display.h"

#include <jansson.h>

struct pf_sway_window {
    int64_t id;
    pid_t pid;
    char output[64];
};

/* Fills in at most `max` windows of sway's tree (GET_TREE); returns how many. Whatever else is in it, and
 * what lies deeper than 64, is passed over. Pure. */
size_t pf_sway_windows(const json_t *tree, struct pf_sway_window *ret_windows, size_t max);

extern const struct pf_display_window_ops pf_sway_window_ops;

#endif

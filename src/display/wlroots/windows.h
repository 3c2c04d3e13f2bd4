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

/* As pf_display_gather and pf_display_watch_windows. */
int pf_sway_gather(const char *control_socket, const char *output_name, const pid_t *pids, size_t count,
    struct pf_display_windows *done, struct pf_error *err);
int pf_sway_watch_windows(const char *control_socket, struct pf_error *err);

#endif

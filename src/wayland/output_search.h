/* Finding the output that has a certain name, and noticing when it goes. */
#ifndef PF_WAYLAND_OUTPUT_SEARCH_H
#define PF_WAYLAND_OUTPUT_SEARCH_H

#include <stdbool.h>
#include <stdint.h>
#include <wayland-client.h>

/* All zero but `wanted` at first. Must not move in memory. */
struct pf_output_search {
    const char *wanted;       /* borrowed; "": none in particular */
    struct wl_output *output; /* NULL: not found */
    uint32_t global;          /* its registry name */
    bool gone;                /* the compositor removed it */
    struct pf_output_candidate *candidates;
};

/* For the registry's events. */
void pf_output_search_offer(
    struct pf_output_search *s, struct wl_registry *registry, uint32_t global, uint32_t version);
void pf_output_search_removed(struct pf_output_search *s, uint32_t global);

/* Waits for the globals and until the output is there: one that was made a moment ago may not be announced
 * yet. 0 (at once if none is wanted), -ENODEV, or what pf_wayland_roundtrip says. */
int pf_output_search_run(struct pf_output_search *s, struct wl_display *display, uint64_t mono_deadline_ns);

/* Releases everything. An all-zero structure is fine. */
void pf_output_search_finish(struct pf_output_search *s);

#endif

#include "wayland/output_search.h"

#include "base/time.h"
#include "wayland/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_V 4u /* brings names */

/* An output that may not have told its name yet. */
struct pf_output_candidate {
    struct pf_output_candidate *next;
    struct pf_output_search *search;
    struct wl_output *output;
    uint32_t global;
    bool matches;
};

static void output_geometry(void *data, struct wl_output *output, int32_t x, int32_t y, int32_t width_mm,
    int32_t height_mm, int32_t subpixel, const char *make, const char *model, int32_t transform)
{
}

static void output_mode(
    void *data, struct wl_output *output, uint32_t flags, int32_t width, int32_t height, int32_t refresh)
{
}

static void output_done(void *data, struct wl_output *output)
{
}

static void output_scale(void *data, struct wl_output *output, int32_t factor)
{
}

static void output_name(void *data, struct wl_output *output, const char *name)
{
    struct pf_output_candidate *candidate = data;
    if (candidate)
        candidate->matches = !strcmp(name, candidate->search->wanted);
}

static void output_description(void *data, struct wl_output *output, const char *description)
{
}

static const struct wl_output_listener output_listener = {
    .geometry = output_geometry,
    .mode = output_mode,
    .done = output_done,
    .scale = output_scale,
    .name = output_name,
    .description = output_description,
};

void pf_output_search_offer(
    struct pf_output_search *s, struct wl_registry *registry, uint32_t global, uint32_t version)
{
    struct pf_output_candidate *candidate;
    if (s->output || !s->wanted || !s->wanted[0] || version < NAME_V ||
        !(candidate = calloc(1, sizeof(*candidate))))
        return;
    *candidate = (struct pf_output_candidate){
        .next = s->candidates,
        .search = s,
        .output = wl_registry_bind(registry, global, &wl_output_interface, NAME_V),
        .global = global,
    };
    s->candidates = candidate;
    wl_output_add_listener(candidate->output, &output_listener, candidate);
}

void pf_output_search_removed(struct pf_output_search *s, uint32_t global)
{
    if (s->output && s->global == global)
        s->gone = true;
}

/* Keeps the output that has the wanted name, drops all others. */
static void settle(struct pf_output_search *s)
{
    while (s->candidates) {
        struct pf_output_candidate *candidate = s->candidates;
        s->candidates = candidate->next;
        if (candidate->matches && !s->output) {
            s->output = candidate->output;
            s->global = candidate->global;
            /* The listener's data goes now; names and modes are of no interest any more. */
            wl_output_set_user_data(s->output, NULL);
        } else {
            wl_output_release(candidate->output);
        }
        free(candidate);
    }
}

int pf_output_search_run(struct pf_output_search *s, struct wl_display *display, uint64_t deadline)
{
    for (;;) {
        int rc = pf_wayland_roundtrip(display, deadline); /* globals; binds those of interest */
        if (!rc)
            rc = pf_wayland_roundtrip(display, deadline); /* their first events */
        if (rc)
            return rc;
        settle(s);
        if (s->output || !s->wanted || !s->wanted[0])
            return 0;
        if (pf_time_mono_ns() >= deadline)
            return -ENODEV;
        pf_wayland_dispatch(display, -1, 50);
    }
}

void pf_output_search_finish(struct pf_output_search *s)
{
    settle(s);
    if (s->output)
        wl_output_release(s->output);
    *s = (struct pf_output_search){0};
}

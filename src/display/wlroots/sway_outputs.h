/* What sway says about its outputs. */
#ifndef PF_DISPLAY_WLROOTS_SWAY_OUTPUTS_H
#define PF_DISPLAY_WLROOTS_SWAY_OUTPUTS_H

#include "base/error.h"
#include "media/mode.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_SWAY_OUTPUTS_MAX 64

struct pf_sway_output {
    char name[64];
    bool active, focused;
    struct pf_mode mode; /* all 0 while inactive; refresh 0 until a mode was set (sway 1.8 and later) */
    bool listed_mode;    /* the mode is one of those that the head offers: no custom one */
    int32_t x, y;
    double scale;       /* 0 while inactive */
    char transform[16]; /* "normal", "90", "flipped-180", …; empty while inactive */
};

struct pf_sway_outputs {
    struct pf_sway_output item[PF_SWAY_OUTPUTS_MAX];
    size_t count;
};

/* Reads a GET_OUTPUTS reply. Outputs without a usable name are left out. -EPROTO if it is no list. */
int pf_sway_outputs_parse(const json_t *reply, struct pf_sway_outputs *ret_outputs);

/* Asks sway. Returns 0 or what pf_sway_request returns. */
int pf_sway_outputs_get(int fd, struct pf_sway_outputs *ret_outputs, struct pf_error *err);

/* NULL if there is none of this name. Borrowed from `outputs`. */
const struct pf_sway_output *pf_sway_outputs_find(const struct pf_sway_outputs *outputs, const char *name);

/* The one output of `now` that `before` lacks: the lowest headless number if there are several. NULL if none.
 */
const struct pf_sway_output *pf_sway_outputs_new(
    const struct pf_sway_outputs *before, const struct pf_sway_outputs *now);

/* The output with the keyboard focus; NULL if there is none. */
const struct pf_sway_output *pf_sway_outputs_focused(const struct pf_sway_outputs *outputs);

/* n of "HEADLESS-n", 0 for every other name. */
unsigned pf_sway_headless_number(const char *name);

#endif

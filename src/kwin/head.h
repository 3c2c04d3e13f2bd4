/* The outputs of a KWin desktop as plain values, and what is to become of them (displays-and-capture.md 7.4).
 * Pure.
 */
#ifndef PF_KWIN_HEAD_H
#define PF_KWIN_HEAD_H

#include "media/mode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_KWIN_HEADS     32u
#define PF_KWIN_HEAD_NAME 64u

/* KWin lists an output that was asked for as NAME under "Virtual-NAME". All of ours begin like this, those of
 * other hosts too. */
#define PF_KWIN_OURS "Virtual-punktfunk"

struct pf_kwin_head {
    char name[PF_KWIN_HEAD_NAME], uuid[PF_KWIN_HEAD_NAME];
    bool enabled;
    struct pf_mode mode;              /* all 0 while it is off */
    int32_t x, y;                     /* logical pixels */
    int32_t transform;                /* as wl_output has it */
    double scale;                     /* physical pixels for a logical one */
    uint32_t priority;                /* the lowest is the primary; from 1 on, 0: unknown */
    char mirrored[PF_KWIN_HEAD_NAME]; /* uuid of the output whose picture it shows; "": its own */
};

struct pf_kwin_heads {
    struct pf_kwin_head item[PF_KWIN_HEADS];
    size_t count;
};

/* NULL if there is none of this name. Borrowed. */
const struct pf_kwin_head *pf_kwin_heads_find(const struct pf_kwin_heads *heads, const char *name);
/* The same output as `known`, whatever its place in the list: by uuid, else by name. */
const struct pf_kwin_head *pf_kwin_heads_match(
    const struct pf_kwin_heads *heads, const struct pf_kwin_head *known);

/* A virtual output of ours, or of another host. */
bool pf_kwin_head_is_ours(const struct pf_kwin_head *head);

/* Where it lies on the desktop, in logical pixels: its mode, turned by its transform, divided by its scale.
 */
void pf_kwin_head_extent(const struct pf_kwin_head *head, double *ret_width, double *ret_height);

/* True if `now` is arranged as `want` says. What `want` does not know (priority 0, no mode) is not compared,
 * and of an output that is to be off nothing but that. */
bool pf_kwin_head_is_arranged(const struct pf_kwin_head *now, const struct pf_kwin_head *want);

/* The name under which a new output is to be listed, the first that is not in use of Virtual-punktfunk, or
 * Virtual-punktfunk-SLOT for slots from 1 on, followed by "-2", "-3", …: KWin remembers settings by name. */
void pf_kwin_name(const struct pf_kwin_heads *heads, unsigned slot, char ret_name[PF_KWIN_HEAD_NAME]);

/* What KWin is told so that `ours` becomes the primary output: every output with a priority of its own, ours
 * first, the others in the order they had. `alone`: the other outputs go off, but for those that are ours or
 * another host's, and ours goes to 0,0. Returns false if it is so already. */
bool pf_kwin_plan(
    const struct pf_kwin_heads *now, const char *ours, bool alone, struct pf_kwin_heads *ret_wanted);

/* Gives every output of `now` a priority of its own: those of `wanted` what is wanted, the others what they
 * have or, where that is taken or unknown, a later one. False if `wanted` has no priorities: then nothing
 * changes. */
bool pf_kwin_order(struct pf_kwin_heads *now, const struct pf_kwin_heads *wanted);

/* How a custom mode must look to be taken for the one wanted: KWin makes modes by the CVT formula, so the
 * rate is a little off and the width may be cut to a multiple of 8. */
bool pf_kwin_mode_is_near(const struct pf_mode *mode, const struct pf_mode *wanted);

/* The rate that frames come at: that of the output, but no more than was asked for. */
uint32_t pf_kwin_rate(uint32_t output_mhz, uint32_t wanted_mhz);

#endif

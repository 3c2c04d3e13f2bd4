/* The pads of one client: which there are and what they do, kept up by the client's events
 * (punktfunk1-control.md 4.1, 4.4; input-audio-encode.md 2.1). Pure.
 *
 * A pad comes with its first event and goes with PAD_REMOVE. Snapshots and removals carry one sequence per
 * pad, which is kept over removal: old ones are dropped. Rich input never makes a pad.
 */
#ifndef PF_INPUT_PADS_PAD_SET_H
#define PF_INPUT_PADS_PAD_SET_H

#include "input/pads/pad.h"

struct pf_pad_slot {
    bool present;
    bool has_seq;
    uint8_t seq;
    uint8_t wish; /* gamepad byte of its arrival; 0: none came, the session's kind is meant */
    struct pf_pad_report report;
};

struct pf_pad_set {
    struct pf_pad_slot slots[PF_PADS_MAX];
};

enum pf_pad_change {
    PF_PAD_UNCHANGED, /* nothing to do: stale, damaged, or of no pad */
    PF_PAD_UPDATED,   /* the pad of *ret_pad has a new report; it may be new itself */
    PF_PAD_GONE,
};

/* True for the kinds of events that are about pads. */
bool pf_pad_set_knows(const struct pf_input_event *event);

/* Which pad it is about; any number. */
uint32_t pf_pad_set_index(const struct pf_input_event *event);

enum pf_pad_change pf_pad_set_event(
    struct pf_pad_set *set, const struct pf_input_event *event, unsigned *ret_pad);

/* A datagram of tag RICH. */
enum pf_pad_change pf_pad_set_rich(struct pf_pad_set *set, const struct pf_datagram *rich, unsigned *ret_pad);

#endif

/* Events of pads between the thread that receives them and the one that plays them. Pure; its owner locks.
 *
 * Every press is shown on its own; moves between two presses are shown as one. When events come faster than
 * they can be played for long, those that wait are played into the state at once: what is lost are short
 * presses, never where things stand.
 */
#ifndef PF_INPUT_PADS_PAD_QUEUE_H
#define PF_INPUT_PADS_PAD_QUEUE_H

#include "input/pads/pad_set.h"

#define PF_PADS_QUEUE 256u

struct pf_pad_queue {
    struct {
        bool is_rich;
        union {
            struct pf_input_event event;
            struct pf_datagram rich;
        };
    } items[PF_PADS_QUEUE];
    unsigned head, len;
    struct pf_pad_set set;
    uint32_t dirty, gone, moved; /* bits of pads, since the last step */
};

/* What to show now. */
struct pf_pad_step {
    uint32_t gone;                         /* pads whose devices go first */
    uint32_t dirty;                        /* pads with a new report */
    uint32_t moved;                        /* those of them whose motion sensors spoke */
    struct pf_pad_slot slots[PF_PADS_MAX]; /* of the dirty ones */
};

/* An event that pf_pad_set_knows, or a datagram of tag RICH that borrows nothing. False: the queue was full,
 * and what waited went into the state. */
bool pf_pad_queue_event(struct pf_pad_queue *queue, const struct pf_input_event *event);
bool pf_pad_queue_rich(struct pf_pad_queue *queue, const struct pf_datagram *rich);

/* The next step; false: there is none. */
bool pf_pad_queue_step(struct pf_pad_queue *queue, struct pf_pad_step *ret_step);

/* The pad lies still: its motion sensors have been silent for long. */
void pf_pad_queue_calm(struct pf_pad_queue *queue, unsigned pad);

#endif

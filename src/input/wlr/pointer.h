/* A virtual pointer that belongs to one output. */
#ifndef PF_INPUT_WLR_POINTER_H
#define PF_INPUT_WLR_POINTER_H

#include "input/event.h"
#include "input/wlr/desk.h"

struct zwlr_virtual_pointer_v1;

struct pf_wlr_pointer {
    struct zwlr_virtual_pointer_v1 *proxy;
    uint32_t width, height; /* of the output; 0: of no output in particular */
    uint32_t x, y;          /* where its client has the pointer, on the output */
    int32_t rest[2];        /* v120 short of a notch, for each axis */
};

/* Bound to desk->output if there is one, whose size must be given; begins in its middle. */
void pf_wlr_pointer_init(struct pf_wlr_pointer *p, struct pf_wlr_desk *desk, uint32_t width, uint32_t height);
/* An all-zero structure is fine. */
void pf_wlr_pointer_finish(struct pf_wlr_pointer *p);

/* Plays MOTION, POSITION, BUTTON or WHEEL. */
void pf_wlr_pointer_play(struct pf_wlr_pointer *p, uint32_t time_ms, const struct pf_input *event);

/* The seat's one pointer was elsewhere: brings it back to where this client has it. */
void pf_wlr_pointer_return(struct pf_wlr_pointer *p, uint32_t time_ms);

#endif

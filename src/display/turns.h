/* Turns: compositors crash when their outputs come and go concurrently, so in a group of outputs one thread
 * acts at a time. What it does there holds up nobody in another group.
 */
#ifndef PF_DISPLAY_TURNS_H
#define PF_DISPLAY_TURNS_H

#include "base/cancel.h"

#include <pthread.h>

struct pf_display_backend;

/* One that is taken. Lives on the stack of the thread that has it. */
struct pf_turn {
    struct pf_turn *next;
    const struct pf_display_backend *backend; /* NULL: none was needed, or had */
};

struct pf_turns {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct pf_turn *first; /* each of another back end */
};

void pf_turns_init(struct pf_turns *turns);
void pf_turns_finish(struct pf_turns *turns);

/* Waits for the turn in the group of this back end's outputs; where every output is a group of its own there
 * is nothing to wait for. -ETIMEDOUT after 30 s, -ECANCELED (the latter may take 50 ms). Whatever it returns,
 * pf_turns_end follows. */
int pf_turns_take(struct pf_turns *turns, struct pf_turn *turn, const struct pf_display_backend *backend,
    const struct pf_cancel *cancel);
void pf_turns_end(struct pf_turns *turns, struct pf_turn *turn);

#endif

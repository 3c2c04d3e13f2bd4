/* Whose turn it is at the seat.
 *
 * The sessions of one compositor share its only seat: one pointer, one keyboard focus. They take turns, batch
 * by batch. Who comes after somebody else brings the pointer back to its own output first and, before a key,
 * the focus. A turn is over once the compositor has handled the batch; so nothing lands on another session's
 * display. All of it is one lock for the process: hosts rarely see more than one compositor. Any thread.
 */
#ifndef PF_INPUT_WLR_TURN_H
#define PF_INPUT_WLR_TURN_H

#include <stdbool.h>

/* An injector comes to the seat, or leaves it. `who` is its address. */
void pf_wlr_turn_join(const void *who);
void pf_wlr_turn_leave(const void *who);

/* Waits for the turn. True if the pointer may be elsewhere: the turn before was not this injector's. */
bool pf_wlr_turn_begin(const void *who);

/* Takes the turn without waiting, if it leaves nothing to be done: nobody else is at the seat, the pointer is
 * where this injector left it, and so is (if asked) the focus. True: it is this injector's turn. */
bool pf_wlr_turn_try(const void *who, bool needs_focus);

/* During the turn: true if the keyboard focus may be elsewhere. Once asked it counts as brought back. */
bool pf_wlr_turn_needs_focus(const void *who);

/* During the turn: true if others wait for theirs, so that this one must see its batch handled. */
bool pf_wlr_turn_is_shared(void);

void pf_wlr_turn_end(void);

#endif

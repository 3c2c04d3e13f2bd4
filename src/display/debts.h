/* Which back ends may have something left to undo, and when to let them try again: with growing pauses. A
 * pure state machine: no clock, no lock, no side effect. All zero: nothing is owed.
 */
#ifndef PF_DISPLAY_DEBTS_H
#define PF_DISPLAY_DEBTS_H

#include <stdbool.h>
#include <stdint.h>

#define PF_DEBTS 4u

struct pf_display_backend;

struct pf_debt {
    const struct pf_display_backend *backend; /* NULL: none */
    uint64_t due_ns, pause_ns;
};

struct pf_debts {
    struct pf_debt item[PF_DEBTS];
};

/* An output of the back end has gone, or came to nothing: it is asked in two seconds whether all is undone.
 */
void pf_debts_owe(struct pf_debts *debts, const struct pf_display_backend *backend, uint64_t now_ns);

/* When somebody is to try next; UINT64_MAX: never. */
uint64_t pf_debts_next(const struct pf_debts *debts);

/* One whose time has come; false if there is none. */
bool pf_debts_find_due(const struct pf_debts *debts, uint64_t now_ns, struct pf_debt *ret_due);

/* It was tried. If not all is undone, it is due again after twice the pause, at most a minute. What was owed
 * anew meanwhile stays as it is. */
void pf_debts_tried(struct pf_debts *debts, const struct pf_debt *due, bool all_undone, uint64_t now_ns);

#endif

#include "display/debts.h"

#include "base/time.h"

#include <stddef.h>

#define PAUSE_NS     (2 * PF_NS_PER_S)
#define PAUSE_MAX_NS (60 * PF_NS_PER_S)

/* The back end's own place, or a free one for it; NULL: there is none. */
static struct pf_debt *place_of(struct pf_debts *debts, const struct pf_display_backend *backend)
{
    struct pf_debt *free_place = NULL;
    for (unsigned i = 0; i < PF_DEBTS; i++) {
        struct pf_debt *d = &debts->item[i];
        if (d->backend == backend)
            return d;
        if (!d->backend && !free_place)
            free_place = d;
    }
    return free_place;
}

void pf_debts_owe(struct pf_debts *debts, const struct pf_display_backend *backend, uint64_t now_ns)
{
    struct pf_debt *d = place_of(debts, backend);
    if (d)
        *d = (struct pf_debt){.backend = backend, .due_ns = now_ns + PAUSE_NS, .pause_ns = PAUSE_NS};
}

uint64_t pf_debts_next(const struct pf_debts *debts)
{
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < PF_DEBTS; i++)
        if (debts->item[i].backend && debts->item[i].due_ns < next)
            next = debts->item[i].due_ns;
    return next;
}

bool pf_debts_find_due(const struct pf_debts *debts, uint64_t now_ns, struct pf_debt *ret_due)
{
    for (unsigned i = 0; i < PF_DEBTS; i++)
        if (debts->item[i].backend && debts->item[i].due_ns <= now_ns) {
            *ret_due = debts->item[i];
            return true;
        }
    return false;
}

void pf_debts_tried(struct pf_debts *debts, const struct pf_debt *due, bool all_undone, uint64_t now_ns)
{
    struct pf_debt *d = place_of(debts, due->backend);
    if (!d || d->backend != due->backend || d->due_ns != due->due_ns)
        return;
    uint64_t pause = 2 * d->pause_ns < PAUSE_MAX_NS ? 2 * d->pause_ns : PAUSE_MAX_NS;
    *d = all_undone ? (struct pf_debt){0}
                    : (struct pf_debt){.backend = due->backend, .due_ns = now_ns + pause, .pause_ns = pause};
}

#include "session/admission.h"

#include <assert.h>
#include <stddef.h>

/* ---- lists with a head: no ends to treat apart ---- */

static void unlink_ticket(struct pf_ticket *t)
{
    t->prev->next = t->next;
    t->next->prev = t->prev;
    t->prev = t->next = NULL;
}

static void append(struct pf_ticket *head, struct pf_ticket *t)
{
    t->prev = head->prev;
    t->next = head;
    head->prev->next = t;
    head->prev = t;
}

static unsigned *count_of(struct pf_admission *a, enum pf_ticket_state state)
{
    return state == PF_TICKET_CONNECTED ? &a->connected
           : state == PF_TICKET_WAITING ? &a->waiting
                                        : &a->admitted;
}

static void move(struct pf_admission *a, struct pf_ticket *t, enum pf_ticket_state to)
{
    if (t->state != PF_TICKET_OUT) {
        --*count_of(a, t->state);
        unlink_ticket(t);
    }
    t->state = to;
    if (to != PF_TICKET_OUT) {
        ++*count_of(a, to);
        append(&a->lists[to], t);
    }
}

/* ---- rules ---- */

void pf_admission_init(struct pf_admission *a, unsigned max_concurrent, unsigned max_sessions)
{
    *a = (struct pf_admission){.max_concurrent = max_concurrent, .max_sessions = max_sessions};
    for (size_t i = 0; i < sizeof(a->lists) / sizeof(a->lists[0]); i++)
        a->lists[i].prev = a->lists[i].next = &a->lists[i];
}

bool pf_admission_is_full(const struct pf_admission *a)
{
    return a->max_sessions && a->served >= a->max_sessions;
}

bool pf_admission_is_finished(const struct pf_admission *a)
{
    return pf_admission_is_full(a) && !a->connected && !a->waiting && !a->admitted;
}

bool pf_admission_connect(struct pf_admission *a, struct pf_ticket *t)
{
    if (pf_admission_is_full(a))
        return false;
    t->state = PF_TICKET_OUT;
    t->prev = t->next = NULL;
    a->served++;
    move(a, t, PF_TICKET_CONNECTED);
    return true;
}

static bool has_permit(const struct pf_admission *a)
{
    return !a->max_concurrent || a->admitted < a->max_concurrent;
}

bool pf_admission_request(struct pf_admission *a, struct pf_ticket *t)
{
    assert(t->state != PF_TICKET_OUT);
    if (t->state == PF_TICKET_CONNECTED)
        move(a, t, has_permit(a) && !a->waiting ? PF_TICKET_ADMITTED : PF_TICKET_WAITING);
    return t->state == PF_TICKET_ADMITTED;
}

struct pf_ticket *pf_admission_leave(struct pf_admission *a, struct pf_ticket *t)
{
    move(a, t, PF_TICKET_OUT);
    if (!a->waiting || !has_permit(a))
        return NULL;
    struct pf_ticket *first = a->lists[PF_TICKET_WAITING].next;
    move(a, first, PF_TICKET_ADMITTED);
    return first;
}

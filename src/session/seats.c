#include "session/seats.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void pf_seats_init(struct pf_seats *seats)
{
    *seats = (struct pf_seats){.list = {.prev = &seats->list, .next = &seats->list}};
}

static void append(struct pf_seats *seats, struct pf_seat *seat)
{
    seat->prev = seats->list.prev;
    seat->next = &seats->list;
    seats->list.prev->next = seat;
    seats->list.prev = seat;
}

static void unlink_seat(struct pf_seat *seat)
{
    seat->prev->next = seat->next;
    seat->next->prev = seat->prev;
    seat->prev = seat->next = NULL;
}

/* ---- who is in whose way --------------------------------------------------------------------------------
 */

static bool same_client(const struct pf_seat *a, const struct pf_seat *b)
{
    return a->has_fingerprint && b->has_fingerprint &&
           !memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint));
}

static bool one_at_a_time(const struct pf_seat *a, const struct pf_seat *b)
{
    return a->protocol == PF_SEAT_GAMESTREAM && b->protocol == PF_SEAT_GAMESTREAM;
}

static bool replaces(const struct pf_seat *seat, const struct pf_seat *o)
{
    if (one_at_a_time(seat, o))
        return true;
    return same_client(seat, o) ? seat->replaces_own : seat->steals && o->needs_display;
}

static bool waits_for(const struct pf_seat *seat, const struct pf_seat *o)
{
    return o->state == PF_SEAT_ENDING && (same_client(seat, o) || replaces(seat, o));
}

static bool is_in_the_way(const struct pf_seat *seat, const struct pf_seat *o)
{
    return o != seat && o->state == PF_SEAT_TAKEN && o->needs_display;
}

static bool is_of_another(const struct pf_seat *seat, const struct pf_seat *o)
{
    return is_in_the_way(seat, o) && !same_client(seat, o);
}

/* Nobody joins whom he replaces anyway. */
static bool can_be_joined(const struct pf_seat *seat, const struct pf_seat *o)
{
    return is_of_another(seat, o) && !one_at_a_time(seat, o);
}

static const struct pf_seat *oldest(const struct pf_seats *seats, const struct pf_seat *seat,
    bool (*fits)(const struct pf_seat *seat, const struct pf_seat *o))
{
    for (const struct pf_seat *o = seats->list.next; o != &seats->list; o = o->next)
        if (fits(seat, o))
            return o;
    return NULL;
}

/* Displays in use that will stay so. */
static unsigned count_staying(const struct pf_seats *seats, const struct pf_seat *seat)
{
    unsigned n = 0;
    for (const struct pf_seat *o = seats->list.next; o != &seats->list; o = o->next)
        n += is_in_the_way(seat, o) && !replaces(seat, o);
    return n;
}

/* ---- judgement ------------------------------------------------------------------------------------------
 */

static void refuse_busy(struct pf_judgement *j, const struct pf_seat *other)
{
    struct pf_mode mode;
    char label[PF_SEAT_LABEL];
    other->ops->describe(other, &mode, label);
    j->verdict = PF_VERDICT_BUSY;
    snprintf(j->why, sizeof(j->why), "host busy: streaming %ux%u@%u to %s", mode.width, mode.height,
        (mode.refresh_mhz + 500) / 1000, label);
}

static void refuse_full(struct pf_judgement *j, unsigned max)
{
    j->verdict = PF_VERDICT_FULL;
    snprintf(j->why, sizeof(j->why), "host display budget exhausted: %u of %u displays are in use", max, max);
}

static void join(struct pf_judgement *j, const struct pf_seat *other)
{
    char label[PF_SEAT_LABEL];
    j->verdict = PF_VERDICT_JOIN;
    other->ops->describe(other, &j->joined, label);
}

void pf_seats_judge(const struct pf_seats *seats, const struct pf_seat *seat,
    const struct pf_display_policy *policy, struct pf_judgement *ret_judgement)
{
    const struct pf_seat *other = oldest(seats, seat, is_of_another);
    unsigned staying = count_staying(seats, seat);
    *ret_judgement = (struct pf_judgement){.verdict = PF_VERDICT_SEPARATE};
    if (!seat->needs_display)
        return;
    if (other && policy->conflict == PF_CONFLICT_REJECT)
        refuse_busy(ret_judgement, other);
    else if (other && policy->conflict == PF_CONFLICT_STEAL)
        ret_judgement->verdict = PF_VERDICT_STEAL;
    else if (staying && staying >= policy->max_displays)
        refuse_full(ret_judgement, policy->max_displays);
    else if (policy->conflict == PF_CONFLICT_JOIN && (other = oldest(seats, seat, can_be_joined)))
        join(ret_judgement, other);
}

/* ---- a seat's life --------------------------------------------------------------------------------------
 */

static struct pf_seat *first_replaced(struct pf_seats *seats, const struct pf_seat *seat)
{
    for (struct pf_seat *o = seats->list.next; o != &seats->list; o = o->next)
        if (o != seat && o->state == PF_SEAT_TAKEN && replaces(seat, o))
            return o;
    return NULL;
}

void pf_seat_claim(struct pf_seats *seats, struct pf_seat *seat, const struct pf_judgement *judgement,
    uint64_t now_ns, uint64_t patience_ns)
{
    struct pf_seat *o;
    if (seat->state == PF_SEAT_OUT) {
        append(seats, seat);
        seat->state = PF_SEAT_CLAIMED;
    }
    seat->steals = judgement->verdict == PF_VERDICT_STEAL;
    seat->wait_until_ns = now_ns + patience_ns;
    while ((o = first_replaced(seats, seat))) { /* from the start: others may leave meanwhile */
        o->state = PF_SEAT_ENDING;
        o->ops->end(o,
            same_client(seat, o) ? "a newer session of this client takes over" : "another device takes over");
    }
}

static bool has_predecessor(const struct pf_seats *seats, const struct pf_seat *seat)
{
    for (const struct pf_seat *o = seats->list.next; o != &seats->list; o = o->next)
        if (o != seat && waits_for(seat, o))
            return true;
    return false;
}

bool pf_seat_must_wait(const struct pf_seats *seats, const struct pf_seat *seat, uint64_t now_ns)
{
    return now_ns < seat->wait_until_ns && has_predecessor(seats, seat);
}

void pf_seat_take(struct pf_seats *seats, struct pf_seat *seat)
{
    assert(seat->state == PF_SEAT_CLAIMED || seat->state == PF_SEAT_TAKEN);
    (void)seats;
    seat->state = PF_SEAT_TAKEN;
}

void pf_seat_end(struct pf_seats *seats, struct pf_seat *seat)
{
    if (seat->state == PF_SEAT_CLAIMED)
        pf_seat_leave(seats, seat);
    else if (seat->state == PF_SEAT_TAKEN)
        seat->state = PF_SEAT_ENDING;
}

void pf_seat_leave(struct pf_seats *seats, struct pf_seat *seat)
{
    if (seat->state == PF_SEAT_OUT)
        return;
    unlink_seat(seat);
    seat->state = PF_SEAT_OUT;
    seat->steals = false;
    for (struct pf_seat *o = seats->list.next; o != &seats->list; o = o->next)
        if (o->wait_until_ns && !has_predecessor(seats, o)) {
            o->wait_until_ns = 0;
            o->ops->wake(o);
        }
}

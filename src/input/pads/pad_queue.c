#include "input/pads/pad_queue.h"

#include <string.h>

/* ---- what may be shown together ---- */

static bool is_same_touch(const struct pf_pad_queue *q, const struct pf_datagram *d)
{
    unsigned finger = d->touchpad.finger < PF_PAD_CONTACTS ? d->touchpad.finger : PF_PAD_CONTACTS - 1;
    return d->touchpad.pad < PF_PADS_MAX &&
           q->set.slots[d->touchpad.pad].report.contacts[finger].active == (d->touchpad.active != 0);
}

/* A move, which may share a report with what was before it. */
static bool is_smooth(const struct pf_pad_queue *q, unsigned at)
{
    if (!q->items[at].is_rich)
        return q->items[at].event.kind == PF_INPUT_PAD_AXIS;
    const struct pf_datagram *d = &q->items[at].rich;
    return d->kind == PF_RICH_MOTION || (d->kind == PF_RICH_TOUCHPAD && is_same_touch(q, d));
}

/* ---- playing into the state ---- */

static void play_head(struct pf_pad_queue *q)
{
    unsigned at = q->head, pad = 0;
    bool rich = q->items[at].is_rich;
    enum pf_pad_change change = rich ? pf_pad_set_rich(&q->set, &q->items[at].rich, &pad)
                                     : pf_pad_set_event(&q->set, &q->items[at].event, &pad);
    q->head = (q->head + 1) % PF_PADS_QUEUE;
    q->len--;
    if (change == PF_PAD_UNCHANGED)
        return;
    uint32_t bit = 1u << pad;
    if (change == PF_PAD_GONE) {
        q->gone |= bit;
        q->dirty &= ~bit;
        q->moved &= ~bit;
        return;
    }
    q->dirty |= bit;
    if (rich && q->items[at].rich.kind == PF_RICH_MOTION)
        q->moved |= bit;
}

static unsigned make_room(struct pf_pad_queue *q, bool *ret_had_room)
{
    *ret_had_room = q->len < PF_PADS_QUEUE;
    while (!*ret_had_room && q->len > 0)
        play_head(q);
    return (q->head + q->len++) % PF_PADS_QUEUE;
}

bool pf_pad_queue_event(struct pf_pad_queue *q, const struct pf_input_event *event)
{
    bool had_room;
    unsigned at = make_room(q, &had_room);
    q->items[at].is_rich = false;
    q->items[at].event = *event;
    return had_room;
}

bool pf_pad_queue_rich(struct pf_pad_queue *q, const struct pf_datagram *rich)
{
    bool had_room;
    unsigned at = make_room(q, &had_room);
    q->items[at].is_rich = true;
    q->items[at].rich = *rich;
    return had_room;
}

bool pf_pad_queue_step(struct pf_pad_queue *q, struct pf_pad_step *ret_step)
{
    while (q->len > 0 && (!(q->dirty | q->gone) || is_smooth(q, q->head)))
        play_head(q);
    if (!(q->dirty | q->gone))
        return false;
    ret_step->gone = q->gone;
    ret_step->dirty = q->dirty;
    ret_step->moved = q->moved;
    for (unsigned pad = 0; pad < PF_PADS_MAX; pad++)
        if (q->dirty & 1u << pad)
            ret_step->slots[pad] = q->set.slots[pad];
    q->gone = q->dirty = q->moved = 0;
    return true;
}

void pf_pad_queue_calm(struct pf_pad_queue *q, unsigned pad)
{
    struct pf_pad_slot *s = &q->set.slots[pad];
    memset(s->report.gyro, 0, sizeof(s->report.gyro));
    if (s->present)
        q->dirty |= 1u << pad;
}

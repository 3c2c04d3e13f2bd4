/* What a client's input datagrams, one after another, do to the state that the host keeps of them. The input
 * is a row of datagrams, each behind a byte with its length. */
#include "fuzz.h"

#include "input/event.h"
#include "input/held.h"
#include "input/merge.h"
#include "input/pads/pad_set.h"
#include "punktfunk/wire_datagram.h"

struct state {
    struct pf_pad_set pads;
    struct pf_held held;
    struct pf_input last;
    bool has_last;
};

static void take_event(struct state *s, const struct pf_input_event *event)
{
    struct pf_input e;
    if (!pf_input_of_wire(event, &e) || !pf_held_note(&s->held, &e))
        return;
    if (e.type == PF_INPUT_POSITION || (e.type == PF_INPUT_TOUCH && e.down))
        FUZZ_ASSERT(
            e.width && pf_input_clamp(e.x, e.width) < e.width && pf_input_clamp(e.y, e.height) < e.height);
    if (!s->has_last || !pf_input_merge(&s->last, &e))
        s->last = e;
    s->has_last = true;
}

static void take_pad(struct state *s, const struct pf_datagram *d)
{
    unsigned pad = PF_PADS_MAX;
    bool rich = d->tag == PF_DATAGRAM_RICH;
    if (!rich && !pf_pad_set_knows(&d->input))
        return;
    enum pf_pad_change change =
        rich ? pf_pad_set_rich(&s->pads, d, &pad) : pf_pad_set_event(&s->pads, &d->input, &pad);
    if (change == PF_PAD_UNCHANGED)
        return;
    FUZZ_ASSERT(pad < PF_PADS_MAX);
    FUZZ_ASSERT(s->pads.slots[pad].present == (change == PF_PAD_UPDATED));
}

/* Everything that is held can be let go, once. */
static void let_go(struct state *s)
{
    struct pf_input up;
    unsigned count = 0;
    while (pf_held_release(&s->held, &up)) {
        FUZZ_ASSERT(!up.down);
        FUZZ_ASSERT(++count <= PF_EVDEV_KEYS + 32 + PF_HELD_TOUCHES);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state s = {0};
    for (size_t at = 0, len; at < size; at += len) {
        struct pf_datagram d;
        len = data[at++];
        if (len > size - at)
            break;
        if (pf_datagram_decode(PF_WIRE_V31, data + at, len, &d) != 0)
            continue;
        if (d.tag == PF_DATAGRAM_INPUT)
            take_event(&s, &d.input);
        if (d.tag == PF_DATAGRAM_INPUT || d.tag == PF_DATAGRAM_RICH)
            take_pad(&s, &d);
    }
    let_go(&s);
    return 0;
}

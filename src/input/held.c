#include "input/held.h"

#include <linux/input-event-codes.h>

static bool note_bit(uint64_t *bits, unsigned bit, bool down)
{
    uint64_t mask = 1ull << bit;
    bool was = *bits & mask;
    *bits = down ? *bits | mask : *bits & ~mask;
    return down || was;
}

static bool note_button(struct pf_held *h, const struct pf_input *e)
{
    uint64_t bits = h->buttons;
    bool ok = e->code >= BTN_LEFT && e->code < BTN_LEFT + 32 && note_bit(&bits, e->code - BTN_LEFT, e->down);
    h->buttons = (uint32_t)bits;
    return ok;
}

static bool note_touch(struct pf_held *h, const struct pf_input *e)
{
    unsigned i = 0;
    while (i < h->touch_count && h->touches[i] != e->id)
        i++;
    bool was = i < h->touch_count;
    if (e->moved)
        return was;
    if (!e->down && was)
        h->touches[i] = h->touches[--h->touch_count];
    if (!e->down || was)
        return was && !e->down; /* a finger cannot come down twice */
    if (h->touch_count == PF_HELD_TOUCHES)
        return false;
    h->touches[h->touch_count++] = e->id;
    return true;
}

bool pf_held_note(struct pf_held *h, const struct pf_input *e)
{
    switch (e->type) {
    case PF_INPUT_KEY:
        return e->code < PF_EVDEV_KEYS && note_bit(&h->keys[e->code / 64], e->code % 64, e->down);
    case PF_INPUT_BUTTON:
        return note_button(h, e);
    case PF_INPUT_TOUCH:
        return note_touch(h, e);
    default:
        return true;
    }
}

static bool release_key(struct pf_held *h, struct pf_input *ret)
{
    for (unsigned i = 0; i < PF_EVDEV_KEYS / 64; i++) {
        if (!h->keys[i])
            continue;
        *ret =
            (struct pf_input){.type = PF_INPUT_KEY, .code = i * 64 + (unsigned)__builtin_ctzll(h->keys[i])};
        h->keys[i] &= h->keys[i] - 1;
        return true;
    }
    return false;
}

bool pf_held_release(struct pf_held *h, struct pf_input *ret_event)
{
    if (h->buttons) {
        unsigned bit = (unsigned)__builtin_ctz(h->buttons);
        *ret_event = (struct pf_input){.type = PF_INPUT_BUTTON, .code = BTN_LEFT + bit};
        h->buttons &= h->buttons - 1;
        return true;
    }
    if (release_key(h, ret_event))
        return true;
    if (!h->touch_count)
        return false;
    *ret_event = (struct pf_input){.type = PF_INPUT_TOUCH, .id = h->touches[--h->touch_count]};
    return true;
}

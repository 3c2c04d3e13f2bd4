#include "native/feedback_plane.h"

#include "base/time.h"

#include <string.h>

void pf_feedback_plane_init(struct pf_feedback_plane *p, unsigned ttl_ms)
{
    memset(p, 0, sizeof(*p));
    p->ttl_ms = (uint16_t)(ttl_ms < PF_RUMBLE_TTL_MIN_MS   ? PF_RUMBLE_TTL_MIN_MS
                           : ttl_ms > PF_RUMBLE_TTL_MAX_MS ? PF_RUMBLE_TTL_MAX_MS
                                                           : ttl_ms);
    for (unsigned pad = 0; pad < PF_PADS_MAX; pad++)
        for (unsigned i = 0; i < PF_THINGS; i++)
            p->things[pad][i].due_ns = UINT64_MAX;
}

static enum pf_feedback_thing thing_of(const struct pf_pad_feedback *f)
{
    switch (f->kind) {
    case PF_PAD_LIGHT_BAR:
        return PF_THING_BAR;
    case PF_PAD_PLAYER_LEDS:
        return PF_THING_LEDS;
    case PF_PAD_TRIGGER:
        return f->trigger.which ? PF_THING_R2 : PF_THING_L2;
    case PF_PAD_RUMBLE:
        break;
    }
    return PF_THING_RUMBLE;
}

static bool is_at_rest(const struct pf_pad_feedback *f)
{
    return !f->rumble.low && !f->rumble.high && !f->rumble.left_trigger && !f->rumble.right_trigger;
}

static bool is_same(const struct pf_pad_feedback *a, const struct pf_pad_feedback *b)
{
    switch (a->kind) {
    case PF_PAD_RUMBLE:
        return a->rumble.low == b->rumble.low && a->rumble.high == b->rumble.high &&
               a->rumble.left_trigger == b->rumble.left_trigger &&
               a->rumble.right_trigger == b->rumble.right_trigger;
    case PF_PAD_LIGHT_BAR:
        return a->light_bar.r == b->light_bar.r && a->light_bar.g == b->light_bar.g &&
               a->light_bar.b == b->light_bar.b;
    case PF_PAD_PLAYER_LEDS:
        return a->player_leds == b->player_leds;
    case PF_PAD_TRIGGER:
        return !memcmp(a->trigger.effect, b->trigger.effect, sizeof(a->trigger.effect));
    }
    return false;
}

/* A pad that is not there is told nothing more of its lights. */
static void forget_lights(struct pf_feedback_plane *p, unsigned pad)
{
    for (unsigned i = 0; i < PF_THINGS; i++) {
        if (i == PF_THING_RUMBLE)
            continue;
        p->things[pad][i].known = false;
        p->things[pad][i].due_ns = UINT64_MAX;
    }
}

void pf_feedback_plane_take(struct pf_feedback_plane *p, const struct pf_pad_feedback *f, uint64_t mono_ns)
{
    if (f->pad >= PF_PADS_MAX)
        return;
    unsigned i = thing_of(f);
    if (f->gone)
        forget_lights(p, f->pad);
    if (f->gone && !p->things[f->pad][i].known)
        return;
    bool known = p->things[f->pad][i].known && is_same(&p->things[f->pad][i].value, f);
    if (known)
        return;
    p->things[f->pad][i].known = true;
    p->things[f->pad][i].value = *f;
    p->things[f->pad][i].left = PF_RUMBLE_STOPS;
    p->things[f->pad][i].due_ns = mono_ns;
}

/* ---- datagrams ---- */

static struct pf_datagram datagram_of(struct pf_feedback_plane *p, const struct pf_pad_feedback *f)
{
    struct pf_datagram d = {.tag = PF_DATAGRAM_HID};
    switch (f->kind) {
    case PF_PAD_RUMBLE:
        d.tag = PF_DATAGRAM_RUMBLE;
        d.rumble.pad = f->pad;
        d.rumble.low = f->rumble.low;
        d.rumble.high = f->rumble.high;
        d.rumble.has_envelope = d.rumble.has_triggers = true;
        d.rumble.seq = p->seq[f->pad]++;
        d.rumble.ttl_ms = is_at_rest(f) ? 0 : p->ttl_ms;
        d.rumble.left_trigger = f->rumble.left_trigger;
        d.rumble.right_trigger = f->rumble.right_trigger;
        break;
    case PF_PAD_LIGHT_BAR:
        d.kind = PF_HID_LIGHT_BAR;
        d.light_bar.pad = f->pad;
        d.light_bar.r = f->light_bar.r;
        d.light_bar.g = f->light_bar.g;
        d.light_bar.b = f->light_bar.b;
        break;
    case PF_PAD_PLAYER_LEDS:
        d.kind = PF_HID_PLAYER_LEDS;
        d.player_leds.pad = f->pad;
        d.player_leds.bits = f->player_leds & 0x1F;
        break;
    case PF_PAD_TRIGGER:
        d.kind = PF_HID_TRIGGER;
        d.trigger.pad = f->pad;
        d.trigger.which = f->trigger.which;
        d.trigger.effect = f->trigger.effect;
        d.trigger.effect_len = sizeof(f->trigger.effect);
        break;
    }
    return d;
}

static uint64_t next_time(struct pf_feedback_plane *p, unsigned pad, unsigned i, uint64_t mono_ns)
{
    unsigned renew_ms = p->ttl_ms * 3u / 10;
    if (i != PF_THING_RUMBLE)
        return mono_ns + PF_RICH_RENEW_NS;
    if (is_at_rest(&p->things[pad][i].value) && --p->things[pad][i].left == 0)
        return UINT64_MAX;
    return mono_ns + (renew_ms > PF_RUMBLE_RENEW_MIN_MS ? renew_ms : PF_RUMBLE_RENEW_MIN_MS) * PF_NS_PER_MS;
}

size_t pf_feedback_plane_next(struct pf_feedback_plane *p, uint64_t mono_ns, uint8_t *buf, size_t cap)
{
    for (unsigned pad = 0; pad < PF_PADS_MAX; pad++)
        for (unsigned i = 0; i < PF_THINGS; i++) {
            if (p->things[pad][i].due_ns > mono_ns)
                continue;
            const struct pf_datagram d = datagram_of(p, &p->things[pad][i].value);
            p->things[pad][i].due_ns = next_time(p, pad, i, mono_ns);
            int len = pf_datagram_encode(&d, buf, cap);
            if (len > 0)
                return (size_t)len;
        }
    return 0;
}

uint64_t pf_feedback_plane_deadline(const struct pf_feedback_plane *p)
{
    uint64_t first = UINT64_MAX;
    for (unsigned pad = 0; pad < PF_PADS_MAX; pad++)
        for (unsigned i = 0; i < PF_THINGS; i++)
            if (p->things[pad][i].due_ns < first)
                first = p->things[pad][i].due_ns;
    return first;
}

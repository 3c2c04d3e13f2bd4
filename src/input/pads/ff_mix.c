#include "input/pads/ff_mix.h"

#include "base/env.h"

#define MS 1000000ull

uint64_t pf_rumble_idle_ns(void)
{
    long ms = pf_env_long("PUNKTFUNK_RUMBLE_IDLE_MS", 0, 3600000, (long)(PF_FF_IDLE_NS / MS));
    return ms ? (uint64_t)ms * MS : UINT64_MAX;
}

struct pf_ff_mix pf_ff_mix_begin(uint64_t idle_ns)
{
    return (struct pf_ff_mix){.gain = UINT16_MAX, .idle_ns = idle_ns};
}

void pf_ff_mix_upload(struct pf_ff_mix *mix, unsigned id, const struct pf_ff_effect *effect, uint64_t now_ns)
{
    mix->heard_ns = now_ns;
    if (id >= PF_FF_EFFECTS)
        return;
    mix->slots[id].there = true;
    mix->slots[id].effect = *effect; /* one that plays goes on with the new levels */
}

void pf_ff_mix_erase(struct pf_ff_mix *mix, unsigned id, uint64_t now_ns)
{
    mix->heard_ns = now_ns;
    if (id >= PF_FF_EFFECTS)
        return;
    mix->slots[id].there = false;
    mix->slots[id].plays = 0;
}

void pf_ff_mix_play(struct pf_ff_mix *mix, unsigned id, uint32_t times, uint64_t now_ns)
{
    mix->heard_ns = now_ns;
    if (id >= PF_FF_EFFECTS || !mix->slots[id].there)
        return;
    mix->slots[id].plays = times;
    mix->slots[id].start_ns = now_ns;
}

void pf_ff_mix_gain(struct pf_ff_mix *mix, uint16_t gain, uint64_t now_ns)
{
    mix->heard_ns = now_ns;
    mix->gain = gain;
}

/* Whether the effect is to be felt now, and until or from when (UINT64_MAX: for ever). */
static bool is_felt(const struct pf_ff_mix *mix, unsigned id, uint64_t now_ns, uint64_t *ret_change_ns)
{
    const struct pf_ff_effect *e = &mix->slots[id].effect;
    uint64_t start = mix->slots[id].start_ns, delay = e->delay_ms * MS, length = e->length_ms * MS;
    *ret_change_ns = UINT64_MAX;
    if (!mix->slots[id].plays)
        return false;
    if (!length) {
        uint64_t end = mix->idle_ns == UINT64_MAX ? UINT64_MAX : mix->heard_ns + mix->idle_ns;
        bool begun = now_ns >= start + delay;
        *ret_change_ns = !begun ? start + delay : now_ns < end ? end : UINT64_MAX;
        return begun && now_ns < end;
    }
    uint64_t round = (now_ns - start) / (delay + length), at = start + round * (delay + length);
    if (round >= mix->slots[id].plays)
        return false;
    bool felt = now_ns >= at + delay;
    *ret_change_ns = felt ? at + delay + length : at + delay;
    return felt;
}

static uint16_t mixed(uint32_t sum, uint16_t gain)
{
    return (uint16_t)((sum < UINT16_MAX ? sum : UINT16_MAX) * (uint32_t)gain >> 16);
}

void pf_ff_mix_levels(const struct pf_ff_mix *mix, uint64_t now_ns, uint16_t *ret_low, uint16_t *ret_high)
{
    uint32_t strong = 0, weak = 0;
    uint64_t unused;
    for (unsigned i = 0; i < PF_FF_EFFECTS; i++) {
        bool felt = is_felt(mix, i, now_ns, &unused);
        strong += felt ? mix->slots[i].effect.strong : 0;
        weak += felt ? mix->slots[i].effect.weak : 0;
    }
    *ret_low = mixed(strong, mix->gain);
    *ret_high = mixed(weak, mix->gain);
}

uint64_t pf_ff_mix_deadline(const struct pf_ff_mix *mix, uint64_t now_ns)
{
    uint64_t first = UINT64_MAX, change;
    for (unsigned i = 0; i < PF_FF_EFFECTS; i++) {
        is_felt(mix, i, now_ns, &change);
        first = change < first ? change : first;
    }
    return first;
}

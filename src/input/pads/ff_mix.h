/* Force feedback as games upload it to a device, mixed into two motor levels (input-audio-encode.md 2.2).
 * Pure. */
#ifndef PF_INPUT_PADS_FF_MIX_H
#define PF_INPUT_PADS_FF_MIX_H

#include <stdbool.h>
#include <stdint.h>

#define PF_FF_EFFECTS 16u
/* An effect without an end is switched off after this long without a word of the game, which may have died.
 */
#define PF_FF_IDLE_NS 2500000000ull

struct pf_ff_effect {
    uint16_t strong, weak;
    uint16_t length_ms; /* 0: until stopped */
    uint16_t delay_ms;  /* before it begins */
};

struct pf_ff_mix {
    struct {
        bool there;
        struct pf_ff_effect effect;
        uint32_t plays; /* 0: it does not play */
        uint64_t start_ns;
    } slots[PF_FF_EFFECTS];
    uint16_t gain;
    uint64_t heard_ns; /* last word of a game */
    uint64_t idle_ns;  /* how long an effect without an end lasts after it; UINT64_MAX: for ever */
};

/* PUNKTFUNK_RUMBLE_IDLE_MS, 0 for ever; PF_FF_IDLE_NS unless it says otherwise. */
uint64_t pf_rumble_idle_ns(void);

struct pf_ff_mix pf_ff_mix_begin(uint64_t idle_ns);
void pf_ff_mix_upload(struct pf_ff_mix *mix, unsigned id, const struct pf_ff_effect *effect, uint64_t now_ns);
void pf_ff_mix_erase(struct pf_ff_mix *mix, unsigned id, uint64_t now_ns);
/* `times` in a row; 0 stops it. */
void pf_ff_mix_play(struct pf_ff_mix *mix, unsigned id, uint32_t times, uint64_t now_ns);
void pf_ff_mix_gain(struct pf_ff_mix *mix, uint16_t gain, uint64_t now_ns);

/* The levels now: strong motor low, weak motor high. */
void pf_ff_mix_levels(const struct pf_ff_mix *mix, uint64_t now_ns, uint16_t *ret_low, uint16_t *ret_high);
/* When they change by themselves; UINT64_MAX: they do not. */
uint64_t pf_ff_mix_deadline(const struct pf_ff_mix *mix, uint64_t now_ns);

#endif

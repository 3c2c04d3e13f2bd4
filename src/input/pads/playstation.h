/* What DualSense and DualShock 4 have in common (input-audio-encode.md 2.4, 2.5): parts of their reports, and
 * what a model of such a pad is. Pure; no allocation. */
#ifndef PF_INPUT_PADS_PLAYSTATION_H
#define PF_INPUT_PADS_PLAYSTATION_H

#include "input/pads/pad.h"

#include <stddef.h>

#define PF_PS_REPORT_LEN  64u /* input reports, and the longest feature report */
#define PF_PS_MAC_LEN     6u
#define PF_PS_VENDOR      0x054Cu
#define PF_PS_GYRO_RANGE  10000 /* wire units pass through the driver's calibration unscaled */
#define PF_PS_ACCEL_RANGE 10000
#define PF_PS_SPEED       500

/* What becomes of the paddles, which these pads lack. */
enum pf_ps_paddles { PF_PS_PADDLES_DROPPED, PF_PS_PADDLES_STICKS, PF_PS_PADDLES_SHOULDERS };

/* PUNKTFUNK_STEAM_REMAP: "paddles=shoulders" and the like, beside other words. NULL: dropped. */
enum pf_ps_paddles pf_ps_paddles_of_words(const char *words);

/* What a pad remembers from one report to the next. Begins all zero, but for `paddles`. */
struct pf_ps_state {
    enum pf_ps_paddles paddles;
    uint8_t seq;
    struct {
        bool active;
        uint8_t id; /* 7 bits; another one for every touch */
    } contacts[PF_PAD_CONTACTS];
    uint8_t next_id;
};

/* What an output report asks for; only what is marked. */
struct pf_ps_wishes {
    bool rumble, light_bar, player_leds;
    bool trigger[2]; /* 0 L2, 1 R2, as pf_pad_feedback has it */
    uint16_t low, high;
    uint8_t rgb[3], leds;
    uint8_t effect[2][PF_HID_EFFECT_LEN];
};

/* A model of pad. */
struct pf_ps_model {
    const char *name;          /* "DualSense" */
    const char *path, *uniq;   /* parts of phys and uniq */
    uint16_t product;          /* the vendor is PF_PS_VENDOR */
    const uint8_t *descriptor; /* of its reports */
    size_t descriptor_len;
    unsigned ticks, ticks_us; /* its sensor clock: so many ticks in so many microseconds */
    /* The feature report of that number, number included: its length, 0 if there is none. */
    size_t (*feature)(uint8_t number, const uint8_t mac[PF_PS_MAC_LEN], uint8_t out[PF_PS_REPORT_LEN]);
    /* The input report of a state; `clock` in ticks. */
    void (*encode)(struct pf_ps_state *state, const struct pf_pad_report *report, uint32_t clock,
        uint8_t out[PF_PS_REPORT_LEN]);
    /* Any bytes that somebody wrote; false if they are no output report of this pad. */
    bool (*decode)(const uint8_t *data, size_t len, struct pf_ps_wishes *ret_wishes);
};

extern const struct pf_ps_model pf_dualsense;
extern const struct pf_ps_model pf_dualshock4;

/* The address of the pad in a host-wide slot, low octet first as reports have it. */
void pf_ps_mac(unsigned slot, uint8_t out[PF_PS_MAC_LEN]);

/* The sensor clock after that time. */
uint32_t pf_ps_clock(const struct pf_ps_model *model, uint64_t since_ns);

/* ---- parts of input reports ---- */

/* Four sticks, 0x80 in the middle, 0 up. */
void pf_ps_put_sticks(uint8_t out[4], const struct pf_pad_report *report);
/* Hat and face buttons, shoulders, and the third byte without what models add: PS 1, touchpad 2. */
void pf_ps_put_buttons(uint8_t out[3], const struct pf_ps_state *state, const struct pf_pad_report *report);
/* Gyro, then accelerometer. */
void pf_ps_put_motion(uint8_t out[12], const struct pf_pad_report *report);
/* Both contacts, on a pad of that many points. */
void pf_ps_put_contacts(uint8_t out[8], struct pf_ps_state *state, const struct pf_pad_report *report,
    unsigned width, unsigned height);

/* ---- parts of feature reports ---- */

/* The calibration from byte 1 on: 34 bytes. */
void pf_ps_put_calibration(uint8_t out[34]);

static inline void pf_ps_put16(uint8_t *out, int v)
{
    out[0] = (uint8_t)v;
    out[1] = (uint8_t)((unsigned)v >> 8);
}

static inline void pf_ps_put32(uint8_t *out, uint32_t v)
{
    pf_ps_put16(out, (int)(v & 0xFFFF));
    pf_ps_put16(out + 2, (int)(v >> 16));
}

#endif

/* Messages in QUIC datagrams: input, audio, feedback, timing. Defined by docs/spec/punktfunk1-control.md 4.
 *
 * A datagram is a tagged union; packets of samples are borrowed from the bytes that were decoded. Decoders
 * want at least the listed length and ignore what follows. See wire_common.h for results.
 */
#ifndef PUNKTFUNK_WIRE_DATAGRAM_H
#define PUNKTFUNK_WIRE_DATAGRAM_H

#include "punktfunk/wire_common.h"
#include "punktfunk/wire_handshake.h"

#include <stdbool.h>

/* First byte. */
enum pf_datagram_tag {
    PF_DATAGRAM_INPUT = 0xC8,
    PF_DATAGRAM_AUDIO = 0xC9,
    PF_DATAGRAM_RUMBLE = 0xCA,
    PF_DATAGRAM_MIC = 0xCB,
    PF_DATAGRAM_RICH = 0xCC,
    PF_DATAGRAM_HID = 0xCD,
    PF_DATAGRAM_HDR = 0xCE,
    PF_DATAGRAM_HOST_TIMING = 0xCF,
    PF_DATAGRAM_CURSOR = 0xD0, /* from here on: v0.31 */
    PF_DATAGRAM_PAD_AUDIO = 0xD1,
    PF_DATAGRAM_AUDIO_RED = 0xD2,
    PF_DATAGRAM_AUDIO_PCM = 0xD3,
};

/* Input kinds (4.1). Those from PAD_STATE on: v0.31. */
enum pf_input_kind {
    PF_INPUT_KEY_DOWN = 0,
    PF_INPUT_KEY_UP = 1,
    PF_INPUT_MOUSE_MOVE = 2,
    PF_INPUT_MOUSE_MOVE_ABS = 3,
    PF_INPUT_BUTTON_DOWN = 4,
    PF_INPUT_BUTTON_UP = 5,
    PF_INPUT_SCROLL = 6,
    PF_INPUT_PAD_BUTTON = 7,
    PF_INPUT_PAD_AXIS = 8,
    PF_INPUT_TOUCH_DOWN = 9,
    PF_INPUT_TOUCH_MOVE = 10,
    PF_INPUT_TOUCH_UP = 11,
    PF_INPUT_PAD_STATE = 12,
    PF_INPUT_PAD_REMOVE = 13,
    PF_INPUT_PAD_ARRIVAL = 14,
    PF_INPUT_TEXT = 15,
};

/* Pad buttons: code of PAD_BUTTON (one bit) and PAD_STATE (all bits). */
#define PF_PAD_UP             0x1u
#define PF_PAD_DOWN           0x2u
#define PF_PAD_LEFT           0x4u
#define PF_PAD_RIGHT          0x8u
#define PF_PAD_START          0x10u
#define PF_PAD_BACK           0x20u
#define PF_PAD_LS             0x40u
#define PF_PAD_RS             0x80u
#define PF_PAD_LB             0x100u
#define PF_PAD_RB             0x200u
#define PF_PAD_GUIDE          0x400u
#define PF_PAD_A              0x1000u
#define PF_PAD_B              0x2000u
#define PF_PAD_X              0x4000u
#define PF_PAD_Y              0x8000u
#define PF_PAD_R4             0x10000u
#define PF_PAD_L4             0x20000u
#define PF_PAD_R5             0x40000u
#define PF_PAD_L5             0x80000u
#define PF_PAD_TOUCHPAD_CLICK 0x100000u
#define PF_PAD_MISC           0x200000u

/* Axes: code of PAD_AXIS. Sticks i16 range with +y up; triggers 0…255. */
enum pf_pad_axis {
    PF_PAD_AXIS_LSX = 0,
    PF_PAD_AXIS_LSY = 1,
    PF_PAD_AXIS_RSX = 2,
    PF_PAD_AXIS_RSY = 3,
    PF_PAD_AXIS_LT = 4,
    PF_PAD_AXIS_RT = 5,
};

#define PF_PADS_MAX 16u

/* 0xC8. What the fields mean depends on the kind (4.1); unused ones are 0. */
struct pf_input_event {
    uint8_t kind; /* enum pf_input_kind */
    uint32_t code;
    int32_t x, y;
    uint32_t flags;
};
#define PF_INPUT_LEN 18u

/* PAD_STATE, PAD_REMOVE and PAD_ARRIVAL unpacked (4.1, v0.31). */
struct pf_pad_state {
    uint8_t pad, seq; /* one sequence per pad for states and removals */
    uint32_t buttons;
    int16_t lsx, lsy, rsx, rsy; /* +y up */
    uint8_t lt, rt;
};
PF_API struct pf_pad_state pf_pad_state_of(const struct pf_input_event *event);
PF_API struct pf_input_event pf_pad_state_event(const struct pf_pad_state *state);

/* Rich input kinds (4.4) and HID output kinds (4.5); the last two of each: v0.31. */
enum pf_rich_kind {
    PF_RICH_TOUCHPAD = 1,
    PF_RICH_MOTION = 2,
    PF_RICH_TOUCHPAD_EX = 3,
    PF_RICH_RAW_REPORT = 4,
    PF_RICH_PEN = 5,
};
enum pf_hid_kind {
    PF_HID_LIGHT_BAR = 1,
    PF_HID_PLAYER_LEDS = 2,
    PF_HID_TRIGGER = 3,
    PF_HID_TRACKPAD_HAPTIC = 4,
    PF_HID_RAW = 5,
    PF_HID_AUDIO_CONTROL = 6,
};

#define PF_PEN_SAMPLES_MAX 8u
#define PF_HID_RAW_MAX     64u
#define PF_HID_EFFECT_LEN  11u
#define PF_HID_EFFECT_MAX  64u /* bytes that a decoder accepts */

struct pf_pen_sample {
    uint8_t state;          /* 1 in range, 2 touching, 4 and 8 barrel buttons, 0x80 predicted: skip */
    uint8_t tool;           /* 0 pen, 1 eraser, else inherit */
    float x, y;             /* 0…1 of the display, finite */
    uint16_t pressure;      /* 0…65535 */
    uint16_t distance;      /* 0xFFFF unknown */
    uint8_t tilt;           /* 0xFF unknown */
    uint16_t azimuth, roll; /* 0xFFFF unknown */
    uint16_t dt_us;         /* since the sample before */
};

/* Samples of one packet: Opus, or PCM as the tag says. */
struct pf_audio_packet {
    uint32_t seq;
    uint64_t pts_ns;
    const uint8_t *data; /* borrowed; may be empty */
    size_t len;
};

struct pf_datagram {
    enum pf_datagram_tag tag;
    uint8_t kind; /* of RICH (enum pf_rich_kind) and HID (enum pf_hid_kind) */
    union {
        struct pf_input_event input;  /* INPUT */
        struct pf_audio_packet audio; /* AUDIO, MIC, AUDIO_PCM */
        struct {                      /* AUDIO_RED */
            struct pf_audio_packet now;
            const uint8_t *previous; /* the packet before, or NULL; borrowed */
            size_t previous_len;
        } red;
        struct { /* PAD_AUDIO */
            uint8_t pad;
            uint8_t kind; /* 0 haptics (5 ms), 1 speaker (10 ms) */
            struct pf_audio_packet packet;
        } pad_audio;
        struct { /* RUMBLE: absolute levels, 0/0 stops */
            uint16_t pad, low, high;
            bool has_envelope; /* v0.31: 10 or 14 bytes */
            uint8_t seq;
            uint16_t ttl_ms;
            bool has_triggers; /* v0.31: 14 bytes */
            uint16_t left_trigger, right_trigger;
        } rumble;
        struct { /* RICH_TOUCHPAD: 0…65535, origin top left */
            uint8_t pad, finger, active;
            uint16_t x, y;
        } touchpad;
        struct { /* RICH_MOTION: 20 per °/s, 10 000 per g */
            uint8_t pad;
            int16_t gyro[3];  /* pitch, yaw, roll */
            int16_t accel[3]; /* x, y, z */
        } motion;
        struct { /* RICH_TOUCHPAD_EX: centred on 0, +y down */
            uint8_t pad;
            uint8_t surface; /* 0 single, 1 left, 2 right */
            uint8_t finger;
            uint8_t state; /* 1 touch, 2 click */
            int16_t x, y;
            uint16_t pressure;
        } touchpad_ex;
        struct { /* RICH_RAW_REPORT, HID_RAW */
            uint8_t pad;
            uint8_t report_kind; /* HID_RAW: 0 output, 1 feature */
            const uint8_t *data; /* borrowed, at most PF_HID_RAW_MAX bytes */
            size_t len;
        } raw;
        struct { /* RICH_PEN */
            uint8_t flags;
            uint8_t count; /* 1…PF_PEN_SAMPLES_MAX */
            uint16_t seq;
            struct pf_pen_sample samples[PF_PEN_SAMPLES_MAX];
        } pen;
        struct { /* HID_LIGHT_BAR */
            uint8_t pad, r, g, b;
        } light_bar;
        struct { /* HID_PLAYER_LEDS */
            uint8_t pad;
            uint8_t bits; /* low 5 bits */
        } player_leds;
        struct { /* HID_TRIGGER */
            uint8_t pad;
            uint8_t which;         /* 0 L2, 1 R2 */
            const uint8_t *effect; /* mode and parameters; borrowed */
            size_t effect_len;     /* PF_HID_EFFECT_LEN from a correct host */
        } trigger;
        struct { /* HID_TRACKPAD_HAPTIC */
            uint8_t pad;
            uint8_t side; /* 0 right, 1 left */
            uint16_t amplitude, period_us, count;
        } haptic;
        struct { /* HID_AUDIO_CONTROL */
            uint16_t pad;
            uint8_t flags;
            uint8_t raw[6];
        } audio_control;
        struct pf_hdr_volume hdr; /* HDR */
        struct {                  /* HOST_TIMING */
            uint64_t pts_ns;      /* of the access unit */
            uint32_t host_us;     /* capture to last packet sent */
            bool has_stages;      /* v0.31: 25 bytes */
            uint32_t queue_us, encode_us, pace_us;
            bool has_phase; /* v0.31: 29 bytes */
            int32_t phase_ns;
        } timing;
        struct { /* CURSOR */
            uint32_t serial;
            uint8_t flags; /* 1 visible, 2 relative hint */
            int32_t x, y;  /* hotspot in output pixels */
        } cursor;
    };
};

/* Longest datagram without an audio packet. */
#define PF_DATAGRAM_SMALL_MAX (6u + PF_PEN_SAMPLES_MAX * 21)
/* What precedes the samples: AUDIO, MIC and PCM 13, PAD_AUDIO and AUDIO_RED 15. */
#define PF_DATAGRAM_AUDIO_HEADER_MAX 15u

PF_API int pf_datagram_encode(const struct pf_datagram *msg, void *buf, size_t cap);

/* 0, PF_WIRE_UNKNOWN for a tag or kind that this level does not have, -EBADMSG for one that is too short or
 * carries impossible content. Peers drop both. */
PF_API int pf_datagram_decode(
    enum pf_wire_level level, const void *data, size_t len, struct pf_datagram *ret);

#endif

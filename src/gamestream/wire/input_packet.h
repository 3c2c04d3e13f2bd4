/* Input packets of GameStream: the payload of control type 0x0206 (docs/spec/gamestream.md 7).
 *
 * Pure. Values are as on the wire, in host byte order; what they mean for an injector is decided by
 * gamestream/input_map.h.
 */
#ifndef PF_GAMESTREAM_WIRE_INPUT_PACKET_H
#define PF_GAMESTREAM_WIRE_INPUT_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PF_GS_TEXT_MAX 32u

enum pf_gs_input_kind {
    PF_GS_INPUT_HAPTICS,  /* enable */
    PF_GS_INPUT_MOVE,     /* relative mouse */
    PF_GS_INPUT_POSITION, /* absolute mouse */
    PF_GS_INPUT_BUTTON,
    PF_GS_INPUT_SCROLL,
    PF_GS_INPUT_KEY,
    PF_GS_INPUT_TEXT,
    PF_GS_INPUT_PAD,
    PF_GS_INPUT_PAD_ARRIVAL,
    PF_GS_INPUT_PAD_TOUCH,
    PF_GS_INPUT_PAD_MOTION,
    PF_GS_INPUT_PAD_BATTERY,
    PF_GS_INPUT_TOUCH,
    PF_GS_INPUT_PEN,
};

/* Events of touch, pen and touchpads (7.2). */
enum pf_gs_touch_event {
    PF_GS_TOUCH_HOVER,
    PF_GS_TOUCH_DOWN,
    PF_GS_TOUCH_UP,
    PF_GS_TOUCH_MOVE,
    PF_GS_TOUCH_CANCEL,
    PF_GS_TOUCH_BUTTON_ONLY,
    PF_GS_TOUCH_HOVER_LEAVE,
    PF_GS_TOUCH_CANCEL_ALL,
};

#define PF_GS_KEY_NOT_NORMALISED 0x01u

enum pf_gs_modifier {
    PF_GS_MODIFIER_SHIFT = 1,
    PF_GS_MODIFIER_CTRL = 2,
    PF_GS_MODIFIER_ALT = 4,
    PF_GS_MODIFIER_META = 8
};

#define PF_GS_ROTATION_UNKNOWN 0xFFFFu
#define PF_GS_TILT_UNKNOWN     0xFFu
#define PF_GS_BATTERY_UNKNOWN  0xFFu

struct pf_gs_input_packet {
    enum pf_gs_input_kind kind;
    union {
        struct {
            int16_t x, y;
        } move;
        struct {
            int16_t x, y;
            int16_t right, bottom; /* largest x and y of the client's surface: width − 1, height − 1 */
        } position;
        struct {
            uint8_t button; /* 1 left, 2 middle, 3 right, 4 X1, 5 X2 */
            bool down;
        } button;
        struct {
            int16_t amount; /* 120 per detent, + up or right */
            bool horizontal;
        } scroll;
        struct {
            uint8_t flags, modifiers;
            uint16_t code; /* low byte: Windows virtual key */
            bool down;
        } key;
        struct {
            uint8_t bytes[PF_GS_TEXT_MAX]; /* UTF-8, not checked */
            size_t len;
        } text;
        struct {
            uint16_t pad, active_mask;
            uint32_t buttons; /* high word in bits 16 … 31 */
            uint8_t left_trigger, right_trigger;
            int16_t left_x, left_y, right_x, right_y; /* + right and up */
        } pad;
        struct {
            uint8_t pad, type;
            uint16_t capabilities;
            uint32_t buttons;
        } arrival;
        struct {
            uint8_t pad, event, touchpad;
            uint32_t finger;
            float x, y, pressure;
        } pad_touch;
        struct {
            uint8_t pad, type; /* 1 accelerometer, m/s²; 2 gyroscope, °/s */
            float x, y, z;
        } motion;
        struct {
            uint8_t pad, state, percent;
        } battery;
        struct {
            uint8_t event;
            uint16_t rotation;
            uint32_t finger;
            float x, y, pressure, contact_major, contact_minor;
        } touch;
        struct {
            uint8_t event, tool, buttons, tilt;
            uint16_t rotation;
            float x, y, pressure, contact_major, contact_minor;
        } pen;
    };
};

/* Reads one packet. 0; -EINVAL if its size or constants are wrong, or if a fraction is no finite number;
 * -ENOTSUP if its kind is unknown. */
int pf_gs_input_packet_decode(const uint8_t *data, size_t len, struct pf_gs_input_packet *ret_packet);

#endif

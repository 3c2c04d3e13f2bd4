/* DualSense (input-audio-encode.md 2.4). */
#include "input/pads/crc32.h"
#include "input/pads/playstation.h"

#include <string.h>

#define PAD_WIDTH  1920u
#define PAD_HEIGHT 1080u

#define INPUT            0x01
#define OUTPUT           0x02
#define OUTPUT_BLUETOOTH 0x31
#define OUTPUT_MIN       48u /* what programs write at least */
#define BLUETOOTH_HEADER 3u  /* number, sequence, tag */
#define BLUETOOTH_LEN    78u /* the last four bytes: CRC-32 */

#define FEATURE_CALIBRATION 0x05
#define FEATURE_PAIRING     0x09
#define FEATURE_FIRMWARE    0x20

#define FEATURE(number, usage, count) 0x85, number, 0x09, usage, 0x95, count, 0xB1, 0x02

static const uint8_t descriptor[] = {0x05, 0x01, 0x09, 0x05, 0xA1, 0x01, 0x85, INPUT, /* a gamepad */
    0x09, 0x30, 0x09, 0x31, 0x09, 0x32, 0x09, 0x35, 0x09, 0x33, 0x09, 0x34,           /* sticks, triggers */
    0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x06, 0x81, 0x02,                 /* */
    0x06, 0x00, 0xFF, 0x09, 0x20, 0x95, 0x01, 0x81, 0x02,                             /* sequence */
    0x05, 0x01, 0x09, 0x39, 0x15, 0x00, 0x25, 0x07, 0x35, 0x00, 0x46, 0x3B, 0x01,     /* hat */
    0x65, 0x14, 0x75, 0x04, 0x95, 0x01, 0x81, 0x42, 0x65, 0x00,                       /* */
    0x05, 0x09, 0x19, 0x01, 0x29, 0x0F, 0x15, 0x00, 0x25, 0x01,                       /* buttons */
    0x75, 0x01, 0x95, 0x0F, 0x81, 0x02,                                               /* */
    0x06, 0x00, 0xFF, 0x09, 0x21, 0x95, 0x0D, 0x81, 0x02,                             /* the rest */
    0x06, 0x00, 0xFF, 0x09, 0x22, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x34, 0x81, 0x02, /* */
    0x85, OUTPUT, 0x09, 0x23, 0x95, 0x2F, 0x91, 0x02,                                               /* */
    FEATURE(FEATURE_CALIBRATION, 0x33, 0x28), FEATURE(0x08, 0x34, 0x2F), FEATURE(FEATURE_PAIRING, 0x24, 0x13),
    FEATURE(0x0A, 0x25, 0x1A), FEATURE(FEATURE_FIRMWARE, 0x26, 0x3F), FEATURE(0x21, 0x27, 0x04),
    FEATURE(0x22, 0x40, 0x3F), FEATURE(0x80, 0x28, 0x3F), FEATURE(0x81, 0x29, 0x3F),
    FEATURE(0x82, 0x2A, 0x09), FEATURE(0x83, 0x2B, 0x3F), FEATURE(0x84, 0x2C, 0x3F),
    FEATURE(0x85, 0x2D, 0x02), FEATURE(0xA0, 0x2E, 0x01), FEATURE(0xE0, 0x2F, 0x3F),
    FEATURE(0xF0, 0x30, 0x3F), FEATURE(0xF1, 0x31, 0x3F), FEATURE(0xF2, 0x32, 0x0F),
    FEATURE(0xF4, 0x35, 0x3F), FEATURE(0xF5, 0x36, 0x03), 0xC0};

/* ---- features ---- */

static size_t put_calibration(uint8_t *out)
{
    pf_ps_put_calibration(out + 1);
    out[35] = 0x0B;
    return 41;
}

static size_t put_pairing(uint8_t *out, const uint8_t mac[PF_PS_MAC_LEN])
{
    static const uint8_t rest[] = {0x08, 0x25, 0x00, 0x1E, 0x00, 0xEE, 0x74, 0xD0, 0xBC};
    memcpy(out + 1, mac, PF_PS_MAC_LEN);
    memcpy(out + 7, rest, sizeof(rest));
    return 20;
}

static size_t put_firmware(uint8_t *out)
{
    memcpy(out + 1, "Jun 19 2023", 11);
    memcpy(out + 12, "14:47:34", 8);
    pf_ps_put32(out + 24, 0x01000208); /* hardware */
    pf_ps_put32(out + 28, 0x01000036); /* firmware */
    pf_ps_put16(out + 44, 0x0999);     /* from 0x0224 on drivers use flag 2 for vibration */
    return PF_PS_REPORT_LEN;
}

static size_t feature(uint8_t number, const uint8_t mac[PF_PS_MAC_LEN], uint8_t out[PF_PS_REPORT_LEN])
{
    memset(out, 0, PF_PS_REPORT_LEN);
    out[0] = number;
    switch (number) {
    case FEATURE_CALIBRATION:
        return put_calibration(out);
    case FEATURE_PAIRING:
        return put_pairing(out, mac);
    case FEATURE_FIRMWARE:
        return put_firmware(out);
    default:
        return 0;
    }
}

/* ---- input ---- */

static void encode(
    struct pf_ps_state *state, const struct pf_pad_report *r, uint32_t clock, uint8_t out[PF_PS_REPORT_LEN])
{
    memset(out, 0, PF_PS_REPORT_LEN);
    out[0] = INPUT;
    pf_ps_put_sticks(out + 1, r);
    out[5] = r->lt;
    out[6] = r->rt;
    out[7] = state->seq++;
    pf_ps_put_buttons(out + 8, state, r);
    if (r->buttons & PF_PAD_MISC)
        out[10] |= 0x04; /* mute */
    pf_ps_put_motion(out + 16, r);
    pf_ps_put32(out + 28, clock);
    pf_ps_put_contacts(out + 33, state, r, PAD_WIDTH, PAD_HEIGHT);
    out[53] = 0x2A; /* the battery is full */
}

/* ---- output ---- */

enum {
    MOTORS = 0x03,        /* flag 0 */
    R2 = 0x04,            /* flag 0 */
    L2 = 0x08,            /* flag 0 */
    LIGHT_BAR = 0x04,     /* flag 1 */
    PLAYER_LEDS = 0x10,   /* flag 1 */
    MOTORS_SINCE_2 = 0x04 /* flag 2 */
};

/* As over USB, number included; at least OUTPUT_MIN bytes. */
static void decode_report(const uint8_t *b, struct pf_ps_wishes *w)
{
    uint8_t flag0 = b[1], flag1 = b[2], flag2 = b[39];
    bool nothing = !flag0 && !flag1 && !flag2; /* SDL's way to stop */
    *w = (struct pf_ps_wishes){.rumble = nothing || flag0 & MOTORS || flag2 & MOTORS_SINCE_2,
        .light_bar = flag1 & LIGHT_BAR,
        .player_leds = flag1 & PLAYER_LEDS,
        .trigger = {flag0 & L2, flag0 & R2},
        .low = nothing ? 0 : (uint16_t)(b[4] << 8),
        .high = nothing ? 0 : (uint16_t)(b[3] << 8),
        .rgb = {b[45], b[46], b[47]},
        .leds = b[44] & 0x1F};
    memcpy(w->effect[1], b + 11, PF_HID_EFFECT_LEN);
    memcpy(w->effect[0], b + 22, PF_HID_EFFECT_LEN);
}

/* Reports as over Bluetooth end with a CRC-32, begun with the byte of the transport. */
static bool is_whole(const uint8_t *b, size_t len)
{
    uint8_t transport = 0xA2, sum[4];
    pf_ps_put32(sum, pf_crc32(pf_crc32(0, &transport, 1), b, len - sizeof(sum)));
    return !memcmp(sum, b + len - sizeof(sum), sizeof(sum));
}

static bool decode(const uint8_t *data, size_t len, struct pf_ps_wishes *w)
{
    if (len >= OUTPUT_MIN && data[0] == OUTPUT) {
        decode_report(data, w);
        return true;
    }
    if (len != BLUETOOTH_LEN || data[0] != OUTPUT_BLUETOOTH || !is_whole(data, len))
        return false;
    decode_report(data + BLUETOOTH_HEADER - 1, w);
    return true;
}

const struct pf_ps_model pf_dualsense = {.name = "DualSense",
    .path = "dualsense",
    .uniq = "ds",
    .product = 0x0CE6,
    .descriptor = descriptor,
    .descriptor_len = sizeof(descriptor),
    .ticks = 3,
    .ticks_us = 1,
    .feature = feature,
    .encode = encode,
    .decode = decode};

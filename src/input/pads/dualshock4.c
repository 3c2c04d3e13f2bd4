/* DualShock 4 (input-audio-encode.md 2.5). */
#include "input/pads/playstation.h"

#include <string.h>

#define PAD_WIDTH  1920u
#define PAD_HEIGHT 942u

#define INPUT      0x01
#define OUTPUT     0x05
#define OUTPUT_MIN 11u

#define FEATURE_CALIBRATION 0x02
#define FEATURE_PAIRING     0x12
#define FEATURE_MAC         0x81 /* asked by the driver of Linux 6.1 */
#define FEATURE_FIRMWARE    0xA3

#define FEATURE(number, usage, count) 0x85, number, 0x09, usage, 0x95, count, 0xB1, 0x02
#define PAGE(low, high)               0x06, low, high

static const uint8_t descriptor[] = {0x05, 0x01, 0x09, 0x05, 0xA1, 0x01, 0x85, INPUT,         /* a gamepad */
    0x09, 0x30, 0x09, 0x31, 0x09, 0x32, 0x09, 0x35,                                           /* sticks */
    0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, 0x04, 0x81, 0x02,                         /* */
    0x09, 0x39, 0x15, 0x00, 0x25, 0x07, 0x35, 0x00, 0x46, 0x3B, 0x01,                         /* hat */
    0x65, 0x14, 0x75, 0x04, 0x95, 0x01, 0x81, 0x42, 0x65, 0x00,                               /* */
    0x05, 0x09, 0x19, 0x01, 0x29, 0x0E, 0x15, 0x00, 0x25, 0x01,                               /* buttons */
    0x75, 0x01, 0x95, 0x0E, 0x81, 0x02,                                                       /* */
    PAGE(0x00, 0xFF), 0x09, 0x20, 0x75, 0x06, 0x95, 0x01, 0x15, 0x00, 0x25, 0x7F, 0x81, 0x02, /* counter */
    0x05, 0x01, 0x09, 0x33, 0x09, 0x34, 0x15, 0x00, 0x26, 0xFF, 0x00,                         /* triggers */
    0x75, 0x08, 0x95, 0x02, 0x81, 0x02,                                                       /* */
    PAGE(0x00, 0xFF), 0x09, 0x21, 0x95, 0x36, 0x81, 0x02,                                     /* the rest */
    0x85, OUTPUT, 0x09, 0x22, 0x95, 0x1F, 0x91, 0x02,                                         /* */
    FEATURE(0x04, 0x23, 0x24), FEATURE(FEATURE_CALIBRATION, 0x24, 0x24), FEATURE(0x08, 0x25, 0x03),
    FEATURE(0x10, 0x26, 0x04), FEATURE(0x11, 0x27, 0x02), 0x85, FEATURE_PAIRING, PAGE(0x02, 0xFF), 0x09, 0x21,
    0x95, 0x0F, 0xB1, 0x02, FEATURE(0x13, 0x22, 0x16), 0x85, 0x14, PAGE(0x05, 0xFF), 0x09, 0x20, 0x95, 0x10,
    0xB1, 0x02, FEATURE(0x15, 0x21, 0x2C), PAGE(0x80, 0xFF), FEATURE(0x80, 0x20, 0x06),
    FEATURE(FEATURE_MAC, 0x21, 0x06), FEATURE(0x82, 0x22, 0x05), FEATURE(0x83, 0x23, 0x01),
    FEATURE(0x84, 0x24, 0x04), FEATURE(0x85, 0x25, 0x06), FEATURE(0x86, 0x26, 0x06),
    FEATURE(0x87, 0x27, 0x23), FEATURE(0x88, 0x28, 0x3F), FEATURE(0x89, 0x29, 0x02),
    FEATURE(0x90, 0x30, 0x05), FEATURE(0x91, 0x31, 0x03), FEATURE(0x92, 0x32, 0x03),
    FEATURE(0x93, 0x33, 0x0C), FEATURE(0x94, 0x34, 0x3F), FEATURE(0xA0, 0x40, 0x06),
    FEATURE(0xA1, 0x41, 0x01), FEATURE(0xA2, 0x42, 0x01), FEATURE(FEATURE_FIRMWARE, 0x43, 0x30),
    FEATURE(0xA4, 0x44, 0x0D), FEATURE(0xF0, 0x47, 0x3F), FEATURE(0xF1, 0x48, 0x3F),
    FEATURE(0xF2, 0x49, 0x0F), FEATURE(0xA7, 0x4A, 0x01), FEATURE(0xA8, 0x4B, 0x01),
    FEATURE(0xA9, 0x4C, 0x08), FEATURE(0xAA, 0x4E, 0x01), FEATURE(0xAB, 0x4F, 0x39),
    FEATURE(0xAC, 0x50, 0x39), FEATURE(0xAD, 0x51, 0x0B), FEATURE(0xAE, 0x52, 0x01),
    FEATURE(0xAF, 0x53, 0x02), FEATURE(0xB0, 0x54, 0x3F), FEATURE(0xE0, 0x57, 0x02),
    FEATURE(0xB3, 0x55, 0x3F), FEATURE(0xB4, 0x55, 0x3F), FEATURE(0xB5, 0x56, 0x3F),
    FEATURE(0xD0, 0x58, 0x3F), FEATURE(0xD4, 0x59, 0x3F), 0xC0};

/* ---- features ---- */

static size_t put_calibration(uint8_t *out)
{
    pf_ps_put_calibration(out + 1);
    return 37;
}

static size_t put_pairing(uint8_t *out, const uint8_t mac[PF_PS_MAC_LEN])
{
    memcpy(out + 1, mac, PF_PS_MAC_LEN);
    out[7] = 0x08;
    out[8] = 0x25;
    return 16;
}

static size_t put_mac(uint8_t *out, const uint8_t mac[PF_PS_MAC_LEN])
{
    memcpy(out + 1, mac, PF_PS_MAC_LEN);
    return 1 + PF_PS_MAC_LEN;
}

static size_t put_firmware(uint8_t *out)
{
    memcpy(out + 1, "Aug  3 2013", 11);
    memcpy(out + 17, "07:01:12", 8);
    pf_ps_put16(out + 35, 0x00A0); /* hardware */
    pf_ps_put16(out + 41, 0x0100); /* firmware */
    return 49;
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
    case FEATURE_MAC:
        return put_mac(out, mac);
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
    pf_ps_put_buttons(out + 5, state, r);
    out[7] |= (uint8_t)(state->seq++ << 2);
    out[8] = r->lt;
    out[9] = r->rt;
    pf_ps_put16(out + 10, (int)(clock & 0xFFFF));
    pf_ps_put_motion(out + 13, r);
    out[30] = 0x1B;                  /* on the cable, the battery is full */
    out[33] = 1;                     /* frames of touches */
    out[34] = (uint8_t)(clock >> 7); /* their clock is slower */
    pf_ps_put_contacts(out + 35, state, r, PAD_WIDTH, PAD_HEIGHT);
}

/* ---- output ---- */

enum { MOTORS = 0x01, LIGHT_BAR = 0x02 };

static bool decode(const uint8_t *b, size_t len, struct pf_ps_wishes *w)
{
    if (len < OUTPUT_MIN || b[0] != OUTPUT)
        return false;
    *w = (struct pf_ps_wishes){.rumble = b[1] & MOTORS,
        .light_bar = b[1] & LIGHT_BAR,
        .low = (uint16_t)(b[5] << 8),
        .high = (uint16_t)(b[4] << 8),
        .rgb = {b[6], b[7], b[8]}};
    return true;
}

const struct pf_ps_model pf_dualshock4 = {.name = "DualShock 4",
    .path = "dualshock4",
    .uniq = "ds4",
    .product = 0x09CC,
    .descriptor = descriptor,
    .descriptor_len = sizeof(descriptor),
    .ticks = 3,
    .ticks_us = 16,
    .feature = feature,
    .encode = encode,
    .decode = decode};

/* Reports of PlayStation pads against the bytes of docs/spec/input-audio-encode.md 2.4, 2.5 and 10. */
#include "input/pads/crc32.h"
#include "input/pads/playstation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t some_mac[PF_PS_MAC_LEN] = {1, 2, 3, 4, 5, 6};

static int at16(const uint8_t *b, size_t at)
{
    return (int16_t)(b[at] | b[at + 1] << 8);
}

/* ---- what the pads say of themselves ---- */

static void the_sum_is_that_of_zlib(void **state)
{
    assert_int_equal(pf_crc32(0, "123456789", 9), 0xCBF43926);
    assert_int_equal(pf_crc32(pf_crc32(0, "1234", 4), "56789", 5), 0xCBF43926);
    assert_int_equal(pf_crc32(0, "", 0), 0);
}

static void descriptors_are_those_of_the_specification(void **state)
{
    assert_int_equal(pf_dualsense.descriptor_len, 273);
    assert_int_equal(pf_crc32(0, pf_dualsense.descriptor, 273), 0x878E1570);
    assert_int_equal(pf_dualshock4.descriptor_len, 507);
    assert_int_equal(pf_crc32(0, pf_dualshock4.descriptor, 507), 0xC865A584);
}

/* Ranges, and with them unit scale: raw × 1024 × 1000 / 20 000 °/s, raw × 8192 / 10 000 g. */
static void check_calibration(const uint8_t *b)
{
    for (size_t i = 1; i < 7; i++)
        assert_int_equal(b[i], 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(at16(b, 7 + 4 * i), 10000);
        assert_int_equal(at16(b, 9 + 4 * i), -10000);
        assert_int_equal(at16(b, 23 + 4 * i), 10000);
        assert_int_equal(at16(b, 25 + 4 * i), -10000);
    }
    assert_int_equal(at16(b, 19), 500);
    assert_int_equal(at16(b, 21), 500);
}

static void dualsense_answers_what_its_driver_asks(void **state)
{
    static const uint8_t pairing[20] = {
        9, 1, 2, 3, 4, 5, 6, 0x08, 0x25, 0x00, 0x1E, 0x00, 0xEE, 0x74, 0xD0, 0xBC};
    uint8_t b[PF_PS_REPORT_LEN];
    assert_int_equal(pf_dualsense.feature(0x09, some_mac, b), 20);
    assert_memory_equal(b, pairing, sizeof(pairing));
    assert_int_equal(pf_dualsense.feature(0x20, some_mac, b), 64);
    assert_int_equal(b[0], 0x20);
    assert_memory_equal(b + 24, "\x08\x02\x00\x01\x36\x00\x00\x01", 8);
    assert_true(at16(b, 44) >= 0x0224);
    assert_int_equal(pf_dualsense.feature(0x05, some_mac, b), 41);
    assert_int_equal(b[0], 0x05);
    check_calibration(b);
    assert_memory_equal(b + 35, "\x0B\0\0\0\0\0", 6);
    assert_int_equal(pf_dualsense.feature(0x22, some_mac, b), 0);
}

static void dualshock4_answers_what_its_drivers_ask(void **state)
{
    static const uint8_t pairing[16] = {0x12, 1, 2, 3, 4, 5, 6, 0x08, 0x25};
    uint8_t b[PF_PS_REPORT_LEN];
    assert_int_equal(pf_dualshock4.feature(0x12, some_mac, b), 16);
    assert_memory_equal(b, pairing, sizeof(pairing));
    assert_int_equal(pf_dualshock4.feature(0xA3, some_mac, b), 49);
    assert_memory_equal(b + 1, "Aug  3 2013", 11);
    assert_memory_equal(b + 17, "07:01:12", 8);
    assert_int_equal(at16(b, 35), 0x00A0);
    assert_int_equal(at16(b, 41), 0x0100);
    assert_int_equal(pf_dualshock4.feature(0x02, some_mac, b), 37);
    check_calibration(b);
    assert_int_equal(pf_dualshock4.feature(0x81, some_mac, b), 7); /* Linux 6.1 */
    assert_memory_equal(b + 1, some_mac, 6);
    assert_int_equal(pf_dualshock4.feature(0x05, some_mac, b), 0);
}

static void every_slot_has_an_address_of_its_own(void **state)
{
    uint8_t first[PF_PS_MAC_LEN], other[PF_PS_MAC_LEN];
    pf_ps_mac(0, first);
    assert_memory_equal(first, "\x74\xE7\xD6\x3A\x53\x35", 6);
    for (unsigned slot = 1; slot < 256; slot++) {
        pf_ps_mac(slot, other);
        assert_memory_not_equal(first, other, 6);
        assert_memory_equal(first + 1, other + 1, 5);
    }
}

/* ---- input ---- */

static void a_pad_at_rest(void **state)
{
    struct pf_ps_state s = {0};
    struct pf_pad_report r = pf_pad_report_neutral();
    uint8_t b[PF_PS_REPORT_LEN];
    pf_dualsense.encode(&s, &r, 0, b);
    assert_memory_equal(b, "\x01\x80\x80\x80\x80\0\0\0\x08\0\0", 11);
    assert_int_equal(b[33] & 0x80, 0x80);
    assert_int_equal(b[37] & 0x80, 0x80);
    assert_int_equal(b[53], 0x2A);
    assert_int_equal(at16(b, 24), 10000); /* lying flat */
    pf_dualsense.encode(&s, &r, 0, b);
    assert_int_equal(b[7], 1);
    s = (struct pf_ps_state){0};
    pf_dualshock4.encode(&s, &r, 0, b);
    assert_memory_equal(b, "\x01\x80\x80\x80\x80\x08\0\0\0\0", 10);
    assert_int_equal(b[30], 0x1B);
    assert_int_equal(b[33], 1);
    assert_int_equal(b[35] & 0x80, 0x80);
    assert_int_equal(b[39] & 0x80, 0x80);
}

static void dualsense_rows_of_the_table(void **state)
{
    struct pf_ps_state s = {0};
    uint8_t b[PF_PS_REPORT_LEN];
    struct pf_pad_report r = pf_pad_report_neutral();
    r.buttons = PF_PAD_A | PF_PAD_GUIDE | PF_PAD_RIGHT;
    r.lt = 200;
    r.lsx = INT16_MAX;
    pf_dualsense.encode(&s, &r, 0, b);
    assert_int_equal(b[1], 0xFF);
    assert_int_equal(b[5], 0xC8);
    assert_memory_equal(b + 8, "\x22\x04\x01", 3);
    r = pf_pad_report_neutral();
    r.buttons = PF_PAD_X;
    pf_dualsense.encode(&s, &r, 0, b);
    assert_int_equal(b[8], 0x18);
    r.buttons = PF_PAD_Y;
    pf_dualsense.encode(&s, &r, 0, b);
    assert_int_equal(b[8], 0x88);
    r.buttons = PF_PAD_TOUCHPAD_CLICK;
    pf_dualsense.encode(&s, &r, 0, b);
    assert_int_equal(b[10], 0x02);
    r.buttons = PF_PAD_MISC;
    pf_dualsense.encode(&s, &r, 0, b);
    assert_int_equal(b[10], 0x04);
    r.buttons = 0;
    r.click = true;
    pf_dualsense.encode(&s, &r, 0, b);
    assert_int_equal(b[10], 0x02);
}

static void every_button_has_its_bit(void **state)
{
    static const struct {
        uint32_t button;
        uint8_t bytes[3];
    } rows[] = {{PF_PAD_B, {0x48, 0, 0}}, {PF_PAD_LB, {8, 1, 0}}, {PF_PAD_RB, {8, 2, 0}},
        {PF_PAD_BACK, {8, 0x10, 0}}, {PF_PAD_START, {8, 0x20, 0}}, {PF_PAD_LS, {8, 0x40, 0}},
        {PF_PAD_RS, {8, 0x80, 0}}, {PF_PAD_UP, {0, 0, 0}}, {PF_PAD_UP | PF_PAD_RIGHT, {1, 0, 0}},
        {PF_PAD_RIGHT, {2, 0, 0}}, {PF_PAD_DOWN | PF_PAD_RIGHT, {3, 0, 0}}, {PF_PAD_DOWN, {4, 0, 0}},
        {PF_PAD_DOWN | PF_PAD_LEFT, {5, 0, 0}}, {PF_PAD_LEFT, {6, 0, 0}},
        {PF_PAD_UP | PF_PAD_LEFT, {7, 0, 0}}, {PF_PAD_LEFT | PF_PAD_RIGHT, {8, 0, 0}},
        {PF_PAD_R4 | PF_PAD_L5, {8, 0, 0}}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pf_ps_state s = {0};
        struct pf_pad_report r = pf_pad_report_neutral();
        uint8_t b[PF_PS_REPORT_LEN];
        r.buttons = rows[i].button;
        pf_dualsense.encode(&s, &r, 0, b);
        assert_memory_equal(b + 8, rows[i].bytes, 3);
        pf_dualshock4.encode(&s, &r, 0, b);
        assert_memory_equal(b + 5, rows[i].bytes, 2);
    }
}

static void up_is_zero_and_the_middle_stays_there(void **state)
{
    struct pf_ps_state s = {0};
    struct pf_pad_report r = pf_pad_report_neutral();
    uint8_t b[PF_PS_REPORT_LEN];
    r.lsy = INT16_MAX;
    r.rsy = INT16_MIN;
    r.rsx = INT16_MIN;
    pf_dualsense.encode(&s, &r, 0, b);
    assert_memory_equal(b + 1, "\x80\x00\x00\xFF", 4);
}

static void motion_passes_unscaled(void **state)
{
    struct pf_ps_state s = {0};
    struct pf_pad_report r = pf_pad_report_neutral();
    uint8_t b[PF_PS_REPORT_LEN];
    memcpy(r.gyro, (int16_t[]){20, -40, 2000}, sizeof(r.gyro));
    memcpy(r.accel, (int16_t[]){0, 10000, -5000}, sizeof(r.accel));
    pf_dualsense.encode(&s, &r, 12000, b);
    static const int16_t values[] = {20, -40, 2000, 0, 10000, -5000};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(at16(b, 16 + 2 * i), values[i]);
    assert_memory_equal(b + 28, "\xE0\x2E\0\0", 4);
    pf_dualshock4.encode(&s, &r, 0x12345, b);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(at16(b, 13 + 2 * i), values[i]);
    assert_memory_equal(b + 10, "\x45\x23", 2);
}

static void sensor_clocks_tell_real_time(void **state)
{
    assert_int_equal(pf_ps_clock(&pf_dualsense, 4000000), 12000); /* 4 ms */
    assert_int_equal(pf_ps_clock(&pf_dualshock4, 4000000), 750);
    assert_int_equal(pf_ps_clock(&pf_dualsense, 1431655766000ull), 2); /* it wraps */
}

static void touches_are_packed(void **state)
{
    struct pf_ps_state s = {0};
    struct pf_pad_report r = pf_pad_report_neutral();
    uint8_t b[PF_PS_REPORT_LEN];
    r.contacts[0] = (struct pf_pad_contact){true, 32768, 32768};
    r.contacts[1] = (struct pf_pad_contact){true, 65535, 65535};
    pf_dualsense.encode(&s, &r, 0, b);
    assert_memory_equal(b + 33, "\x00\xC0\xC3\x21", 4); /* 960, 540 */
    assert_memory_equal(b + 37, "\x01\x7F\x77\x43", 4); /* 1919, 1079 */
    r.contacts[0].active = false;
    pf_dualsense.encode(&s, &r, 0, b);
    assert_int_equal(b[33], 0x80);
    r.contacts[0].active = true;
    pf_dualsense.encode(&s, &r, 0, b);
    assert_int_equal(b[33], 2); /* another touch */
    assert_int_equal(b[37], 1);
    s = (struct pf_ps_state){0};
    pf_dualshock4.encode(&s, &r, 0, b);
    assert_memory_equal(b + 35, "\x00\xC0\x73\x1D", 4); /* 960, 471 */
    assert_memory_equal(b + 39, "\x01\x7F\xD7\x3A", 4); /* 1919, 941 */
}

static void dualshock4_row_of_the_table(void **state)
{
    struct pf_ps_state s = {0};
    struct pf_pad_report r = pf_pad_report_neutral();
    uint8_t b[PF_PS_REPORT_LEN];
    r.buttons = PF_PAD_A;
    r.lt = 77;
    pf_dualshock4.encode(&s, &r, 0, b);
    assert_memory_equal(b + 5, "\x28\x04\x00\x4D\x00", 5);
    r.buttons = PF_PAD_GUIDE | PF_PAD_TOUCHPAD_CLICK | PF_PAD_MISC;
    pf_dualshock4.encode(&s, &r, 0, b);
    assert_int_equal(b[7], 1 << 2 | 0x03);
}

static void paddles_are_what_the_owner_says(void **state)
{
    static const struct {
        const char *words;
        enum pf_ps_paddles paddles;
    } rows[] = {{NULL, PF_PS_PADDLES_DROPPED}, {"", PF_PS_PADDLES_DROPPED},
        {"paddles=none", PF_PS_PADDLES_DROPPED}, {"paddles=L3R3", PF_PS_PADDLES_STICKS},
        {"gyro=off, paddles=bumpers", PF_PS_PADDLES_SHOULDERS}, {"paddles=lbrbx", PF_PS_PADDLES_DROPPED},
        {",;paddles=sticks;", PF_PS_PADDLES_STICKS}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(pf_ps_paddles_of_words(rows[i].words), rows[i].paddles);
    struct pf_ps_state s = {.paddles = PF_PS_PADDLES_SHOULDERS};
    struct pf_pad_report r = pf_pad_report_neutral();
    uint8_t b[PF_PS_REPORT_LEN];
    r.buttons = PF_PAD_L4;
    pf_dualsense.encode(&s, &r, 0, b);
    assert_int_equal(b[9], 0x01);
    s.paddles = PF_PS_PADDLES_STICKS;
    r.buttons = PF_PAD_R5;
    pf_dualsense.encode(&s, &r, 0, b);
    assert_int_equal(b[9], 0x80);
}

/* ---- output ---- */

static void dualsense_rumble(void **state)
{
    uint8_t b[63] = {0x02, 0x02};
    struct pf_ps_wishes w;
    b[39] = 0x04;
    b[3] = 0x80;
    b[4] = 0xFF;
    assert_true(pf_dualsense.decode(b, sizeof(b), &w));
    assert_true(w.rumble && !w.light_bar && !w.player_leds && !w.trigger[0] && !w.trigger[1]);
    assert_int_equal(w.low, 0xFF00);
    assert_int_equal(w.high, 0x8000);
    b[39] = 0;
    b[1] = 0x03; /* as older drivers do */
    assert_true(pf_dualsense.decode(b, sizeof(b), &w) && w.rumble && w.low == 0xFF00);
    b[1] = 0; /* SDL's way to stop, whatever the levels are */
    assert_true(pf_dualsense.decode(b, sizeof(b), &w));
    assert_true(w.rumble && !w.low && !w.high);
}

static void dualsense_lights_and_triggers(void **state)
{
    uint8_t b[48] = {0x02, 0x00, 0x14};
    struct pf_ps_wishes w;
    memcpy(b + 44, "\xE4\x11\x22\x33", 4);
    assert_true(pf_dualsense.decode(b, sizeof(b), &w));
    assert_false(w.rumble); /* lights say nothing about it */
    assert_true(w.light_bar && w.player_leds);
    assert_memory_equal(w.rgb, "\x11\x22\x33", 3);
    assert_int_equal(w.leds, 0x04);
    b[1] = 0x0C;
    b[2] = 0;
    for (uint8_t i = 0; i < 11; i++) {
        b[11 + i] = (uint8_t)(0x25 + i);
        b[22 + i] = (uint8_t)(0x51 + i);
    }
    assert_true(pf_dualsense.decode(b, sizeof(b), &w));
    assert_true(w.trigger[0] && w.trigger[1] && !w.rumble && !w.light_bar);
    assert_memory_equal(w.effect[1], b + 11, 11); /* R2 */
    assert_memory_equal(w.effect[0], b + 22, 11); /* L2 */
}

static void what_is_no_report_is_refused(void **state)
{
    uint8_t b[78] = {0x02};
    struct pf_ps_wishes w;
    assert_false(pf_dualsense.decode(b, 47, &w));
    assert_false(pf_dualsense.decode(b, 0, &w));
    b[0] = 0x03;
    assert_false(pf_dualsense.decode(b, 63, &w));
    b[0] = 0x05;
    assert_false(pf_dualshock4.decode(b, 10, &w));
    assert_true(pf_dualshock4.decode(b, 32, &w));
    b[0] = 0x02;
    assert_false(pf_dualshock4.decode(b, 32, &w));
}

/* A report made for Bluetooth counts only with its sum. */
static void bluetooth_reports_need_their_sum(void **state)
{
    uint8_t b[78] = {0x31, 0x10, 0x10, 0x03, 0x04}, seed = 0xA2;
    struct pf_ps_wishes w;
    b[5] = 0x12;
    b[6] = 0x34;
    memcpy(b + 47, "\x01\x02\x03", 3);
    assert_false(pf_dualsense.decode(b, sizeof(b), &w));
    pf_ps_put32(b + 74, pf_crc32(pf_crc32(0, &seed, 1), b, 74));
    assert_true(pf_dualsense.decode(b, sizeof(b), &w));
    assert_int_equal(w.low, 0x3400);
    assert_int_equal(w.high, 0x1200);
    assert_true(w.light_bar);
    assert_memory_equal(w.rgb, "\x01\x02\x03", 3);
    b[6] ^= 1;
    assert_false(pf_dualsense.decode(b, sizeof(b), &w));
}

static void dualshock4_output(void **state)
{
    uint8_t b[32] = {0x05, 0x03, 0, 0, 0x80, 0xFF, 0, 0, 0x40};
    struct pf_ps_wishes w;
    assert_true(pf_dualshock4.decode(b, sizeof(b), &w));
    assert_true(w.rumble && w.light_bar && !w.player_leds && !w.trigger[0] && !w.trigger[1]);
    assert_int_equal(w.low, 0xFF00);
    assert_int_equal(w.high, 0x8000);
    assert_memory_equal(w.rgb, "\0\0\x40", 3);
    b[1] = 0x02;
    assert_true(pf_dualshock4.decode(b, sizeof(b), &w) && !w.rumble);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sum_is_that_of_zlib),
        cmocka_unit_test(descriptors_are_those_of_the_specification),
        cmocka_unit_test(dualsense_answers_what_its_driver_asks),
        cmocka_unit_test(dualshock4_answers_what_its_drivers_ask),
        cmocka_unit_test(every_slot_has_an_address_of_its_own),
        cmocka_unit_test(a_pad_at_rest),
        cmocka_unit_test(dualsense_rows_of_the_table),
        cmocka_unit_test(every_button_has_its_bit),
        cmocka_unit_test(up_is_zero_and_the_middle_stays_there),
        cmocka_unit_test(motion_passes_unscaled),
        cmocka_unit_test(sensor_clocks_tell_real_time),
        cmocka_unit_test(touches_are_packed),
        cmocka_unit_test(dualshock4_row_of_the_table),
        cmocka_unit_test(paddles_are_what_the_owner_says),
        cmocka_unit_test(dualsense_rumble),
        cmocka_unit_test(dualsense_lights_and_triggers),
        cmocka_unit_test(what_is_no_report_is_refused),
        cmocka_unit_test(bluetooth_reports_need_their_sum),
        cmocka_unit_test(dualshock4_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

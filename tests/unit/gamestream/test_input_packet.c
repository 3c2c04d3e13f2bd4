/* Input packets: every vector field by field, every truncation, and what is refused. */
#include "vectors.h"

#include "gamestream/wire/input_packet.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Decodes a vector; every shorter and longer form of it is refused. */
static struct pf_gs_input_packet decode(const char *name)
{
    struct bytes b = bytes_of(vectors("input_packets"), name);
    struct pf_gs_input_packet p, other;
    assert_int_equal(pf_gs_input_packet_decode(b.data, b.len, &p), 0);
    for (size_t len = 0; len < b.len; len++) {
        uint8_t *part = malloc(len ? len : 1);
        assert_non_null(part);
        memcpy(part, b.data, len);
        assert_int_equal(pf_gs_input_packet_decode(part, len, &other), -EINVAL);
        if (len > 4 && p.kind != PF_GS_INPUT_TEXT) { /* also if the size agrees */
            part[3] = (uint8_t)(len - 4);
            assert_int_equal(pf_gs_input_packet_decode(part, len, &other), -EINVAL);
        }
        free(part);
    }
    free(b.data);
    return p;
}

static void test_mouse(void **state)
{
    struct pf_gs_input_packet p = decode("mouse_rel_dx1_dy1");
    assert_int_equal(p.kind, PF_GS_INPUT_MOVE);
    assert_int_equal(p.move.x, 1);
    assert_int_equal(p.move.y, 1);
    p = decode("mouse_abs_x100_y200_of_1280x720");
    assert_int_equal(p.kind, PF_GS_INPUT_POSITION);
    assert_int_equal(p.position.x, 100);
    assert_int_equal(p.position.y, 200);
    assert_int_equal(p.position.right, 1279);
    assert_int_equal(p.position.bottom, 719);
    p = decode("mouse_button_down_right");
    assert_int_equal(p.kind, PF_GS_INPUT_BUTTON);
    assert_int_equal(p.button.button, 3);
    assert_true(p.button.down);
    p = decode("scroll_minus240");
    assert_int_equal(p.kind, PF_GS_INPUT_SCROLL);
    assert_int_equal(p.scroll.amount, -240);
    assert_false(p.scroll.horizontal);
    p = decode("hscroll_60");
    assert_int_equal(p.scroll.amount, 60);
    assert_true(p.scroll.horizontal);
}

static void test_keys(void **state)
{
    struct pf_gs_input_packet p = decode("key_down_A_shift_meta_nonnormalized");
    assert_int_equal(p.kind, PF_GS_INPUT_KEY);
    assert_int_equal(p.key.code & 0xFF, 'A');
    assert_int_equal(p.key.flags, PF_GS_KEY_NOT_NORMALISED);
    assert_int_equal(p.key.modifiers, PF_GS_MODIFIER_SHIFT | PF_GS_MODIFIER_META);
    assert_true(p.key.down);
    p = decode("utf8_e_acute");
    assert_int_equal(p.kind, PF_GS_INPUT_TEXT);
    assert_int_equal(p.text.len, 2);
    assert_memory_equal(p.text.bytes, "\xc3\xa9", 2);
    assert_int_equal(decode("haptics_enable").kind, PF_GS_INPUT_HAPTICS);
}

static void test_pads(void **state)
{
    struct pf_gs_input_packet p =
        decode("multi_controller_n1_mask3_A_paddle1_misc_lt10_rt200_ls1000_-2000_rs-1_32767");
    assert_int_equal(p.kind, PF_GS_INPUT_PAD);
    assert_int_equal(p.pad.pad, 1);
    assert_int_equal(p.pad.active_mask, 3);
    assert_int_equal(p.pad.buttons, 0x211000);
    assert_int_equal(p.pad.left_trigger, 10);
    assert_int_equal(p.pad.right_trigger, 200);
    assert_int_equal(p.pad.left_x, 1000);
    assert_int_equal(p.pad.left_y, -2000);
    assert_int_equal(p.pad.right_x, -1);
    assert_int_equal(p.pad.right_y, 32767);
    p = decode("controller_arrival_n1_ps");
    assert_int_equal(p.kind, PF_GS_INPUT_PAD_ARRIVAL);
    assert_int_equal(p.arrival.pad, 1);
    assert_int_equal(p.arrival.type, 2);
    assert_int_equal(p.arrival.capabilities, 0x12A);
    assert_int_equal(p.arrival.buttons, 0x3FFFFF);
    p = decode("controller_touch_n1_down_tp1_id9_0.5_0.25_1.0");
    assert_int_equal(p.kind, PF_GS_INPUT_PAD_TOUCH);
    assert_int_equal(p.pad_touch.pad, 1);
    assert_int_equal(p.pad_touch.event, PF_GS_TOUCH_DOWN);
    assert_int_equal(p.pad_touch.touchpad, 1);
    assert_int_equal(p.pad_touch.finger, 9);
    assert_true(p.pad_touch.x == 0.5f && p.pad_touch.y == 0.25f && p.pad_touch.pressure == 1);
    p = decode("controller_motion_n1_gyro_1.5_-2.5_3.25");
    assert_int_equal(p.kind, PF_GS_INPUT_PAD_MOTION);
    assert_int_equal(p.motion.type, 2);
    assert_true(p.motion.x == 1.5f && p.motion.y == -2.5f && p.motion.z == 3.25f);
    p = decode("controller_battery_n1_charging_77");
    assert_int_equal(p.kind, PF_GS_INPUT_PAD_BATTERY);
    assert_int_equal(p.battery.state, 3);
    assert_int_equal(p.battery.percent, 77);
}

static void test_touch_and_pen(void **state)
{
    struct pf_gs_input_packet p = decode("touch_down_id7_0.25_0.5_p0.75_0.1_0.05_rot90");
    assert_int_equal(p.kind, PF_GS_INPUT_TOUCH);
    assert_int_equal(p.touch.event, PF_GS_TOUCH_DOWN);
    assert_int_equal(p.touch.finger, 7);
    assert_int_equal(p.touch.rotation, 90);
    assert_true(p.touch.x == 0.25f && p.touch.y == 0.5f && p.touch.pressure == 0.75f);
    assert_true(p.touch.contact_major == 0.1f && p.touch.contact_minor == 0.05f);
    p = decode("pen_move_eraser_btn2_0.1_0.2_p0.3_0.4_0.5_rot270_tilt45");
    assert_int_equal(p.kind, PF_GS_INPUT_PEN);
    assert_int_equal(p.pen.event, PF_GS_TOUCH_MOVE);
    assert_int_equal(p.pen.tool, 2);
    assert_int_equal(p.pen.buttons, 2);
    assert_int_equal(p.pen.rotation, 270);
    assert_int_equal(p.pen.tilt, 45);
    assert_true(p.pen.x == 0.1f && p.pen.y == 0.2f && p.pen.pressure == 0.3f);
    assert_true(p.pen.contact_major == 0.4f && p.pen.contact_minor == 0.5f);
}

static void test_refused(void **state)
{
    struct pf_gs_input_packet p;
    uint8_t unknown[] = {0, 0, 0, 4, 0x99, 0, 0, 0};
    assert_int_equal(pf_gs_input_packet_decode(unknown, sizeof(unknown), &p), -ENOTSUP);
    uint8_t wordless[] = {0, 0, 0, 4, 0x17, 0, 0, 0};
    assert_int_equal(pf_gs_input_packet_decode(wordless, sizeof(wordless), &p), -EINVAL);
    uint8_t wordy[8 + PF_GS_TEXT_MAX + 1] = {0, 0, 0, 4 + PF_GS_TEXT_MAX + 1, 0x17, 0, 0, 0};
    assert_int_equal(pf_gs_input_packet_decode(wordy, sizeof(wordy), &p), -EINVAL);
    /* Not a number, infinity, and what no surface has. */
    static const uint8_t floats[][4] = {{0, 0, 0xc0, 0x7f}, {0, 0, 0x80, 0xff}, {0, 0, 0, 0x7f}};
    struct bytes touch = bytes_of(vectors("input_packets"), "touch_down_id7_0.25_0.5_p0.75_0.1_0.05_rot90");
    for (size_t i = 0; i < sizeof(floats) / sizeof(floats[0]); i++) {
        memcpy(touch.data + 16, floats[i], 4);
        assert_int_equal(pf_gs_input_packet_decode(touch.data, touch.len, &p), -EINVAL);
    }
    free(touch.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mouse),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_pads),
        cmocka_unit_test(test_touch_and_pen),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "client/input_script.h"
#include "client/input_tests.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ull

static struct probe_input_script parse(const char *text)
{
    struct probe_input_script s = {0};
    struct pf_error err = {""};
    int rc = probe_input_script_parse(text, &s, &err);
    if (rc)
        print_error("%s\n", err.text);
    assert_int_equal(rc, 0);
    return s;
}

static void expect(
    const struct pf_datagram *message, uint8_t kind, uint32_t code, int32_t x, int32_t y, uint32_t flags)
{
    assert_non_null(message);
    assert_int_equal(message->tag, PF_DATAGRAM_INPUT);
    const struct pf_input_event *e = &message->input;
    assert_int_equal(e->kind, kind);
    assert_int_equal(e->code, code);
    assert_int_equal(e->x, x);
    assert_int_equal(e->y, y);
    assert_int_equal(e->flags, flags);
}

static void every_form_is_read(void **state)
{
    struct probe_input_script s = parse("# all of them\n"
                                        "0 key_down 0x41\n0 key_up 65\n\n 0 move -12 34 # left\n"
                                        "0 abs 640 360 1280 720\r\n0 button_down 1\n0 button_up 5\n"
                                        "0 scroll 1 -120\n0 pad_button 0x1000 1 2\n0 pad_axis 1 -32768 3\n"
                                        "0 touch_down 7 1 2 1280 720\n0 touch_move 7 3 4 1280 720\n"
                                        "0 touch_up 7\n0 text 0x1F600");
    const uint32_t area = 1280u << 16 | 720;
    expect(probe_input_script_due(&s, 0), PF_INPUT_KEY_DOWN, 0x41, 0, 0, 0);
    expect(probe_input_script_due(&s, 0), PF_INPUT_KEY_UP, 65, 0, 0, 0);
    expect(probe_input_script_due(&s, 0), PF_INPUT_MOUSE_MOVE, 0, -12, 34, 0);
    expect(probe_input_script_due(&s, 0), PF_INPUT_MOUSE_MOVE_ABS, 0, 640, 360, area);
    expect(probe_input_script_due(&s, 0), PF_INPUT_BUTTON_DOWN, 1, 0, 0, 0);
    expect(probe_input_script_due(&s, 0), PF_INPUT_BUTTON_UP, 5, 0, 0, 0);
    expect(probe_input_script_due(&s, 0), PF_INPUT_SCROLL, 1, -120, 0, 0);
    expect(probe_input_script_due(&s, 0), PF_INPUT_PAD_BUTTON, 0x1000, 1, 0, 2);
    expect(probe_input_script_due(&s, 0), PF_INPUT_PAD_AXIS, 1, -32768, 0, 3);
    expect(probe_input_script_due(&s, 0), PF_INPUT_TOUCH_DOWN, 7, 1, 2, area);
    expect(probe_input_script_due(&s, 0), PF_INPUT_TOUCH_MOVE, 7, 3, 4, area);
    expect(probe_input_script_due(&s, 0), PF_INPUT_TOUCH_UP, 7, 0, 0, 0);
    expect(probe_input_script_due(&s, 0), PF_INPUT_TEXT, 0x1F600, 0, 0, 0);
    assert_null(probe_input_script_due(&s, UINT64_MAX));
    probe_input_script_finish(&s);
}

static void events_wait_for_their_time(void **state)
{
    struct probe_input_script s = parse("10 key_down 65\n10 key_up 65\n25 move 1 1\n");
    assert_int_equal(probe_input_script_deadline(&s), 10 * MS);
    assert_null(probe_input_script_due(&s, 10 * MS - 1));
    assert_non_null(probe_input_script_due(&s, 12 * MS));
    assert_non_null(probe_input_script_due(&s, 12 * MS));
    assert_null(probe_input_script_due(&s, 12 * MS));
    assert_int_equal(probe_input_script_deadline(&s), 25 * MS);
    assert_non_null(probe_input_script_due(&s, 25 * MS));
    assert_int_equal(probe_input_script_deadline(&s), UINT64_MAX);
    probe_input_script_finish(&s);
}

static void pads_and_rich_input_are_read(void **state)
{
    struct probe_input_script s = parse("0 pad_state 1 5 0x1001 -1 2 -32768 32767 200 255\n"
                                        "0 pad_remove 1 6\n0 pad_arrival 3 2\n"
                                        "0 touchpad 0 1 1 65535 7\n0 motion 2 1 -2 3 -4 10000 6\n");
    const struct pf_datagram *d = probe_input_script_due(&s, 0);
    const struct pf_pad_state state_of = pf_pad_state_of(&d->input);
    assert_int_equal(d->input.kind, PF_INPUT_PAD_STATE);
    assert_int_equal(state_of.pad, 1);
    assert_int_equal(state_of.seq, 5);
    assert_int_equal(state_of.buttons, 0x1001);
    assert_int_equal(state_of.rsx, -32768);
    assert_int_equal(state_of.rt, 255);
    expect(probe_input_script_due(&s, 0), PF_INPUT_PAD_REMOVE, 0, 0, 0, 6u << 24 | 1);
    expect(probe_input_script_due(&s, 0), PF_INPUT_PAD_ARRIVAL, 2, 0, 0, 3);
    d = probe_input_script_due(&s, 0);
    assert_int_equal(d->kind, PF_RICH_TOUCHPAD);
    assert_int_equal(d->touchpad.finger, 1);
    assert_int_equal(d->touchpad.x, 65535);
    d = probe_input_script_due(&s, 0);
    assert_int_equal(d->kind, PF_RICH_MOTION);
    assert_int_equal(d->motion.pad, 2);
    assert_int_equal(d->motion.gyro[1], -2);
    assert_int_equal(d->motion.accel[1], 10000);
    probe_input_script_finish(&s);
}

static void nonsense_is_refused_with_its_line(void **state)
{
    static const char *const bad[] = {"x key_down 1", "0", "0 jump 1", "0 key_down", "0 key_down 1 2",
        "0 move 1", "0 move 1 2147483648", "0 abs 1 2 65536 1", "0 key_down -1", "0 key_down 1z",
        "86400001 key_down 1", "0 pad_remove 1", "0 motion 1 2 3 4 5 6", "0 touchpad 0 0 1 4294967296 0",
        "5 key_down 1\n4 key_up 1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct probe_input_script s = {0};
        struct pf_error err = {""};
        assert_int_equal(probe_input_script_parse(bad[i], &s, &err), -EINVAL);
        assert_null(s.steps);
        assert_non_null(strstr(err.text, strchr(bad[i], '\n') ? "line 2 " : "line 1 "));
    }
    char longest[300];
    memset(longest, ' ', sizeof(longest));
    longest[sizeof(longest) - 1] = 0;
    struct probe_input_script s = {0};
    assert_int_equal(probe_input_script_parse(longest, &s, NULL), -EINVAL);
}

/* As the reference client: 160 × (move, sweep), and eight times five taps. */
static void the_test_is_the_reference_clients(void **state)
{
    struct probe_input_script s = {0};
    assert_int_equal(probe_input_test_mouse(1280, 720, &s), 0);
    assert_int_equal(s.count, 160 * 2 + 8 * 5);
    assert_int_equal(s.steps[0].at_ns, 2000 * MS);
    assert_int_equal(s.steps[s.count - 1].at_ns, (2000 + 159 * 40) * MS);
    expect(&s.steps[0].message, PF_INPUT_MOUSE_MOVE, 0, 12, 0, 0);
    expect(&s.steps[1].message, PF_INPUT_MOUSE_MOVE_ABS, 0, 0, 0, 1280u << 16 | 720);
    expect(&s.steps[2].message, PF_INPUT_KEY_DOWN, 0x41, 0, 0, 0);
    expect(&s.steps[6].message, PF_INPUT_PAD_AXIS, PF_PAD_AXIS_LSX, -32768, 0, 0);
    expect(&s.steps[s.count - 1].message, PF_INPUT_MOUSE_MOVE_ABS, 0, 1272, 715, 1280u << 16 | 720);
    expect(&s.steps[s.count - 2].message, PF_INPUT_MOUSE_MOVE, 0, 0, -12, 0);
    probe_input_script_finish(&s);
}

/* Fingers that go down come up, on the display; rich input follows the pad's first button. */
static void the_other_tests_are_sound(void **state)
{
    struct probe_input_script s = {0};
    int down = 0;
    assert_int_equal(probe_input_test_touch(1280, 720, &s), 0);
    for (size_t i = 0; i < s.count; i++) {
        const struct pf_input_event *e = &s.steps[i].message.input;
        down += (e->kind == PF_INPUT_TOUCH_DOWN) - (e->kind == PF_INPUT_TOUCH_UP);
        assert_in_range(down, 0, 1);
        assert_in_range(e->x, 0, 1280);
        assert_in_range(e->y, 0, 720);
    }
    assert_int_equal(down, 0);
    probe_input_script_finish(&s);
    assert_int_equal(probe_input_test_rich(&s), 0);
    assert_int_equal(s.count, 160 * 2 + 8 * 2);
    expect(&s.steps[0].message, PF_INPUT_PAD_BUTTON, PF_PAD_A, 1, 0, 0);
    assert_int_equal(s.steps[2].message.tag, PF_DATAGRAM_RICH);
    probe_input_script_finish(&s);
}

static void a_script_waits_until_somebody_says_go_on(void **state)
{
    struct probe_input_script s = parse("1 move 1 1\n2 wait\n3 move 2 2\n");
    assert_non_null(probe_input_script_due(&s, 5 * MS));
    assert_false(probe_input_script_is_waiting(&s, 1 * MS));
    assert_true(probe_input_script_is_waiting(&s, 5 * MS));
    assert_null(probe_input_script_due(&s, 5 * MS));
    assert_int_equal(probe_input_script_go_on(&s), 2 * MS);
    assert_false(probe_input_script_is_waiting(&s, 5 * MS));
    assert_non_null(probe_input_script_due(&s, 3 * MS));
    probe_input_script_finish(&s);
}

static void the_end_is_no_event(void **state)
{
    struct probe_input_script s = parse("1 move 1 1\n2 end\n");
    assert_non_null(probe_input_script_due(&s, 5 * MS));
    assert_false(probe_input_script_is_over(&s, 1 * MS));
    assert_true(probe_input_script_is_over(&s, 2 * MS));
    assert_null(probe_input_script_due(&s, 5 * MS));
    assert_int_equal(probe_input_script_deadline(&s), UINT64_MAX);
    probe_input_script_finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(events_wait_for_their_time),
        cmocka_unit_test(pads_and_rich_input_are_read),
        cmocka_unit_test(nonsense_is_refused_with_its_line),
        cmocka_unit_test(the_test_is_the_reference_clients),
        cmocka_unit_test(a_script_waits_until_somebody_says_go_on),
        cmocka_unit_test(the_end_is_no_event),
        cmocka_unit_test(the_other_tests_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "input/uinput/play.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct pf_uinput_state state_of(struct pf_uinput_area area)
{
    return (struct pf_uinput_state){.area = area};
}

static const struct pf_uinput_area whole = {0, 0, 1, 1, 1, 1};

static struct pf_input key(uint32_t code, bool down)
{
    return (struct pf_input){.type = PF_INPUT_KEY, .code = code, .down = down};
}

static struct pf_input wheel(bool horizontal, int32_t x)
{
    return (struct pf_input){.type = PF_INPUT_WHEEL, .horizontal = horizontal, .x = x};
}

static struct pf_input position(int32_t x, int32_t y, uint32_t width, uint32_t height)
{
    return (struct pf_input){.type = PF_INPUT_POSITION, .x = x, .y = y, .width = width, .height = height};
}

static struct pf_input finger(uint32_t id, bool down, bool moved, int32_t x, int32_t y)
{
    return (struct pf_input){.type = PF_INPUT_TOUCH,
        .id = id,
        .down = down,
        .moved = moved,
        .x = x,
        .y = y,
        .width = 100,
        .height = 100};
}

#define EXPECT(s, e, dev, ...)                                                                               \
    expect_frame(s, e, dev, (const int32_t[][3]){__VA_ARGS__}, sizeof((const int32_t[][3]){__VA_ARGS__}) / 12)

static void expect_frame(struct pf_uinput_state *s, struct pf_input e, enum pf_uinput_device device,
    const int32_t (*wanted)[3], size_t count)
{
    struct pf_uinput_frame f = pf_uinput_play(s, &e);
    assert_int_equal(f.count, count + 1);
    assert_int_equal(f.device, device);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(f.events[i].type, wanted[i][0]);
        assert_int_equal(f.events[i].code, wanted[i][1]);
        assert_int_equal(f.events[i].value, wanted[i][2]);
    }
    assert_int_equal(f.events[count].type, EV_SYN);
    assert_int_equal(f.events[count].code, SYN_REPORT);
}

static void expect_nothing(struct pf_uinput_state *s, struct pf_input e)
{
    assert_int_equal(pf_uinput_play(s, &e).count, 0);
}

static void a_second_press_is_a_repeat(void **state)
{
    struct pf_uinput_state s = state_of(whole);
    EXPECT(&s, key(125, true), PF_UINPUT_KEYBOARD, {EV_MSC, MSC_SCAN, 125}, {EV_KEY, 125, 1});
    EXPECT(&s, key(125, true), PF_UINPUT_KEYBOARD, {EV_MSC, MSC_SCAN, 125}, {EV_KEY, 125, 2});
    EXPECT(&s, key(125, false), PF_UINPUT_KEYBOARD, {EV_MSC, MSC_SCAN, 125}, {EV_KEY, 125, 0});
    EXPECT(&s, key(125, true), PF_UINPUT_KEYBOARD, {EV_MSC, MSC_SCAN, 125}, {EV_KEY, 125, 1});
    expect_nothing(&s, key(PF_EVDEV_KEYS, true));
    expect_nothing(&s, (struct pf_input){.type = PF_INPUT_CHARACTER, .code = 'a'});
}

static void the_mouse_moves_and_clicks(void **state)
{
    struct pf_uinput_state s = state_of(whole);
    struct pf_input move = {.type = PF_INPUT_MOTION, .x = 4, .y = -6};
    EXPECT(&s, move, PF_UINPUT_MOUSE, {EV_REL, REL_X, 4}, {EV_REL, REL_Y, -6});
    move.x = 0;
    EXPECT(&s, move, PF_UINPUT_MOUSE, {EV_REL, REL_Y, -6});
    move.y = 0;
    expect_nothing(&s, move);
    struct pf_input button = {.type = PF_INPUT_BUTTON, .code = BTN_MIDDLE, .down = true};
    EXPECT(&s, button, PF_UINPUT_MOUSE, {EV_KEY, BTN_MIDDLE, 1});
}

static void whole_detents_of_the_sum_go_along(void **state)
{
    struct pf_uinput_state s = state_of(whole);
    EXPECT(&s, wheel(false, 120), PF_UINPUT_MOUSE, {EV_REL, REL_WHEEL_HI_RES, 120}, {EV_REL, REL_WHEEL, 1});
    EXPECT(&s, wheel(false, 30), PF_UINPUT_MOUSE, {EV_REL, REL_WHEEL_HI_RES, 30});
    EXPECT(&s, wheel(false, 100), PF_UINPUT_MOUSE, {EV_REL, REL_WHEEL_HI_RES, 100}, {EV_REL, REL_WHEEL, 1});
    EXPECT(
        &s, wheel(true, -250), PF_UINPUT_MOUSE, {EV_REL, REL_HWHEEL_HI_RES, -250}, {EV_REL, REL_HWHEEL, -2});
    EXPECT(&s, wheel(false, -10), PF_UINPUT_MOUSE, {EV_REL, REL_WHEEL_HI_RES, -10});
    expect_nothing(&s, wheel(false, 0));
    EXPECT(&s, wheel(true, INT32_MIN), PF_UINPUT_MOUSE, {EV_REL, REL_HWHEEL_HI_RES, INT32_MIN},
        {EV_REL, REL_HWHEEL, -17895697});
}

static int32_t axis(struct pf_uinput_state *s, struct pf_input e, uint16_t code)
{
    struct pf_uinput_frame f = pf_uinput_play(s, &e);
    int32_t value = -1;
    for (unsigned i = 0; i < f.count; i++)
        if (f.events[i].type == EV_ABS && f.events[i].code == code)
            value = f.events[i].value;
    return value;
}

/* As libinput reckons: the pixel that an axis' value means. */
static int32_t pixel(int32_t value, uint32_t all)
{
    return (int32_t)((int64_t)value * all / (PF_UINPUT_AXIS_MAX + 1));
}

static void positions_lie_in_the_output(void **state)
{
    struct pf_uinput_state s = state_of((struct pf_uinput_area){1920, 0, 2560, 1440, 4480, 1440});
    assert_int_equal(pixel(axis(&s, position(960, 540, 1920, 1080), ABS_X), 4480), 3200);
    assert_int_equal(pixel(axis(&s, position(960, 540, 1920, 1080), ABS_Y), 1440), 720);
    for (int32_t x = 0; x < 2560; x++) /* no pixel is lost where client and output are of one size */
        assert_int_equal(pixel(axis(&s, position(x, 0, 2560, 1440), ABS_X), 4480), 1920 + x);
    assert_in_range(pixel(axis(&s, position(1920, 1080, 1920, 1080), ABS_X), 4480), 4478, 4479);
    assert_int_equal(pixel(axis(&s, position(-5, -5, 1920, 1080), ABS_X), 4480), 1920);
    s = state_of(whole);
    assert_in_range(axis(&s, position(INT32_MAX, INT32_MAX, 65535, 65535), ABS_X), 65534, 65535);
    assert_int_equal(axis(&s, position(INT32_MIN, 0, 1, 1), ABS_X), 0);
}

/* The kernel swallows values that stay, but another mouse may have moved the pointer. */
static void the_same_position_is_told_again(void **state)
{
    struct pf_uinput_state s = state_of(whole);
    EXPECT(&s, position(0, 0, 4, 4), PF_UINPUT_POINTER, {EV_ABS, ABS_X, 1}, {EV_ABS, ABS_X, 0},
        {EV_ABS, ABS_Y, 0});
    EXPECT(&s, position(2, 1, 4, 4), PF_UINPUT_POINTER, {EV_ABS, ABS_X, 32768}, {EV_ABS, ABS_Y, 16384});
    EXPECT(&s, position(2, 1, 4, 4), PF_UINPUT_POINTER, {EV_ABS, ABS_X, 32769}, {EV_ABS, ABS_X, 32768},
        {EV_ABS, ABS_Y, 16384});
}

static void fingers_have_slots(void **state)
{
    struct pf_uinput_state s = state_of(whole);
    EXPECT(&s, finger(7, true, false, 50, 25), PF_UINPUT_TOUCHSCREEN, {EV_ABS, ABS_MT_SLOT, 0},
        {EV_ABS, ABS_MT_TRACKING_ID, 0}, {EV_ABS, ABS_MT_POSITION_X, 32768},
        {EV_ABS, ABS_MT_POSITION_Y, 16384}, {EV_ABS, ABS_X, 32768}, {EV_ABS, ABS_Y, 16384},
        {EV_KEY, BTN_TOUCH, 1});
    EXPECT(&s, finger(9, true, false, 25, 50), PF_UINPUT_TOUCHSCREEN, {EV_ABS, ABS_MT_SLOT, 1},
        {EV_ABS, ABS_MT_TRACKING_ID, 1}, {EV_ABS, ABS_MT_POSITION_X, 16384},
        {EV_ABS, ABS_MT_POSITION_Y, 32768});
    EXPECT(&s, finger(7, false, false, 0, 0), PF_UINPUT_TOUCHSCREEN, {EV_ABS, ABS_MT_SLOT, 0},
        {EV_ABS, ABS_MT_TRACKING_ID, -1});
    EXPECT(&s, finger(9, true, true, 50, 50), PF_UINPUT_TOUCHSCREEN, {EV_ABS, ABS_MT_SLOT, 1},
        {EV_ABS, ABS_MT_POSITION_X, 32768}, {EV_ABS, ABS_MT_POSITION_Y, 32768});
    expect_nothing(&s, finger(8, true, true, 1, 1));
    expect_nothing(&s, finger(8, false, false, 1, 1));
    EXPECT(&s, finger(9, false, false, 0, 0), PF_UINPUT_TOUCHSCREEN, {EV_ABS, ABS_MT_SLOT, 1},
        {EV_ABS, ABS_MT_TRACKING_ID, -1}, {EV_KEY, BTN_TOUCH, 0});
    for (uint32_t id = 0; id < PF_UINPUT_SLOTS; id++)
        assert_true(
            pf_uinput_play(&s,
                &(struct pf_input){.type = PF_INPUT_TOUCH, .id = id, .down = true, .width = 1, .height = 1})
                .count > 0);
    expect_nothing(&s, finger(99, true, false, 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_press_is_a_repeat),
        cmocka_unit_test(the_mouse_moves_and_clicks),
        cmocka_unit_test(whole_detents_of_the_sum_go_along),
        cmocka_unit_test(positions_lie_in_the_output),
        cmocka_unit_test(the_same_position_is_told_again),
        cmocka_unit_test(fingers_have_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

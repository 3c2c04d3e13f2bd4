/* What a client's packets do on the desktop and on its pads, and what games tell its pads. */
#include "gamestream/input/input_map.h"
#include "gamestream/input/keys.h"
#include "gamestream/input/pad_map.h"
#include "input/pads/pad_set.h"

#include <linux/input-event-codes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { EVENTS = 64 };

static struct {
    struct pf_input events[EVENTS];
    unsigned count;
    struct pf_input_event pads[EVENTS];
    unsigned pad_count;
    struct pf_datagram rich[EVENTS];
    unsigned rich_count;
    uint8_t told[EVENTS][64];
    size_t told_len[EVENTS];
    unsigned told_count;
} seen;

static void play(void *user, const struct pf_input *event)
{
    seen.events[seen.count++] = *event;
}

static void on_pad(void *user, const struct pf_input_event *event)
{
    assert_true(pf_pad_set_knows(event));
    seen.pads[seen.pad_count++] = *event;
}

static void on_rich(void *user, const struct pf_datagram *rich)
{
    seen.rich[seen.rich_count++] = *rich;
}

static void on_tell(void *user, const uint8_t *message, size_t len)
{
    memcpy(seen.told[seen.told_count], message, len);
    seen.told_len[seen.told_count++] = len;
}

static struct pf_gs_input_map fresh(void)
{
    struct pf_gs_input_map m;
    memset(&seen, 0, sizeof(seen));
    pf_gs_input_map_init(&m, NULL, play);
    return m;
}

static struct pf_gs_pad_map fresh_pads(void)
{
    struct pf_gs_pad_map m;
    const struct pf_gs_pad_sink sink = {.event = on_pad, .rich = on_rich, .tell = on_tell};
    memset(&seen, 0, sizeof(seen));
    pf_gs_pad_map_init(&m, &sink, PF_PAD_KIND_XBOX_360);
    return m;
}

/* ---- keys -----------------------------------------------------------------------------------------------
 */

static void key(struct pf_gs_input_map *m, uint16_t vk, bool down, uint8_t modifiers)
{
    const struct pf_gs_input_packet p = {
        .kind = PF_GS_INPUT_KEY, .key = {.code = 0x8000 | vk, .down = down, .modifiers = modifiers}};
    pf_gs_input_map_take(m, &p);
}

static void expect_key(unsigned at, uint32_t code, bool down)
{
    assert_in_range(at, 0, seen.count - 1);
    assert_int_equal(seen.events[at].type, PF_INPUT_KEY);
    assert_int_equal(seen.events[at].code, code);
    assert_int_equal(seen.events[at].down, down);
}

static void keys_are_those_of_the_table(void **state)
{
    static const struct {
        uint8_t vk;
        uint32_t code;
    } some[] = {{0x03, KEY_CANCEL}, {0x0C, KEY_CLEAR}, {0x15, KEY_KATAKANAHIRAGANA}, {0x16, KEY_HANGEUL},
        {0x2A, KEY_PRINT}, {0x2C, KEY_SYSRQ}, {0x30, KEY_0}, {0x41, KEY_A}, {0x5F, KEY_SLEEP},
        {0x6C, KEY_KPCOMMA}, {0x87, KEY_F24}, {0x9A, KEY_SYSRQ}, {0xA5, KEY_RIGHTALT}, {0xA6, KEY_BACK},
        {0xB7, KEY_PROG2}, {0xBF, KEY_SLASH}, {0xC1, KEY_RO}, {0xDF, KEY_102ND}, {0xE2, KEY_102ND}, {0x00, 0},
        {0x07, 0}, {0xFF, 0}};
    unsigned known = 0;
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
        assert_int_equal(pf_gs_key(some[i].vk), some[i].code);
    for (unsigned vk = 0; vk < 256; vk++) {
        known += pf_gs_key((uint8_t)vk) != 0;
        assert_true(pf_gs_key((uint8_t)vk) < PF_EVDEV_KEYS);
    }
    assert_int_equal(known, 155);
}

static void keys_go_down_and_up_once(void **state)
{
    struct pf_gs_input_map m = fresh();
    key(&m, 'A', false, 0); /* never went down */
    assert_int_equal(seen.count, 0);
    key(&m, 'A', true, 0);
    key(&m, 'A', true, 0); /* a repeat: the desktop makes its own */
    key(&m, 'A', false, 0);
    key(&m, 0x07, true, 0); /* means nothing */
    assert_int_equal(seen.count, 2);
    expect_key(0, KEY_A, true);
    expect_key(1, KEY_A, false);
}

static void modifiers_that_nobody_pressed_are_lent(void **state)
{
    struct pf_gs_input_map m = fresh();
    key(&m, 'A', true, PF_GS_MODIFIER_SHIFT | PF_GS_MODIFIER_META);
    assert_int_equal(seen.count, 5);
    expect_key(0, KEY_LEFTSHIFT, true);
    expect_key(1, KEY_LEFTMETA, true);
    expect_key(2, KEY_A, true);
    expect_key(3, KEY_LEFTSHIFT, false);
    expect_key(4, KEY_LEFTMETA, false);

    m = fresh();
    key(&m, 0xA3, true, PF_GS_MODIFIER_CTRL); /* right ctrl itself, and held from now on */
    key(&m, 'C', true, PF_GS_MODIFIER_CTRL);
    assert_int_equal(seen.count, 2);
    expect_key(0, KEY_RIGHTCTRL, true);
    expect_key(1, KEY_C, true);
}

static void text(struct pf_gs_input_map *m, const char *bytes)
{
    struct pf_gs_input_packet p = {.kind = PF_GS_INPUT_TEXT};
    p.text.len = strlen(bytes);
    memcpy(p.text.bytes, bytes, p.text.len);
    pf_gs_input_map_take(m, &p);
}

static void text_becomes_characters(void **state)
{
    struct pf_gs_input_map m = fresh();
    text(&m, "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    assert_int_equal(seen.count, 4);
    static const uint32_t wanted[] = {'a', 0xE9, 0x20AC, 0x1F600};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(seen.events[i].type, PF_INPUT_CHARACTER);
        assert_int_equal(seen.events[i].code, wanted[i]);
    }
    static const char *const bad[] = {
        "\xC3", "\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x28\xA1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        m = fresh();
        text(&m, bad[i]);
        assert_int_equal(seen.count, 0);
    }
}

/* ---- pointer, touch, pen --------------------------------------------------------------------------------
 */

static void the_mouse_points_on_the_clients_surface(void **state)
{
    struct pf_gs_input_map m = fresh();
    struct pf_gs_input_packet p = {
        .kind = PF_GS_INPUT_POSITION, .position = {.x = 1279, .y = 0, .right = 1279, .bottom = 719}};
    pf_gs_input_map_take(&m, &p);
    p.position.right = 0; /* a surface without area */
    pf_gs_input_map_take(&m, &p);
    p = (struct pf_gs_input_packet){.kind = PF_GS_INPUT_BUTTON, .button = {.button = 4, .down = true}};
    pf_gs_input_map_take(&m, &p);
    p = (struct pf_gs_input_packet){
        .kind = PF_GS_INPUT_SCROLL, .scroll = {.amount = -240, .horizontal = true}};
    pf_gs_input_map_take(&m, &p);
    p = (struct pf_gs_input_packet){.kind = PF_GS_INPUT_MOVE, .move = {.x = -3, .y = 4}};
    pf_gs_input_map_take(&m, &p);
    assert_int_equal(seen.count, 4);
    assert_int_equal(seen.events[0].type, PF_INPUT_POSITION);
    assert_int_equal(seen.events[0].width, 1280);
    assert_int_equal(seen.events[0].height, 720);
    assert_int_equal(seen.events[0].x, 1279);
    assert_int_equal(seen.events[1].code, BTN_SIDE);
    assert_int_equal(seen.events[2].x, -240);
    assert_true(seen.events[2].horizontal);
    assert_int_equal(seen.events[3].x, -3);
    assert_int_equal(seen.events[3].y, 4);
}

static void finger(struct pf_gs_input_map *m, unsigned event, uint32_t id, float x, float y)
{
    const struct pf_gs_input_packet p = {
        .kind = PF_GS_INPUT_TOUCH, .touch = {.event = (uint8_t)event, .finger = id, .x = x, .y = y}};
    pf_gs_input_map_take(m, &p);
}

static void fingers_come_and_go(void **state)
{
    struct pf_gs_input_map m = fresh();
    finger(&m, PF_GS_TOUCH_HOVER, 1, 0, 0);
    finger(&m, PF_GS_TOUCH_MOVE, 1, 0, 0); /* is not down */
    finger(&m, PF_GS_TOUCH_UP, 1, 0, 0);
    assert_int_equal(seen.count, 0);
    finger(&m, PF_GS_TOUCH_DOWN, 1, 0.5f, 1.5f);
    finger(&m, PF_GS_TOUCH_DOWN, 2, -1, 0.25f);
    finger(&m, PF_GS_TOUCH_MOVE, 1, 1, 0);
    finger(&m, PF_GS_TOUCH_CANCEL_ALL, 0, 0, 0);
    assert_int_equal(seen.count, 5);
    assert_int_equal(seen.events[0].x, 32768);
    assert_int_equal(seen.events[0].y, 65535);
    assert_int_equal(seen.events[1].x, 0);
    assert_true(seen.events[2].moved);
    assert_false(seen.events[3].down);
    assert_false(seen.events[4].down);
    assert_int_equal(seen.events[3].id + seen.events[4].id, 3);
    m = fresh();
    for (uint32_t id = 0; id < PF_GS_FINGERS + 4; id++)
        finger(&m, PF_GS_TOUCH_DOWN, id, 0, 0);
    assert_int_equal(seen.count, PF_GS_FINGERS);
}

static void pen(struct pf_gs_input_map *m, unsigned event, unsigned buttons)
{
    const struct pf_gs_input_packet p = {.kind = PF_GS_INPUT_PEN,
        .pen = {.event = (uint8_t)event, .buttons = (uint8_t)buttons, .x = 0.5f, .y = 0.5f}};
    pf_gs_input_map_take(m, &p);
}

static void a_pen_is_a_pointer(void **state)
{
    struct pf_gs_input_map m = fresh();
    pen(&m, PF_GS_TOUCH_HOVER, 0);
    pen(&m, PF_GS_TOUCH_DOWN, 0);
    pen(&m, PF_GS_TOUCH_MOVE, 0);
    pen(&m, PF_GS_TOUCH_BUTTON_ONLY, 1);
    pen(&m, PF_GS_TOUCH_CANCEL, 1);
    assert_int_equal(seen.count, 7);
    assert_int_equal(seen.events[0].type, PF_INPUT_POSITION);
    assert_int_equal(seen.events[1].type, PF_INPUT_POSITION);
    assert_int_equal(seen.events[2].code, BTN_LEFT);
    assert_true(seen.events[2].down);
    assert_int_equal(seen.events[4].code, BTN_RIGHT);
    assert_int_equal(seen.events[5].code, BTN_LEFT);
    assert_false(seen.events[5].down);
    assert_int_equal(seen.events[6].code, BTN_RIGHT);
    assert_false(seen.events[6].down);
}

/* ---- pads -----------------------------------------------------------------------------------------------
 */

static void pad_state(struct pf_gs_pad_map *m, uint16_t pad, uint16_t mask, uint32_t buttons)
{
    const struct pf_gs_input_packet p = {.kind = PF_GS_INPUT_PAD,
        .pad = {.pad = pad,
            .active_mask = mask,
            .buttons = buttons,
            .left_trigger = 10,
            .right_trigger = 200,
            .left_x = 1000,
            .left_y = -2000,
            .right_x = -1,
            .right_y = 32767}};
    pf_gs_pad_map_take(m, &p);
}

static void arrive(struct pf_gs_pad_map *m, uint8_t pad, uint8_t type, uint16_t capabilities)
{
    const struct pf_gs_input_packet p = {
        .kind = PF_GS_INPUT_PAD_ARRIVAL, .arrival = {.pad = pad, .type = type, .capabilities = capabilities}};
    pf_gs_pad_map_take(m, &p);
}

/* The devices' own rules see what they are to see. */
static struct pf_pad_set replay(void)
{
    struct pf_pad_set set = {0};
    unsigned pad;
    for (unsigned i = 0; i < seen.pad_count; i++)
        pf_pad_set_event(&set, &seen.pads[i], &pad);
    for (unsigned i = 0; i < seen.rich_count; i++)
        pf_pad_set_rich(&set, &seen.rich[i], &pad);
    return set;
}

static void pads_live_as_their_bits_do(void **state)
{
    struct pf_gs_pad_map m = fresh_pads();
    pad_state(&m, 1, 3, PF_PAD_A | PF_PAD_MISC | PF_PAD_R4);
    struct pf_pad_set set = replay();
    assert_true(set.slots[1].present);
    assert_false(set.slots[0].present); /* its bit is set, but it has said nothing yet */
    const struct pf_pad_report *r = &set.slots[1].report;
    assert_int_equal(r->buttons, PF_PAD_A | PF_PAD_MISC | PF_PAD_R4);
    assert_int_equal(r->lsx, 1000);
    assert_int_equal(r->lsy, -2000);
    assert_int_equal(r->rsx, -1);
    assert_int_equal(r->rsy, 32767);
    assert_int_equal(r->lt, 10);
    assert_int_equal(r->rt, 200);
    pad_state(&m, 0, 1, 0); /* and pad 1 is gone */
    set = replay();
    assert_true(set.slots[0].present);
    assert_false(set.slots[1].present);
    pad_state(&m, 0, 0, 0);
    pad_state(&m, 1, 2, PF_PAD_B); /* comes back */
    set = replay();
    assert_false(set.slots[0].present);
    assert_true(set.slots[1].present);
    assert_int_equal(set.slots[1].report.buttons, PF_PAD_B);
}

static void arrivals_say_the_kind_and_wake_the_motion(void **state)
{
    struct pf_gs_pad_map m = fresh_pads();
    arrive(&m, 2, 1, PF_GS_PAD_GYROSCOPE); /* an Xbox pad has no use for it here */
    assert_int_equal(seen.told_count, 0);
    assert_int_equal(replay().slots[2].wish, PF_PAD_KIND_XBOX_360);
    arrive(&m, 3, 2, PF_GS_PAD_GYROSCOPE | PF_GS_PAD_ACCELEROMETER);
    arrive(&m, 3, 1, 0); /* is there already */
    assert_int_equal(replay().slots[3].wish, PF_PAD_KIND_DUALSENSE);
    assert_int_equal(seen.pad_count, 2);
    assert_int_equal(seen.told_count, 2);
    assert_memory_equal(seen.told[0], "\x01\x55\x05\x00\x03\x00\x64\x00\x01", 9);
    assert_memory_equal(seen.told[1], "\x01\x55\x05\x00\x03\x00\x64\x00\x02", 9);
}

static void motion_and_touch_reach_the_report(void **state)
{
    struct pf_gs_pad_map m = fresh_pads();
    struct pf_gs_input_packet p = {
        .kind = PF_GS_INPUT_PAD_MOTION, .motion = {.pad = 1, .type = 2, .x = 1.5f, .y = -2.5f, .z = 5000}};
    pf_gs_pad_map_take(&m, &p); /* of no pad */
    assert_int_equal(seen.rich_count, 0);
    arrive(&m, 1, 2, 0);
    pf_gs_pad_map_take(&m, &p);
    p.motion.type = 1;
    p.motion.x = 9.80665f;
    p.motion.y = p.motion.z = 0;
    pf_gs_pad_map_take(&m, &p);
    p.motion.type = 9;
    pf_gs_pad_map_take(&m, &p);
    assert_int_equal(seen.rich_count, 2);
    struct pf_pad_report r = replay().slots[1].report;
    assert_int_equal(r.gyro[0], 30);
    assert_int_equal(r.gyro[1], -50);
    assert_int_equal(r.gyro[2], 32767);
    assert_int_equal(r.accel[0], 10000);
    assert_int_equal(r.accel[1], 0);

    p = (struct pf_gs_input_packet){.kind = PF_GS_INPUT_PAD_TOUCH,
        .pad_touch = {.pad = 1, .event = PF_GS_TOUCH_DOWN, .finger = 77, .x = 0.5f, .y = 0.25f}};
    pf_gs_pad_map_take(&m, &p);
    p.pad_touch.finger = 78;
    pf_gs_pad_map_take(&m, &p);
    p.pad_touch.finger = 79; /* one too many */
    pf_gs_pad_map_take(&m, &p);
    r = replay().slots[1].report;
    assert_true(r.contacts[0].active && r.contacts[1].active);
    assert_int_equal(r.contacts[0].x, 32768);
    assert_int_equal(r.contacts[0].y, 16384);
    p.pad_touch = (typeof(p.pad_touch)){.pad = 1, .event = PF_GS_TOUCH_UP, .finger = 77};
    pf_gs_pad_map_take(&m, &p);
    r = replay().slots[1].report;
    assert_false(r.contacts[0].active);
    assert_true(r.contacts[1].active);
    p.pad_touch.event = PF_GS_TOUCH_CANCEL_ALL;
    pf_gs_pad_map_take(&m, &p);
    assert_false(replay().slots[1].report.contacts[1].active);
}

static void feedback_becomes_messages(void **state)
{
    struct pf_gs_pad_map m = fresh_pads();
    arrive(&m, 1, 1, PF_GS_PAD_TRIGGER_RUMBLE);
    struct pf_pad_feedback f = {.kind = PF_PAD_RUMBLE,
        .pad = 1,
        .rumble = {.low = 0x1234, .high = 0xBEEF, .left_trigger = 1, .right_trigger = 2}};
    pf_gs_pad_map_feedback(&m, &f);
    f.rumble.low = f.rumble.high = 0; /* the triggers stay */
    pf_gs_pad_map_feedback(&m, &f);
    assert_int_equal(seen.told_count, 3);
    assert_memory_equal(seen.told[0], "\x00\x55\x06\x00\x01\x00\x01\x00\x02\x00", 10);
    assert_memory_equal(seen.told[1], "\x0b\x01\x0a\x00\xee\xff\xc0\x00\x01\x00\x34\x12\xef\xbe", 14);
    assert_memory_equal(seen.told[2], "\x0b\x01\x0a\x00\xee\xff\xc0\x00\x01\x00\x00\x00\x00\x00", 14);
    f = (struct pf_pad_feedback){.kind = PF_PAD_LIGHT_BAR, .pad = 2, .light_bar = {1, 2, 3}};
    pf_gs_pad_map_feedback(&m, &f);
    assert_memory_equal(seen.told[3], "\x02\x55\x05\x00\x02\x00\x01\x02\x03", 9);
    f = (struct pf_pad_feedback){.kind = PF_PAD_TRIGGER, .trigger = {.which = 1, .effect = {0x21, 1, 2}}};
    pf_gs_pad_map_feedback(&m, &f);
    assert_int_equal(seen.told_len[4], 29);
    assert_memory_equal(seen.told[4], "\x03\x55\x19\x00\x00\x00\x04\x00\x21", 9);
    assert_memory_equal(seen.told[4] + 19, "\x01\x02", 2);
    f = (struct pf_pad_feedback){.kind = PF_PAD_PLAYER_LEDS, .player_leds = 1};
    pf_gs_pad_map_feedback(&m, &f);
    f = (struct pf_pad_feedback){.kind = PF_PAD_RUMBLE, .pad = 200};
    pf_gs_pad_map_feedback(&m, &f);
    assert_int_equal(seen.told_count, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_the_table),
        cmocka_unit_test(keys_go_down_and_up_once),
        cmocka_unit_test(modifiers_that_nobody_pressed_are_lent),
        cmocka_unit_test(text_becomes_characters),
        cmocka_unit_test(the_mouse_points_on_the_clients_surface),
        cmocka_unit_test(fingers_come_and_go),
        cmocka_unit_test(a_pen_is_a_pointer),
        cmocka_unit_test(pads_live_as_their_bits_do),
        cmocka_unit_test(arrivals_say_the_kind_and_wake_the_motion),
        cmocka_unit_test(motion_and_touch_reach_the_report),
        cmocka_unit_test(feedback_becomes_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

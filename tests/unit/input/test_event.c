#include "input/event.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define AREA(w, h) ((uint32_t)(w) << 16 | (h))

static struct pf_input read_one(struct pf_input_event wire)
{
    struct pf_input e;
    assert_true(pf_input_of_wire(&wire, &e));
    return e;
}

static void expect_nothing(struct pf_input_event wire)
{
    struct pf_input e, before;
    memset(&e, 0x5A, sizeof(e));
    before = e;
    assert_false(pf_input_of_wire(&wire, &e));
    assert_memory_equal(&e, &before, sizeof(e));
}

static void only_the_low_byte_of_a_key_counts(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct pf_input e =
            read_one((struct pf_input_event){.kind = PF_INPUT_KEY_DOWN, .code = i ? 0x141 : 0x41});
        assert_int_equal(e.type, PF_INPUT_KEY);
        assert_int_equal(e.code, 30);
        assert_true(e.down);
    }
    assert_false(read_one((struct pf_input_event){.kind = PF_INPUT_KEY_UP, .code = 0x41}).down);
    expect_nothing((struct pf_input_event){.kind = PF_INPUT_KEY_DOWN, .code = 0x07});
}

static void pointer_events_keep_their_meaning(void **state)
{
    struct pf_input e = read_one((struct pf_input_event){.kind = PF_INPUT_MOUSE_MOVE, .x = -12, .y = 34});
    assert_int_equal(e.type, PF_INPUT_MOTION);
    assert_int_equal(e.x, -12);
    assert_int_equal(e.y, 34);
    expect_nothing((struct pf_input_event){.kind = PF_INPUT_MOUSE_MOVE});

    e = read_one((struct pf_input_event){
        .kind = PF_INPUT_MOUSE_MOVE_ABS, .x = 640, .y = 360, .flags = AREA(1280, 720)});
    assert_int_equal(e.type, PF_INPUT_POSITION);
    assert_int_equal(e.width, 1280);
    assert_int_equal(e.height, 720);

    e = read_one((struct pf_input_event){.kind = PF_INPUT_BUTTON_UP, .code = 2});
    assert_int_equal(e.type, PF_INPUT_BUTTON);
    assert_int_equal(e.code, 0x112);
    assert_false(e.down);
    expect_nothing((struct pf_input_event){.kind = PF_INPUT_BUTTON_DOWN, .code = 6});

    e = read_one((struct pf_input_event){.kind = PF_INPUT_SCROLL, .code = 1, .x = -30});
    assert_int_equal(e.type, PF_INPUT_WHEEL);
    assert_true(e.horizontal);
    assert_int_equal(e.x, -30);
    expect_nothing((struct pf_input_event){.kind = PF_INPUT_SCROLL, .code = 2, .x = 120});
}

static void a_surface_without_area_has_no_positions(void **state)
{
    const uint32_t areas[] = {0, AREA(1280, 0), AREA(0, 720)};
    for (int i = 0; i < 3; i++) {
        expect_nothing((struct pf_input_event){.kind = PF_INPUT_MOUSE_MOVE_ABS, .x = 1, .flags = areas[i]});
        expect_nothing((struct pf_input_event){.kind = PF_INPUT_TOUCH_DOWN, .x = 1, .flags = areas[i]});
        expect_nothing((struct pf_input_event){.kind = PF_INPUT_TOUCH_MOVE, .x = 1, .flags = areas[i]});
    }
    struct pf_input e = read_one((struct pf_input_event){.kind = PF_INPUT_TOUCH_UP, .code = 7});
    assert_int_equal(e.type, PF_INPUT_TOUCH);
    assert_int_equal(e.id, 7);
    assert_false(e.down);
}

static void pads_and_impossible_characters_are_nothing(void **state)
{
    for (uint8_t kind = 0; kind < 32; kind++)
        if (kind == PF_INPUT_PAD_BUTTON || kind == PF_INPUT_PAD_AXIS || kind == PF_INPUT_PAD_STATE ||
            kind == PF_INPUT_PAD_REMOVE || kind == PF_INPUT_PAD_ARRIVAL || kind > PF_INPUT_TEXT)
            expect_nothing((struct pf_input_event){.kind = kind, .code = 1, .x = 1, .flags = AREA(9, 9)});
    const uint32_t bad[] = {0, 0xD800, 0xDFFF, 0x110000, UINT32_MAX};
    for (int i = 0; i < 5; i++)
        expect_nothing((struct pf_input_event){.kind = PF_INPUT_TEXT, .code = bad[i]});
    assert_int_equal(read_one((struct pf_input_event){.kind = PF_INPUT_TEXT, .code = 0x1F600}).code, 0x1F600);
}

static void positions_stay_on_the_surface(void **state)
{
    const struct {
        int32_t v;
        uint32_t extent, expected;
    } rows[] = {{0, 1920, 0}, {1919, 1920, 1919}, {1920, 1920, 1919}, {-1, 1920, 0}, {INT32_MIN, 1920, 0},
        {INT32_MAX, 1920, 1919}, {5, 1, 0}, {65535, 65535, 65534}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(pf_input_clamp(rows[i].v, rows[i].extent), rows[i].expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_low_byte_of_a_key_counts),
        cmocka_unit_test(pointer_events_keep_their_meaning),
        cmocka_unit_test(a_surface_without_area_has_no_positions),
        cmocka_unit_test(pads_and_impossible_characters_are_nothing),
        cmocka_unit_test(positions_stay_on_the_surface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

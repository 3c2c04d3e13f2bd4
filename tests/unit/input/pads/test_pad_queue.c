#include "input/pads/pad_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool press(struct pf_pad_queue *q, uint32_t button, bool down)
{
    const struct pf_input_event e = {.kind = PF_INPUT_PAD_BUTTON, .code = button, .x = down};
    return pf_pad_queue_event(q, &e);
}

static bool steer(struct pf_pad_queue *q, int32_t x)
{
    const struct pf_input_event e = {.kind = PF_INPUT_PAD_AXIS, .code = PF_PAD_AXIS_LSX, .x = x};
    return pf_pad_queue_event(q, &e);
}

static bool touch(struct pf_pad_queue *q, bool active, uint16_t x)
{
    const struct pf_datagram d = {
        .tag = PF_DATAGRAM_RICH, .kind = PF_RICH_TOUCHPAD, .touchpad = {.active = active, .x = x}};
    return pf_pad_queue_rich(q, &d);
}

static void presses_are_apart_and_moves_together(void **state)
{
    static struct pf_pad_queue q;
    struct pf_pad_step step;
    press(&q, PF_PAD_A, true);
    press(&q, PF_PAD_A, false);
    for (int x = 1; x <= 50; x++)
        steer(&q, x);
    press(&q, PF_PAD_B, true);
    assert_true(pf_pad_queue_step(&q, &step));
    assert_int_equal(step.dirty, 1);
    assert_int_equal(step.slots[0].report.buttons, PF_PAD_A);
    assert_true(pf_pad_queue_step(&q, &step));
    assert_int_equal(step.slots[0].report.buttons, 0);
    assert_int_equal(step.slots[0].report.lsx, 50);
    assert_true(pf_pad_queue_step(&q, &step));
    assert_int_equal(step.slots[0].report.buttons, PF_PAD_B);
    assert_false(pf_pad_queue_step(&q, &step));
}

static void a_tap_is_not_lost(void **state)
{
    static struct pf_pad_queue q;
    struct pf_pad_step step;
    press(&q, PF_PAD_A, true);
    touch(&q, true, 1);
    touch(&q, true, 2);
    touch(&q, false, 2);
    assert_true(pf_pad_queue_step(&q, &step)); /* the press */
    assert_true(pf_pad_queue_step(&q, &step));
    assert_true(step.slots[0].report.contacts[0].active);
    assert_int_equal(step.slots[0].report.contacts[0].x, 2);
    assert_true(pf_pad_queue_step(&q, &step));
    assert_false(step.slots[0].report.contacts[0].active);
}

/* A flood loses presses, not the state at its end. */
static void a_flood_ends_where_it_should(void **state)
{
    static struct pf_pad_queue q;
    struct pf_pad_step step;
    unsigned full = 0;
    for (unsigned i = 0; i < 10000; i++)
        full += !press(&q, PF_PAD_A, i % 2 == 0);
    press(&q, PF_PAD_Y, true);
    assert_true(full > 0);
    while (pf_pad_queue_step(&q, &step))
        ;
    assert_int_equal(step.slots[0].report.buttons, PF_PAD_Y);
}

static void a_pad_that_goes_and_comes_is_a_new_one(void **state)
{
    static struct pf_pad_queue q;
    struct pf_pad_step step;
    press(&q, PF_PAD_A, true);
    assert_true(pf_pad_queue_step(&q, &step));
    const struct pf_input_event gone = {.kind = PF_INPUT_PAD_REMOVE, .flags = 1u << 24};
    const struct pf_input_event come = {.kind = PF_INPUT_PAD_ARRIVAL, .code = 2};
    pf_pad_queue_event(&q, &gone);
    assert_true(pf_pad_queue_step(&q, &step));
    assert_int_equal(step.gone, 1);
    assert_int_equal(step.dirty, 0);
    pf_pad_queue_event(&q, &come);
    assert_true(pf_pad_queue_step(&q, &step));
    assert_int_equal(step.gone, 0);
    assert_int_equal(step.dirty, 1);
    assert_int_equal(step.slots[0].wish, 2);
    assert_int_equal(step.slots[0].report.buttons, 0);
}

static void motion_is_marked_and_ends(void **state)
{
    static struct pf_pad_queue q;
    struct pf_pad_step step;
    const struct pf_datagram turn = {
        .tag = PF_DATAGRAM_RICH, .kind = PF_RICH_MOTION, .motion = {.gyro = {5, 6, 7}, .accel = {1, 2, 3}}};
    pf_pad_queue_rich(&q, &turn); /* of no pad */
    assert_false(pf_pad_queue_step(&q, &step));
    steer(&q, 1);
    pf_pad_queue_rich(&q, &turn);
    assert_true(pf_pad_queue_step(&q, &step));
    assert_int_equal(step.moved, 1);
    pf_pad_queue_calm(&q, 0);
    assert_true(pf_pad_queue_step(&q, &step));
    assert_int_equal(step.moved, 0);
    assert_int_equal(step.slots[0].report.gyro[2], 0);
    assert_int_equal(step.slots[0].report.accel[2], 3);
    pf_pad_queue_calm(&q, 5); /* no pad */
    assert_false(pf_pad_queue_step(&q, &step));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presses_are_apart_and_moves_together),
        cmocka_unit_test(a_tap_is_not_lost),
        cmocka_unit_test(a_flood_ends_where_it_should),
        cmocka_unit_test(a_pad_that_goes_and_comes_is_a_new_one),
        cmocka_unit_test(motion_is_marked_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

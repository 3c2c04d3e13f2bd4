#include "client/input_tests.h"

#include "base/time.h"

#define STEPS 160u
#define TAPS  20u
#define SIDE  40u /* steps */
#define VK_A  0x41u

static uint64_t time_of(unsigned step)
{
    return 2 * PF_NS_PER_S + step * 40 * PF_NS_PER_MS;
}

static int add(struct probe_input_script *s, unsigned step, const struct pf_input_event *event)
{
    return probe_input_script_add(
        s, time_of(step), &(struct pf_datagram){.tag = PF_DATAGRAM_INPUT, .input = *event});
}

static int add_all(struct probe_input_script *s, unsigned step, const struct pf_input_event *events, size_t n)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = add(s, step, &events[i]);
    return rc;
}

static uint32_t area(uint32_t width, uint32_t height)
{
    return width << 16 | (height & 0xFFFF);
}

static int give(struct probe_input_script *s, int rc, struct probe_input_script *ret_script)
{
    if (rc < 0)
        probe_input_script_finish(s);
    else
        *ret_script = *s;
    return rc;
}

/* ---- mouse, keyboard, pad ---- */

static int add_taps(struct probe_input_script *s, unsigned step)
{
    const struct pf_input_event taps[] = {
        {.kind = PF_INPUT_KEY_DOWN, .code = VK_A},
        {.kind = PF_INPUT_KEY_UP, .code = VK_A},
        {.kind = PF_INPUT_PAD_BUTTON, .code = PF_PAD_A, .x = 1},
        {.kind = PF_INPUT_PAD_BUTTON, .code = PF_PAD_A, .x = 0},
        {.kind = PF_INPUT_PAD_AXIS, .code = PF_PAD_AXIS_LSX, .x = ((int32_t)step % 64 - 32) * 1024},
    };
    return add_all(s, step, taps, sizeof(taps) / sizeof(taps[0]));
}

int probe_input_test_mouse(uint32_t width, uint32_t height, struct probe_input_script *ret_script)
{
    static const int32_t square[4][2] = {{12, 0}, {0, 12}, {-12, 0}, {0, -12}};
    struct probe_input_script s = {0};
    int rc = 0;
    for (unsigned step = 0; rc == 0 && step < STEPS; step++) {
        const int32_t *by = square[step / 10 % 4];
        const struct pf_input_event moves[] = {
            {.kind = PF_INPUT_MOUSE_MOVE, .x = by[0], .y = by[1]},
            {.kind = PF_INPUT_MOUSE_MOVE_ABS,
                .x = (int32_t)(step * width / STEPS),
                .y = (int32_t)(step * height / STEPS),
                .flags = area(width, height)},
        };
        rc = add_all(&s, step, moves, 2);
        if (rc == 0 && step % TAPS == 0)
            rc = add_taps(&s, step);
    }
    return give(&s, rc, ret_script);
}

/* ---- touch ---- */

int probe_input_test_touch(uint32_t width, uint32_t height, struct probe_input_script *ret_script)
{
    static const int32_t corners[5][2] = {{1, 1}, {3, 1}, {3, 3}, {1, 3}, {1, 1}}; /* quarters */
    struct probe_input_script s = {0};
    int rc = 0;
    for (unsigned step = 0; rc == 0 && step < STEPS; step++) {
        const int32_t *from = corners[step / SIDE], *to = corners[step / SIDE + 1];
        int32_t at = (int32_t)(step % SIDE), rest = (int32_t)SIDE - at, w = (int32_t)width,
                h = (int32_t)height;
        const struct pf_input_event e = {.kind = at == 0 ? PF_INPUT_TOUCH_DOWN : PF_INPUT_TOUCH_MOVE,
            .code = 1,
            .x = (from[0] * rest + to[0] * at) * w / 4 / (int32_t)SIDE,
            .y = (from[1] * rest + to[1] * at) * h / 4 / (int32_t)SIDE,
            .flags = area(width, height)};
        rc = add(&s, step, &e);
        if (rc == 0 && step % SIDE == SIDE - 1)
            rc = add(&s, step, &(struct pf_input_event){.kind = PF_INPUT_TOUCH_UP, .code = 1});
    }
    return give(&s, rc, ret_script);
}

/* ---- rich input ---- */

static int add_rich(struct probe_input_script *s, unsigned step)
{
    uint16_t at = (uint16_t)(step * 65535u / STEPS);
    int16_t turn = (int16_t)((int32_t)(step % SIDE) * 100 - 2000);
    const struct pf_datagram touch = {.tag = PF_DATAGRAM_RICH,
        .kind = PF_RICH_TOUCHPAD,
        .touchpad = {.active = step % SIDE != SIDE - 1, .x = at, .y = (uint16_t)(65535 - at)}};
    const struct pf_datagram motion = {.tag = PF_DATAGRAM_RICH,
        .kind = PF_RICH_MOTION,
        .motion = {.gyro = {turn, 0, (int16_t)-turn}, .accel = {0, 10000, 0}}};
    int rc = probe_input_script_add(s, time_of(step), &touch);
    return rc < 0 ? rc : probe_input_script_add(s, time_of(step), &motion);
}

int probe_input_test_rich(struct probe_input_script *ret_script)
{
    const struct pf_input_event taps[] = {
        {.kind = PF_INPUT_PAD_BUTTON, .code = PF_PAD_A, .x = 1},
        {.kind = PF_INPUT_PAD_BUTTON, .code = PF_PAD_A, .x = 0},
    };
    struct probe_input_script s = {0};
    int rc = 0;
    for (unsigned step = 0; rc == 0 && step < STEPS; step++) {
        rc = step % TAPS == 0 ? add_all(&s, step, taps, 2) : 0;
        rc = rc < 0 ? rc : add_rich(&s, step);
    }
    return give(&s, rc, ret_script);
}

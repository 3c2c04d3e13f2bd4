#include "input/wlr/pointer.h"

#include "wlr-virtual-pointer-unstable-v1-client-protocol.h"

#define NOTCH        120
#define NOTCH_PIXELS 15.0

void pf_wlr_pointer_init(struct pf_wlr_pointer *p, struct pf_wlr_desk *desk, uint32_t width, uint32_t height)
{
    struct wl_output *output = pf_wlr_desk_output(desk);
    *p = (struct pf_wlr_pointer){.proxy = zwlr_virtual_pointer_manager_v1_create_virtual_pointer_with_output(
                                     desk->pointers, desk->seat, output)};
    if (!output)
        return;
    p->width = width;
    p->height = height;
    p->x = width / 2;
    p->y = height / 2;
}

void pf_wlr_pointer_finish(struct pf_wlr_pointer *p)
{
    if (p->proxy)
        zwlr_virtual_pointer_v1_destroy(p->proxy);
    *p = (struct pf_wlr_pointer){0};
}

static uint32_t moved(uint32_t from, int32_t by, uint32_t extent)
{
    int64_t to = (int64_t)from + by;
    return to < 0 ? 0 : to >= extent ? extent - 1 : (uint32_t)to;
}

static void move(struct pf_wlr_pointer *p, uint32_t time_ms, const struct pf_input *e)
{
    /* More than the protocol's fixed-point numbers hold is as far as any screen reaches. */
    const int32_t far = 1 << 20;
    int32_t dx = e->x < -far ? -far : e->x > far ? far : e->x;
    int32_t dy = e->y < -far ? -far : e->y > far ? far : e->y;
    zwlr_virtual_pointer_v1_motion(p->proxy, time_ms, wl_fixed_from_int(dx), wl_fixed_from_int(dy));
    if (!p->width)
        return;
    p->x = moved(p->x, dx, p->width);
    p->y = moved(p->y, dy, p->height);
}

static void place(struct pf_wlr_pointer *p, uint32_t time_ms, const struct pf_input *e)
{
    uint32_t x = pf_input_clamp(e->x, e->width), y = pf_input_clamp(e->y, e->height);
    zwlr_virtual_pointer_v1_motion_absolute(p->proxy, time_ms, x, y, e->width, e->height);
    p->x = (uint32_t)((uint64_t)x * p->width / e->width);
    p->y = (uint32_t)((uint64_t)y * p->height / e->height);
}

/* Whole notches go along for programs that count them; the distance is always that of this event. */
static void scroll(struct pf_wlr_pointer *p, uint32_t time_ms, const struct pf_input *e)
{
    uint32_t axis = e->horizontal ? WL_POINTER_AXIS_HORIZONTAL_SCROLL : WL_POINTER_AXIS_VERTICAL_SCROLL;
    int32_t limit = 1 << 20, v120 = e->x < -limit ? -limit : e->x > limit ? limit : e->x;
    if (!e->horizontal)
        v120 = -v120; /* up is positive on the wire, negative here */
    int32_t sum = p->rest[axis] + v120, notches = sum / NOTCH;
    wl_fixed_t distance = wl_fixed_from_double(NOTCH_PIXELS * v120 / NOTCH);
    p->rest[axis] = sum % NOTCH;
    zwlr_virtual_pointer_v1_axis_source(p->proxy, WL_POINTER_AXIS_SOURCE_WHEEL);
    if (notches)
        zwlr_virtual_pointer_v1_axis_discrete(p->proxy, time_ms, axis, distance, notches);
    else
        zwlr_virtual_pointer_v1_axis(p->proxy, time_ms, axis, distance);
}

void pf_wlr_pointer_play(struct pf_wlr_pointer *p, uint32_t time_ms, const struct pf_input *e)
{
    switch (e->type) {
    case PF_INPUT_MOTION:
        move(p, time_ms, e);
        break;
    case PF_INPUT_POSITION:
        place(p, time_ms, e);
        break;
    case PF_INPUT_BUTTON:
        zwlr_virtual_pointer_v1_button(p->proxy, time_ms, e->code,
            e->down ? WL_POINTER_BUTTON_STATE_PRESSED : WL_POINTER_BUTTON_STATE_RELEASED);
        break;
    case PF_INPUT_WHEEL:
        scroll(p, time_ms, e);
        break;
    default:
        return;
    }
    zwlr_virtual_pointer_v1_frame(p->proxy);
}

void pf_wlr_pointer_return(struct pf_wlr_pointer *p, uint32_t time_ms)
{
    if (!p->width)
        return;
    zwlr_virtual_pointer_v1_motion_absolute(p->proxy, time_ms, p->x, p->y, p->width, p->height);
    zwlr_virtual_pointer_v1_frame(p->proxy);
}

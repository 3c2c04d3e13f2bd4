#include "input/touch_pointer.h"

#include <linux/input-event-codes.h>

static size_t press(const struct pf_input *touch, struct pf_input ret[2])
{
    ret[0] = (struct pf_input){.type = PF_INPUT_POSITION,
        .x = touch->x,
        .y = touch->y,
        .width = touch->width,
        .height = touch->height};
    ret[1] = (struct pf_input){.type = PF_INPUT_BUTTON, .code = BTN_LEFT, .down = true};
    return touch->moved ? 1 : 2;
}

size_t pf_touch_pointer_play(struct pf_touch_pointer *t, const struct pf_input *touch, struct pf_input ret[2])
{
    bool begins = touch->down && !touch->moved;
    if (begins ? t->down : !t->down || t->id != touch->id)
        return 0;
    *t = (struct pf_touch_pointer){.down = touch->down, .id = touch->id};
    if (touch->down)
        return press(touch, ret);
    ret[0] = (struct pf_input){.type = PF_INPUT_BUTTON, .code = BTN_LEFT};
    return 1;
}

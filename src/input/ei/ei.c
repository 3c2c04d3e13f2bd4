#include "input/ei/ei.h"

#include "base/log.h"
#include "input/ei/devices.h"
#include "input/ei/us_text.h"
#include "input/held.h"
#include "input/touch_pointer.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <unistd.h>

#define SCOPE "input"
#define NOTCH 120

struct finger {
    uint32_t id;
    struct ei_touch *touch; /* NULL: not in use */
};

struct ei_injector {
    struct pf_injector base;
    struct pf_ei_devices devices;
    struct pf_ei_server server;        /* without its connection */
    struct pf_pointer pointer;         /* if the desktop shares one */
    uint64_t keys[PF_EVDEV_KEYS / 64]; /* down at the server, which takes no second press */
    uint32_t buttons;                  /* bit: evdev code − BTN_LEFT */
    struct finger finger[PF_HELD_TOUCHES];
    struct pf_touch_pointer touch; /* where there is no touch screen */
    int32_t rest[2];               /* of a notch; vertical, horizontal */
    unsigned missed;               /* bits of capabilities that were missed, and told so */
};

/* ---- devices --------------------------------------------------------------------------------------------
 */

/* The device for it; NULL, told once, if there is none. */
static struct ei_device *need(struct ei_injector *e, enum ei_device_capability capability, const char *what)
{
    struct ei_device *device = pf_ei_devices_find(&e->devices, capability);
    if (!device && !(e->missed & (unsigned)capability)) {
        e->missed |= (unsigned)capability;
        pf_log_warn(SCOPE, "the desktop takes no %s now; such events are dropped", what);
    }
    return device;
}

static void drop_finger(struct finger *f)
{
    if (f->touch)
        ei_touch_unref(f->touch);
    *f = (struct finger){0};
}

/* The server has let go of everything on such a device. */
static void lost(void *user, enum ei_device_capability capability)
{
    struct ei_injector *e = user;
    if (capability == EI_DEVICE_CAP_KEYBOARD)
        for (unsigned i = 0; i < PF_EVDEV_KEYS / 64; i++)
            e->keys[i] = 0;
    else if (capability == EI_DEVICE_CAP_BUTTON)
        e->buttons = 0;
    else if (capability == EI_DEVICE_CAP_TOUCH)
        for (unsigned i = 0; i < PF_HELD_TOUCHES; i++)
            drop_finger(&e->finger[i]);
}

/* ---- keyboard -------------------------------------------------------------------------------------------
 */

static bool is_down(const struct ei_injector *e, uint32_t code)
{
    return e->keys[code / 64] >> code % 64 & 1;
}

static void key(struct ei_injector *e, uint32_t code, bool down)
{
    if (code >= PF_EVDEV_KEYS || is_down(e, code) == down)
        return;
    struct ei_device *device = need(e, EI_DEVICE_CAP_KEYBOARD, "keys");
    if (!device)
        return;
    e->keys[code / 64] ^= 1ull << code % 64;
    ei_device_keyboard_key(device, code, down);
    pf_ei_devices_frame(&e->devices, device);
}

/* With Shift as the character needs it, whatever the client holds. */
static void type_american(struct ei_injector *e, uint32_t character)
{
    static const uint32_t shifts[] = {KEY_LEFTSHIFT, KEY_RIGHTSHIFT};
    bool held[2] = {is_down(e, shifts[0]), is_down(e, shifts[1])}, shift;
    uint32_t code;
    if (!pf_us_text_key(character, &code, &shift))
        return;
    bool was_down = is_down(e, code);
    if (shift && !held[0] && !held[1])
        key(e, shifts[0], true);
    for (int i = 0; !shift && i < 2; i++)
        key(e, shifts[i], false);
    key(e, code, false);
    key(e, code, true);
    key(e, code, was_down);
    for (int i = 0; i < 2; i++)
        key(e, shifts[i], held[i]);
}

static int type(struct ei_injector *e, uint32_t character)
{
    const struct pf_ei_server *s = &e->server;
    if (s->type)
        return s->type(s->user, character);
    type_american(e, character);
    return 0;
}

/* ---- pointer --------------------------------------------------------------------------------------------
 */

static void put(struct ei_injector *e, struct ei_device *device)
{
    ei_device_pointer_motion_absolute(device, e->pointer.x, e->pointer.y);
    pf_ei_devices_frame(&e->devices, device);
}

/* Before anything that happens where the pointer is. */
static void come_back(struct ei_injector *e)
{
    struct pf_area own;
    struct ei_device *device;
    if (e->server.shares_pointer &&
        (device = pf_ei_devices_find_area(
             &e->devices, EI_DEVICE_CAP_POINTER_ABSOLUTE, &e->server.place, &own)) &&
        pf_pointer_come_back(&e->pointer, &own))
        put(e, device);
}

/* Back from beyond the edge, where a neighbour's display may be. */
static void stay_inside(struct ei_injector *e, double dx, double dy)
{
    struct pf_area own;
    struct ei_device *device =
        pf_ei_devices_find_area(&e->devices, EI_DEVICE_CAP_POINTER_ABSOLUTE, &e->server.place, &own);
    if (device && pf_area_move(&own, &e->pointer.x, &e->pointer.y, dx, dy))
        put(e, device);
}

/* The way is told as it is, for games that take the pointer. */
static void motion(struct ei_injector *e, const struct pf_input *event)
{
    struct ei_device *device = need(e, EI_DEVICE_CAP_POINTER, "relative motion");
    double dx = pf_within_reason(event->x), dy = pf_within_reason(event->y);
    if (!device)
        return;
    come_back(e);
    ei_device_pointer_motion(device, dx, dy);
    pf_ei_devices_frame(&e->devices, device);
    if (e->server.shares_pointer)
        stay_inside(e, dx, dy);
}

static void position(struct ei_injector *e, const struct pf_input *event)
{
    struct pf_area own;
    if (!need(e, EI_DEVICE_CAP_POINTER_ABSOLUTE, "absolute positions"))
        return;
    struct ei_device *device =
        pf_ei_devices_find_area(&e->devices, EI_DEVICE_CAP_POINTER_ABSOLUTE, &e->server.place, &own);
    if (e->server.shares_pointer)
        pf_pointer_take_turn(&e->pointer);
    pf_area_point(&own, event, &e->pointer.x, &e->pointer.y);
    put(e, device);
}

static void button(struct ei_injector *e, uint32_t code, bool down)
{
    if (code < BTN_LEFT || code >= BTN_LEFT + 32 || (e->buttons >> (code - BTN_LEFT) & 1) == down)
        return;
    struct ei_device *device = need(e, EI_DEVICE_CAP_BUTTON, "buttons");
    if (!device)
        return;
    come_back(e);
    e->buttons ^= 1u << (code - BTN_LEFT);
    ei_device_button_button(device, code, down);
    pf_ei_devices_frame(&e->devices, device);
}

/* Of a notch there are 120, on the wire as here; up is negative here. */
static int wheel(struct ei_injector *e, const struct pf_input *event)
{
    struct ei_device *device = need(e, EI_DEVICE_CAP_SCROLL, "scrolling");
    int32_t v120 = pf_within_reason(event->x);
    if (!device)
        return 0;
    come_back(e);
    v120 = event->horizontal ? v120 : -v120;
    if (e->server.whole_notches) {
        int32_t sum = e->rest[event->horizontal] + v120;
        e->rest[event->horizontal] = sum % NOTCH;
        v120 = sum - sum % NOTCH;
    }
    if (!v120)
        return 0;
    ei_device_scroll_discrete(device, event->horizontal ? v120 : 0, event->horizontal ? 0 : v120);
    pf_ei_devices_frame(&e->devices, device);
    return 0;
}

/* ---- fingers --------------------------------------------------------------------------------------------
 */

/* The finger with this id, or the first that is not in use, or NULL. */
static struct finger *finger_of(struct ei_injector *e, uint32_t id, bool used)
{
    for (unsigned i = 0; i < PF_HELD_TOUCHES; i++)
        if (used ? e->finger[i].touch && e->finger[i].id == id : !e->finger[i].touch)
            return &e->finger[i];
    return NULL;
}

static void touch_screen(
    struct ei_injector *e, struct ei_device *device, const struct pf_area *own, const struct pf_input *event)
{
    struct finger *f = finger_of(e, event->id, true);
    double x, y;
    if (!event->down) {
        if (!f)
            return;
        ei_touch_up(f->touch);
        pf_ei_devices_frame(&e->devices, device);
        drop_finger(f);
        return;
    }
    pf_area_point(own, event, &x, &y);
    if (f) {
        ei_touch_motion(f->touch, x, y);
    } else {
        f = event->moved ? NULL : finger_of(e, 0, false);
        if (!f || !(f->touch = ei_device_touch_new(device)))
            return;
        f->id = event->id;
        ei_touch_down(f->touch, x, y);
    }
    pf_ei_devices_frame(&e->devices, device);
}

static void touch_pointer(struct ei_injector *e, const struct pf_input *event)
{
    struct pf_input as[2];
    size_t n = pf_touch_pointer_play(&e->touch, event, as);
    for (size_t i = 0; i < n; i++)
        if (as[i].type == PF_INPUT_BUTTON)
            button(e, as[i].code, as[i].down);
        else
            position(e, &as[i]);
}

static void touch(struct ei_injector *e, const struct pf_input *event)
{
    struct pf_area own;
    struct ei_device *device =
        pf_ei_devices_find_area(&e->devices, EI_DEVICE_CAP_TOUCH, &e->server.place, &own);
    if (device)
        touch_screen(e, device, &own, event);
    else
        touch_pointer(e, event);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static int play(struct ei_injector *e, const struct pf_input *event)
{
    switch (event->type) {
    case PF_INPUT_KEY:
        key(e, event->code, event->down);
        break;
    case PF_INPUT_CHARACTER:
        return type(e, event->code);
    case PF_INPUT_MOTION:
        motion(e, event);
        break;
    case PF_INPUT_POSITION:
        position(e, event);
        break;
    case PF_INPUT_BUTTON:
        button(e, event->code, event->down);
        break;
    case PF_INPUT_WHEEL:
        return wheel(e, event);
    case PF_INPUT_TOUCH:
        touch(e, event);
        break;
    }
    return 0;
}

static int dispatch(struct pf_injector *injector)
{
    struct ei_injector *e = (struct ei_injector *)injector;
    int rc = e->server.attend ? e->server.attend(e->server.user, &e->server.place) : 0;
    return rc < 0 ? rc : pf_ei_devices_dispatch(&e->devices);
}

static int inject(struct pf_injector *injector, const struct pf_input *events, size_t count)
{
    struct ei_injector *e = (struct ei_injector *)injector;
    int rc = dispatch(injector); /* devices may have been paused */
    if (e->server.shares_pointer)
        pf_pointer_begin();
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = play(e, &events[i]);
    int settled = e->server.shares_pointer ? pf_pointer_end(e->server.settle, e->server.user) : 0;
    rc = rc < 0 ? rc : settled;
    return rc == 0 ? dispatch(injector) : rc;
}

static void destroy(struct pf_injector *injector)
{
    struct ei_injector *e = (struct ei_injector *)injector;
    pf_pointer_leave(&e->pointer);
    if (e->devices.connected && !e->devices.ended && e->server.settle)
        e->server.settle(e->server.user);
    for (unsigned i = 0; i < PF_HELD_TOUCHES; i++)
        drop_finger(&e->finger[i]);
    pf_ei_devices_finish(&e->devices);
    if (e->server.leave)
        e->server.leave(e->server.user);
    free(e);
}

static int refuse(const struct pf_ei_server *server, int fd, int rc)
{
    close(fd);
    if (server->leave)
        server->leave(server->user);
    return rc;
}

int pf_ei_open(
    const struct pf_ei_server *server, int fd, struct pf_injector **ret_injector, struct pf_error *err)
{
    static const struct pf_injector_ops ops = {.inject = inject, .dispatch = dispatch, .destroy = destroy};
    struct ei_injector *e = calloc(1, sizeof(*e));
    if (!e)
        return refuse(
            server, fd, pf_error_set(err, -ENOMEM, "there is no memory for the input of another session"));
    e->base.ops = &ops;
    e->server = *server;
    e->devices.lost = lost;
    e->devices.user = e;
    int rc = pf_ei_devices_init(&e->devices, fd, err);
    if (rc < 0) {
        destroy(&e->base);
        return rc;
    }
    e->base.fd = ei_get_fd(e->devices.ei);
    *ret_injector = &e->base;
    return 0;
}

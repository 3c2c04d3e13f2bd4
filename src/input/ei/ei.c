#include "input/ei/ei.h"

#include "base/log.h"
#include "base/time.h"
#include "input/ei/devices.h"
#include "input/ei/socket.h"
#include "input/ei/us_text.h"
#include "input/held.h"
#include "input/touch_pointer.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <unistd.h>

#define SCOPE     "input"
#define SOCKET_NS (2 * PF_NS_PER_S) /* for gamescope to tell its socket; the service tries again */
#define FAR       (1 << 20)

struct finger {
    uint32_t id;
    struct ei_touch *touch; /* NULL: not in use */
};

struct ei_injector {
    struct pf_injector base;
    struct pf_ei_devices devices;
    uint32_t width, height;            /* of the output */
    uint64_t keys[PF_EVDEV_KEYS / 64]; /* down at the server, which takes no second press */
    uint32_t buttons;                  /* bit: evdev code − BTN_LEFT */
    struct finger finger[PF_HELD_TOUCHES];
    struct pf_touch_pointer touch; /* where there is no touch screen */
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
static void type(struct ei_injector *e, uint32_t character)
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

/* ---- pointer --------------------------------------------------------------------------------------------
 */

static int32_t within_reason(int32_t v)
{
    return v < -FAR ? -FAR : v > FAR ? FAR : v;
}

static void place(
    const struct ei_injector *e, struct ei_device *device, const struct pf_input *event, double *x, double *y)
{
    struct pf_ei_region regions[PF_EI_REGIONS];
    size_t n = pf_ei_devices_regions(device, regions);
    pf_ei_region_place(regions, n, e->width, e->height, event, x, y);
}

static void motion(struct ei_injector *e, const struct pf_input *event)
{
    struct ei_device *device = need(e, EI_DEVICE_CAP_POINTER, "relative motion");
    if (!device)
        return;
    ei_device_pointer_motion(device, within_reason(event->x), within_reason(event->y));
    pf_ei_devices_frame(&e->devices, device);
}

static void position(struct ei_injector *e, const struct pf_input *event)
{
    struct ei_device *device = need(e, EI_DEVICE_CAP_POINTER_ABSOLUTE, "absolute positions");
    double x, y;
    if (!device)
        return;
    place(e, device, event, &x, &y);
    ei_device_pointer_motion_absolute(device, x, y);
    pf_ei_devices_frame(&e->devices, device);
}

static void button(struct ei_injector *e, uint32_t code, bool down)
{
    if (code < BTN_LEFT || code >= BTN_LEFT + 32 || (e->buttons >> (code - BTN_LEFT) & 1) == down)
        return;
    struct ei_device *device = need(e, EI_DEVICE_CAP_BUTTON, "buttons");
    if (!device)
        return;
    e->buttons ^= 1u << (code - BTN_LEFT);
    ei_device_button_button(device, code, down);
    pf_ei_devices_frame(&e->devices, device);
}

/* Of a notch there are 120, on the wire as here; up is negative here. */
static void wheel(struct ei_injector *e, const struct pf_input *event)
{
    struct ei_device *device = need(e, EI_DEVICE_CAP_SCROLL, "scrolling");
    int32_t v120 = within_reason(event->x);
    if (!device)
        return;
    ei_device_scroll_discrete(device, event->horizontal ? v120 : 0, event->horizontal ? 0 : -v120);
    pf_ei_devices_frame(&e->devices, device);
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

static void touch_screen(struct ei_injector *e, struct ei_device *device, const struct pf_input *event)
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
    place(e, device, event, &x, &y);
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
    struct ei_device *device = pf_ei_devices_find(&e->devices, EI_DEVICE_CAP_TOUCH);
    if (device)
        touch_screen(e, device, event);
    else
        touch_pointer(e, event);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static void play(struct ei_injector *e, const struct pf_input *event)
{
    switch (event->type) {
    case PF_INPUT_KEY:
        key(e, event->code, event->down);
        break;
    case PF_INPUT_CHARACTER:
        type(e, event->code);
        break;
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
        wheel(e, event);
        break;
    case PF_INPUT_TOUCH:
        touch(e, event);
        break;
    }
}

static int dispatch(struct pf_injector *injector)
{
    return pf_ei_devices_dispatch(&((struct ei_injector *)injector)->devices);
}

static int inject(struct pf_injector *injector, const struct pf_input *events, size_t count)
{
    struct ei_injector *e = (struct ei_injector *)injector;
    int rc = dispatch(injector); /* devices may have been paused */
    for (size_t i = 0; rc == 0 && i < count; i++)
        play(e, &events[i]);
    return rc == 0 ? dispatch(injector) : rc;
}

static void destroy(struct pf_injector *injector)
{
    struct ei_injector *e = (struct ei_injector *)injector;
    for (unsigned i = 0; i < PF_HELD_TOUCHES; i++)
        drop_finger(&e->finger[i]);
    pf_ei_devices_finish(&e->devices);
    free(e);
}

static int open_gamescope(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    static const struct pf_injector_ops ops = {.inject = inject, .dispatch = dispatch, .destroy = destroy};
    int fd = pf_ei_socket_connect(target->source.input_socket, pf_time_mono_ns() + SOCKET_NS, err);
    if (fd < 0)
        return fd;
    struct ei_injector *e = calloc(1, sizeof(*e));
    if (!e) {
        close(fd);
        return pf_error_set(err, -ENOMEM, "there is no memory for the input of another session");
    }
    e->base.ops = &ops;
    e->width = target->source.mode.width;
    e->height = target->source.mode.height;
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

static const char *const spellings[] = {"gamescope-ei", NULL};

const struct pf_input_backend pf_input_gamescope = {
    .name = "gamescope", .others = spellings, .kind = PF_SOURCE_PIPEWIRE, .open = open_gamescope};

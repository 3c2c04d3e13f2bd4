#include "fakescope_eis.h"

#include <libeis.h>
#include <pipewire/pipewire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct eis *eis;
static struct eis_client *client; /* the last one; the host is the only one */
static struct eis_seat *seat;
static struct eis_device *devices[2]; /* pointer and keyboard */
static int paused;
static unsigned width, height;

static const enum eis_device_capability pointer[] = {EIS_DEVICE_CAP_POINTER, EIS_DEVICE_CAP_POINTER_ABSOLUTE,
    EIS_DEVICE_CAP_BUTTON, EIS_DEVICE_CAP_SCROLL, EIS_DEVICE_CAP_TOUCH};
static const enum eis_device_capability keyboard[] = {EIS_DEVICE_CAP_KEYBOARD};

/* Capabilities of the pointer: fingers last, if at all. */
static int pointer_count(void)
{
    return getenv("FAKESCOPE_TOUCH") ? 5 : 4;
}

/* ---- seats and devices ---- */

/* As gamescope: one region without end, whose pixels are the output's. Or the output's own. */
static void add_region(struct eis_device *device)
{
    const char *offset = getenv("FAKESCOPE_REGION");
    struct eis_region *region = eis_device_new_region(device);
    eis_region_set_size(region, offset ? width : INT32_MAX, offset ? height : INT32_MAX);
    eis_region_set_offset(region, offset ? (uint32_t)atoi(offset) : 0, 0);
    eis_region_add(region);
    eis_region_unref(region);
}

static struct eis_device *add_device(
    const char *name, const enum eis_device_capability *capability, int count)
{
    struct eis_device *device = eis_seat_new_device(seat);
    eis_device_configure_name(device, name);
    for (int i = 0; i < count; i++)
        eis_device_configure_capability(device, capability[i]);
    if (count > 1)
        add_region(device);
    eis_device_add(device);
    return device;
}

static void drop_devices(void)
{
    for (int i = 0; i < 2; i++) {
        if (devices[i]) {
            eis_device_remove(devices[i]);
            eis_device_unref(devices[i]);
        }
        devices[i] = NULL;
    }
}

static void add_devices(void)
{
    drop_devices();
    devices[0] = add_device("fake pointer", pointer, pointer_count());
    devices[1] = add_device("fake keyboard", keyboard, 1);
}

static void resume_devices(void)
{
    for (int i = 0; i < 2 && devices[i]; i++)
        eis_device_resume(devices[i]);
}

static void add_seat(void)
{
    seat = eis_client_new_seat(client, "default");
    for (int i = 0; i < pointer_count(); i++)
        eis_seat_configure_capability(seat, pointer[i]);
    eis_seat_configure_capability(seat, EIS_DEVICE_CAP_KEYBOARD);
    eis_seat_add(seat);
}

static void drop_seat(void)
{
    drop_devices();
    if (seat) {
        eis_seat_remove(seat);
        eis_seat_unref(seat);
    }
    seat = NULL;
}

/* libeis does not pause a device that is being used, so others take its place. */
void fakescope_eis_pause(void)
{
    paused = !paused;
    if (paused && devices[0])
        add_devices();
    else if (!paused)
        resume_devices();
    fprintf(stderr, "eis: %s\n", paused ? "paused" : "resumed");
}

void fakescope_eis_replace_seat(void)
{
    drop_seat();
    if (client)
        add_seat();
    fprintf(stderr, "eis: another seat\n");
}

void fakescope_eis_hang_up(void)
{
    drop_seat();
    if (client)
        eis_client_disconnect(client);
    client = NULL;
    fprintf(stderr, "eis: hung up\n");
}

/* ---- what the client says ---- */

static void come(struct eis_client *c)
{
    client = c;
    fprintf(stderr, "eis: client %s\n", eis_client_get_name(c));
    eis_client_connect(c);
    add_seat();
}

static void tell_touch(const char *what, struct eis_event *e)
{
    fprintf(stderr, "eis: touch %s %.1f %.1f\n", what, eis_event_touch_get_x(e), eis_event_touch_get_y(e));
}

static void tell(struct eis_event *e)
{
    switch (eis_event_get_type(e)) {
    case EIS_EVENT_POINTER_MOTION:
        fprintf(stderr, "eis: rel %.1f %.1f\n", eis_event_pointer_get_dx(e), eis_event_pointer_get_dy(e));
        break;
    case EIS_EVENT_POINTER_MOTION_ABSOLUTE:
        fprintf(stderr, "eis: abs %.1f %.1f\n", eis_event_pointer_get_absolute_x(e),
            eis_event_pointer_get_absolute_y(e));
        break;
    case EIS_EVENT_BUTTON_BUTTON:
        fprintf(
            stderr, "eis: button %u %d\n", eis_event_button_get_button(e), eis_event_button_get_is_press(e));
        break;
    case EIS_EVENT_SCROLL_DISCRETE:
        fprintf(stderr, "eis: discrete %d %d\n", eis_event_scroll_get_discrete_dx(e),
            eis_event_scroll_get_discrete_dy(e));
        break;
    case EIS_EVENT_KEYBOARD_KEY:
        fprintf(stderr, "eis: key %u %d\n", eis_event_keyboard_get_key(e),
            eis_event_keyboard_get_key_is_press(e));
        break;
    case EIS_EVENT_TOUCH_DOWN:
        tell_touch("down", e);
        break;
    case EIS_EVENT_TOUCH_MOTION:
        tell_touch("move", e);
        break;
    case EIS_EVENT_TOUCH_UP:
        fprintf(stderr, "eis: touch up\n");
        break;
    default:
        break;
    }
}

static void hear(struct eis_event *e)
{
    switch (eis_event_get_type(e)) {
    case EIS_EVENT_CLIENT_CONNECT:
        come(eis_event_get_client(e));
        break;
    case EIS_EVENT_CLIENT_DISCONNECT:
        fprintf(stderr, "eis: bye\n");
        if (eis_event_get_client(e) == client) {
            drop_seat();
            client = NULL;
        }
        break;
    case EIS_EVENT_SEAT_BIND: /* also sent when the client lets go of it, without any capability */
        if (eis_event_get_seat(e) == seat && eis_event_seat_has_capability(e, EIS_DEVICE_CAP_POINTER)) {
            add_devices();
            if (!paused)
                resume_devices();
        }
        break;
    default:
        tell(e);
    }
}

static void dispatch(void *user, int fd, uint32_t mask)
{
    struct eis_event *e;
    eis_dispatch(eis);
    while ((e = eis_get_event(eis))) {
        hear(e);
        eis_event_unref(e);
    }
}

/* ---- life ---- */

void fakescope_eis_start(struct pw_loop *loop, unsigned w, unsigned h, char *ret_name, size_t cap)
{
    width = w;
    height = h;
    for (int n = 0; n < 10; n++) {
        snprintf(ret_name, cap, "gamescope-%d-ei", n);
        eis = eis_new(NULL);
        if (eis_setup_backend_socket(eis, ret_name) == 0) {
            pw_loop_add_io(loop, eis_get_fd(eis), SPA_IO_IN, false, dispatch, NULL);
            return;
        }
        eis_unref(eis);
    }
    exit(1);
}

void fakescope_eis_stop(void)
{
    eis_unref(eis);
}

#include "input/uinput/devices.h"

#include "base/node.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const char *pf_uinput_device_name(enum pf_uinput_device device)
{
    static const char *const names[PF_UINPUT_DEVICES] = {[PF_UINPUT_KEYBOARD] = "Punktfunk Keyboard",
        [PF_UINPUT_MOUSE] = "Punktfunk Mouse",
        [PF_UINPUT_POINTER] = "Punktfunk Pointer",
        [PF_UINPUT_TOUCHSCREEN] = "Punktfunk Touchscreen"};
    return names[device];
}

/* ---- what they can do -----------------------------------------------------------------------------------
 */

static int set_axis(int fd, uint16_t code, int32_t max)
{
    const struct uinput_abs_setup setup = {.code = code, .absinfo = {.maximum = max}};
    return ioctl(fd, UI_ABS_SETUP, &setup);
}

static int set_position(int fd)
{
    return ioctl(fd, UI_SET_EVBIT, EV_ABS) | set_axis(fd, ABS_X, PF_UINPUT_AXIS_MAX) |
           set_axis(fd, ABS_Y, PF_UINPUT_AXIS_MAX);
}

/* Everything that a front end may send; BTN_MISC … belong to other devices, and power keys to the machine. */
static bool is_key(unsigned code)
{
    return (code < BTN_MISC || code >= KEY_OK) && code != KEY_POWER && code != KEY_POWER2;
}

/* No EV_REP: desktops repeat by themselves. */
static int describe_keyboard(int fd)
{
    int bad = ioctl(fd, UI_SET_EVBIT, EV_KEY) | ioctl(fd, UI_SET_EVBIT, EV_MSC) |
              ioctl(fd, UI_SET_MSCBIT, MSC_SCAN);
    for (unsigned code = KEY_ESC; code < PF_EVDEV_KEYS; code++)
        if (is_key(code))
            bad |= ioctl(fd, UI_SET_KEYBIT, code);
    return bad;
}

static int set_buttons(int fd)
{
    int bad = ioctl(fd, UI_SET_EVBIT, EV_KEY);
    for (unsigned code = BTN_LEFT; code <= BTN_TASK; code++)
        bad |= ioctl(fd, UI_SET_KEYBIT, code);
    return bad;
}

static int describe_mouse(int fd)
{
    static const uint16_t axes[] = {REL_X, REL_Y, REL_WHEEL, REL_HWHEEL, REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES};
    int bad = set_buttons(fd) | ioctl(fd, UI_SET_EVBIT, EV_REL);
    for (unsigned i = 0; i < sizeof(axes) / sizeof(axes[0]); i++)
        bad |= ioctl(fd, UI_SET_RELBIT, axes[i]);
    return bad;
}

/* Its buttons are never pressed: they tell desktops that it is no touchpad or tablet. */
static int describe_pointer(int fd)
{
    return set_buttons(fd) | set_position(fd);
}

static int describe_touchscreen(int fd)
{
    return ioctl(fd, UI_SET_EVBIT, EV_KEY) | ioctl(fd, UI_SET_KEYBIT, BTN_TOUCH) | set_position(fd) |
           ioctl(fd, UI_SET_PROPBIT, INPUT_PROP_DIRECT) | set_axis(fd, ABS_MT_SLOT, PF_UINPUT_SLOTS - 1) |
           set_axis(fd, ABS_MT_TRACKING_ID, UINT16_MAX) |
           set_axis(fd, ABS_MT_POSITION_X, PF_UINPUT_AXIS_MAX) |
           set_axis(fd, ABS_MT_POSITION_Y, PF_UINPUT_AXIS_MAX);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static int create(int fd, enum pf_uinput_device device)
{
    static int (*const describe[PF_UINPUT_DEVICES])(int fd) = {[PF_UINPUT_KEYBOARD] = describe_keyboard,
        [PF_UINPUT_MOUSE] = describe_mouse,
        [PF_UINPUT_POINTER] = describe_pointer,
        [PF_UINPUT_TOUCHSCREEN] = describe_touchscreen};
    struct uinput_setup setup = {
        .id = {.bustype = BUS_VIRTUAL, .product = (uint16_t)(device + 1), .version = 1}};
    strncpy(setup.name, pf_uinput_device_name(device), sizeof(setup.name) - 1);
    int bad = describe[device](fd) | ioctl(fd, UI_DEV_SETUP, &setup);
    return bad || ioctl(fd, UI_DEV_CREATE) < 0 ? -errno : 0;
}

int pf_uinput_device_open(enum pf_uinput_device device, struct pf_error *err)
{
    int fd = open(PF_UINPUT_NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return pf_node_refused(PF_UINPUT_NODE, "uinput", errno, err);
    int rc = create(fd, device);
    if (rc == 0)
        return fd;
    close(fd);
    return pf_error_set(
        err, rc, "the kernel made no \"%s\": %s", pf_uinput_device_name(device), strerror(-rc));
}

int pf_uinput_device_write(int fd, const struct pf_uinput_frame *frame)
{
    size_t size = frame->count * sizeof(frame->events[0]);
    ssize_t n = write(fd, frame->events, size);
    return n == (ssize_t)size ? 0 : n < 0 ? -errno : -EIO;
}

#include "input/pads/uinput.h"

#include "base/log.h"
#include "base/node.h"
#include "base/time.h"
#include "input/pads/ff_mix.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct model {
    const char *name;
    uint16_t product, version;
};

static const struct model xbox_360 = {"Microsoft X-Box 360 pad", 0x028E, 0x0110};
static const struct model xbox_one = {"Microsoft X-Box One S pad", 0x02EA, 0x0408};

static const struct {
    uint32_t button;
    uint16_t code;
} keys[] = {
    {PF_PAD_A, 0x130},
    {PF_PAD_B, 0x131},
    {PF_PAD_X, 0x133}, /* as the kernel's xpad driver names them */
    {PF_PAD_Y, 0x134},
    {PF_PAD_LB, BTN_TL},
    {PF_PAD_RB, BTN_TR},
    {PF_PAD_BACK, BTN_SELECT},
    {PF_PAD_START, BTN_START},
    {PF_PAD_GUIDE, BTN_MODE},
    {PF_PAD_LS, BTN_THUMBL},
    {PF_PAD_RS, BTN_THUMBR},
    {PF_PAD_R4, BTN_TRIGGER_HAPPY5},
    {PF_PAD_L4, BTN_TRIGGER_HAPPY6},
    {PF_PAD_R5, BTN_TRIGGER_HAPPY7},
    {PF_PAD_L5, BTN_TRIGGER_HAPPY8},
};
enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

static const struct {
    uint16_t code;
    int16_t min, max;
    uint8_t fuzz, flat;
} axes[] = {
    {ABS_X, INT16_MIN, INT16_MAX, 16, 128},
    {ABS_Y, INT16_MIN, INT16_MAX, 16, 128},
    {ABS_RX, INT16_MIN, INT16_MAX, 16, 128},
    {ABS_RY, INT16_MIN, INT16_MAX, 16, 128},
    {ABS_Z, 0, 255, 0, 0},
    {ABS_RZ, 0, 255, 0, 0},
    {ABS_HAT0X, -1, 1, 0, 0},
    {ABS_HAT0Y, -1, 1, 0, 0},
};
enum { AXES = sizeof(axes) / sizeof(axes[0]) };

struct uinput_pad {
    struct pf_pad_device base;
    struct pf_ff_mix mix;
    uint16_t low, high; /* as told last */
};

/* ---- reports ---- */

/* The wire's +y is up, the kernel's down. */
static int down(int16_t up)
{
    int v = -(int)up;
    return v > INT16_MAX ? INT16_MAX : v;
}

static int hat(uint32_t buttons, uint32_t negative, uint32_t positive)
{
    return !!(buttons & positive) - !!(buttons & negative);
}

/* The whole state each time: the kernel swallows what has not changed, and a write that got lost heals. */
static int uinput_write(struct pf_pad_device *base, const struct pf_pad_report *r)
{
    struct input_event events[KEYS + AXES + 1] = {0};
    const int values[AXES] = {r->lsx, down(r->lsy), r->rsx, down(r->rsy), r->lt, r->rt,
        hat(r->buttons, PF_PAD_LEFT, PF_PAD_RIGHT), hat(r->buttons, PF_PAD_UP, PF_PAD_DOWN)};
    for (unsigned i = 0; i < KEYS; i++)
        events[i] = (struct input_event){
            .type = EV_KEY, .code = keys[i].code, .value = (r->buttons & keys[i].button) != 0};
    for (unsigned i = 0; i < AXES; i++)
        events[KEYS + i] = (struct input_event){.type = EV_ABS, .code = axes[i].code, .value = values[i]};
    events[KEYS + AXES] = (struct input_event){.type = EV_SYN, .code = SYN_REPORT};
    ssize_t n = write(base->fd, events, sizeof(events));
    return n == (ssize_t)sizeof(events) ? 0 : n < 0 ? -errno : -EIO;
}

/* ---- force feedback ---- */

static void answer_upload(struct uinput_pad *p, uint32_t request, uint64_t now_ns)
{
    struct uinput_ff_upload upload = {.request_id = request};
    if (ioctl(p->base.fd, UI_BEGIN_FF_UPLOAD, &upload) < 0)
        return;
    const struct ff_effect *e = &upload.effect;
    if (e->type == FF_RUMBLE && e->id >= 0) {
        const struct pf_ff_effect effect = {.strong = e->u.rumble.strong_magnitude,
            .weak = e->u.rumble.weak_magnitude,
            .length_ms = e->replay.length,
            .delay_ms = e->replay.delay};
        pf_ff_mix_upload(&p->mix, (unsigned)e->id, &effect, now_ns);
    } else {
        upload.retval = -EINVAL;
    }
    ioctl(p->base.fd, UI_END_FF_UPLOAD, &upload);
}

static void answer_erase(struct uinput_pad *p, uint32_t request, uint64_t now_ns)
{
    struct uinput_ff_erase erase = {.request_id = request};
    if (ioctl(p->base.fd, UI_BEGIN_FF_ERASE, &erase) < 0)
        return;
    pf_ff_mix_erase(&p->mix, erase.effect_id, now_ns);
    ioctl(p->base.fd, UI_END_FF_ERASE, &erase);
}

/* A game waits in its ioctl until it gets an answer. */
static void take_event(struct uinput_pad *p, const struct input_event *e, uint64_t now_ns)
{
    if (e->type == EV_UINPUT && e->code == UI_FF_UPLOAD)
        answer_upload(p, (uint32_t)e->value, now_ns);
    else if (e->type == EV_UINPUT && e->code == UI_FF_ERASE)
        answer_erase(p, (uint32_t)e->value, now_ns);
    else if (e->type == EV_FF && e->code == FF_GAIN)
        pf_ff_mix_gain(&p->mix, (uint16_t)e->value, now_ns);
    else if (e->type == EV_FF)
        pf_ff_mix_play(&p->mix, e->code, e->value > 0 ? (uint32_t)e->value : 0, now_ns);
}

static int uinput_pump(struct pf_pad_device *base, uint64_t now_ns,
    void (*tell)(void *user, const struct pf_pad_feedback *feedback), void *user)
{
    struct uinput_pad *p = (struct uinput_pad *)base;
    struct input_event events[16];
    ssize_t n;
    while ((n = read(base->fd, events, sizeof(events))) > 0)
        for (size_t i = 0; i < (size_t)n / sizeof(events[0]); i++)
            take_event(p, &events[i], now_ns);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return -errno;
    struct pf_pad_feedback rumble = {.kind = PF_PAD_RUMBLE};
    pf_ff_mix_levels(&p->mix, now_ns, &rumble.rumble.low, &rumble.rumble.high);
    if (rumble.rumble.low != p->low || rumble.rumble.high != p->high)
        tell(user, &rumble);
    p->low = rumble.rumble.low;
    p->high = rumble.rumble.high;
    return 0;
}

static uint64_t uinput_deadline(struct pf_pad_device *base, uint64_t now_ns)
{
    return pf_ff_mix_deadline(&((struct uinput_pad *)base)->mix, now_ns);
}

/* ---- life ---- */

static void uinput_destroy(struct pf_pad_device *base)
{
    ioctl(base->fd, UI_DEV_DESTROY);
    close(base->fd);
    free(base);
}

static const struct pf_pad_device_ops uinput_ops = {
    .write = uinput_write, .pump = uinput_pump, .deadline = uinput_deadline, .destroy = uinput_destroy};

static int describe(int fd, const struct model *m)
{
    struct uinput_setup setup = {
        .id = {.bustype = BUS_USB, .vendor = 0x045E, .product = m->product, .version = m->version},
        .ff_effects_max = PF_FF_EFFECTS};
    strncpy(setup.name, m->name, sizeof(setup.name) - 1);
    int bad = ioctl(fd, UI_SET_EVBIT, EV_KEY) | ioctl(fd, UI_SET_EVBIT, EV_ABS) |
              ioctl(fd, UI_SET_EVBIT, EV_FF) | ioctl(fd, UI_SET_FFBIT, FF_RUMBLE) |
              ioctl(fd, UI_SET_FFBIT, FF_GAIN);
    for (unsigned i = 0; i < KEYS; i++)
        bad |= ioctl(fd, UI_SET_KEYBIT, keys[i].code);
    for (unsigned i = 0; i < AXES; i++) {
        struct uinput_abs_setup abs = {.code = axes[i].code,
            .absinfo = {
                .minimum = axes[i].min, .maximum = axes[i].max, .fuzz = axes[i].fuzz, .flat = axes[i].flat}};
        bad |= ioctl(fd, UI_ABS_SETUP, &abs);
    }
    bad |= ioctl(fd, UI_DEV_SETUP, &setup);
    return bad || ioctl(fd, UI_DEV_CREATE) < 0 ? -errno : 0;
}

int pf_uinput_pad_open(enum pf_pad_kind kind, struct pf_pad_device **ret_device, struct pf_error *err)
{
    int fd = open(PF_UINPUT_NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return pf_node_refused(PF_UINPUT_NODE, "uinput", errno, err);
    int rc = describe(fd, kind == PF_PAD_KIND_XBOX_ONE ? &xbox_one : &xbox_360);
    struct uinput_pad *p = rc == 0 ? calloc(1, sizeof(*p)) : NULL;
    if (!p) {
        close(fd);
        return pf_error_set(
            err, rc < 0 ? rc : -ENOMEM, "the kernel made no gamepad: %s", strerror(rc < 0 ? -rc : ENOMEM));
    }
    *p = (struct uinput_pad){
        .base = {.ops = &uinput_ops, .fd = fd}, .mix = pf_ff_mix_begin(pf_rumble_idle_ns())};
    *ret_device = &p->base;
    return 0;
}

#include "input/uinput/uinput.h"

#include "base/log.h"
#include "input/uinput/devices.h"
#ifdef HAVE_INPUT_LAYOUT
#include "input/uinput/text.h"
#endif
#ifdef HAVE_OUTPUT_LAYOUT
#include "wayland/output_layout.h"
#endif

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCOPE   "input"
#define MEET_MS 300 /* for the desktop to take in another device */

struct pf_output_layout;

struct uinput_injector {
    struct pf_injector base;
    char output[64];
    struct pf_uinput_state state;
    struct pf_output_layout *layout; /* NULL: the desktop does not tell */
#ifdef HAVE_INPUT_LAYOUT
    struct pf_layout keyboard; /* all zero: no character was typed yet, or there is none */
#endif
    bool told_text;
    int devices[PF_UINPUT_DEVICES]; /* −1: not made yet */
};

/* ---- where positions are --------------------------------------------------------------------------------
 */

#ifdef HAVE_OUTPUT_LAYOUT
static int find_layout(struct uinput_injector *u, const struct pf_source *source, struct pf_error *err)
{
    if (!source->wayland_socket[0])
        return 0;
    int rc = pf_output_layout_open(source->wayland_socket, source->output_name, &u->layout);
    if (rc == -ENODEV)
        return pf_error_set(
            err, rc, "the compositor has no output %s to deliver input to", source->output_name);
    if (rc < 0)
        return pf_error_set(err, rc, "the compositor does not say where its outputs are: %s", strerror(-rc));
    u->base.fd = pf_output_layout_fd(u->layout);
    return 0;
}

/* Takes what changed. -ENODEV if the output is gone. */
static int look_at_layout(struct uinput_injector *u)
{
    struct pf_output_area a;
    int rc = u->layout ? pf_output_layout_dispatch(u->layout) : 0;
    if (rc < 0 || !u->layout || pf_output_layout_is_unknown(u->layout))
        return rc;
    if (!pf_output_layout_find(u->layout, u->output, &a))
        return -ENODEV;
    u->state.area = (struct pf_uinput_area){a.x, a.y, a.width, a.height, a.all_width, a.all_height};
    return 0;
}

static void close_layout(struct uinput_injector *u)
{
    pf_output_layout_close(u->layout);
}
#else
static int find_layout(struct uinput_injector *u, const struct pf_source *source, struct pf_error *err)
{
    return 0;
}

static int look_at_layout(struct uinput_injector *u)
{
    return 0;
}

static void close_layout(struct uinput_injector *u)
{
}
#endif

/* ---- playing --------------------------------------------------------------------------------------------
 */

static int make(struct uinput_injector *u, enum pf_uinput_device device, struct pf_error *err)
{
    int fd = pf_uinput_device_open(device, err);
    u->devices[device] = fd < 0 ? -1 : fd;
    return fd < 0 ? fd : 0;
}

/* A touchscreen changes how some desktops look, so there is none before the first finger. */
static int need_touchscreen(struct uinput_injector *u)
{
    struct pf_error err;
    if (u->devices[PF_UINPUT_TOUCHSCREEN] >= 0)
        return 0;
    int rc = make(u, PF_UINPUT_TOUCHSCREEN, &err);
    if (rc < 0)
        pf_log_warn(SCOPE, "%s", err.text);
    else
        poll(NULL, 0, MEET_MS);
    return rc;
}

static int play_plain(struct uinput_injector *u, const struct pf_input *e)
{
    const struct pf_uinput_frame frame = pf_uinput_play(&u->state, e);
    return frame.count ? pf_uinput_device_write(u->devices[frame.device], &frame) : 0;
}

#ifdef HAVE_INPUT_LAYOUT
/* Negative: the keyboard failed. 0: this character cannot be typed. */
static int type(struct uinput_injector *u, uint32_t character)
{
    if (!u->keyboard.keymap && pf_layout_init(&u->keyboard) < 0)
        return 0;
    const struct pf_uinput_strokes s = pf_uinput_text(&u->keyboard, &u->state, character);
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < s.count; i++)
        rc = play_plain(u,
            &(struct pf_input){.type = PF_INPUT_KEY, .code = s.strokes[i].code, .down = s.strokes[i].down});
    return rc < 0 ? rc : s.count > 0;
}

static void forget_keyboard(struct uinput_injector *u)
{
    pf_layout_finish(&u->keyboard);
}
#else
static int type(struct uinput_injector *u, uint32_t character)
{
    return 0;
}

static void forget_keyboard(struct uinput_injector *u)
{
}
#endif

static int text(struct uinput_injector *u, uint32_t character)
{
    int rc = type(u, character);
    if (rc == 0 && !u->told_text) {
        u->told_text = true;
        pf_log_warn(
            SCOPE, "a character that the client typed is lost: the keyboard's layout has no way to it");
    }
    return rc < 0 ? rc : 0;
}

static int play(struct uinput_injector *u, const struct pf_input *e)
{
    if (e->type == PF_INPUT_CHARACTER)
        return text(u, e->code);
    int rc = e->type == PF_INPUT_TOUCH ? need_touchscreen(u) : 0;
    return rc < 0 ? rc : play_plain(u, e);
}

static int dispatch(struct pf_injector *injector)
{
    return look_at_layout((struct uinput_injector *)injector);
}

static int inject(struct pf_injector *injector, const struct pf_input *events, size_t count)
{
    struct uinput_injector *u = (struct uinput_injector *)injector;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = play(u, &events[i]);
    return rc;
}

static int inject_now(struct pf_injector *injector, const struct pf_input *e)
{
    struct uinput_injector *u = (struct uinput_injector *)injector;
    bool would_wait =
        e->type == PF_INPUT_CHARACTER || (e->type == PF_INPUT_TOUCH && u->devices[PF_UINPUT_TOUCHSCREEN] < 0);
    return would_wait ? -EAGAIN : play(u, e);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static void destroy(struct pf_injector *injector)
{
    struct uinput_injector *u = (struct uinput_injector *)injector;
    for (unsigned i = 0; i < PF_UINPUT_DEVICES; i++)
        if (u->devices[i] >= 0)
            close(u->devices[i]);
    close_layout(u);
    forget_keyboard(u);
    free(u);
}

static int open_uinput(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    static const struct pf_injector_ops ops = {
        .inject = inject, .inject_now = inject_now, .dispatch = dispatch, .destroy = destroy};
    struct uinput_injector *u = calloc(1, sizeof(*u));
    if (!u)
        return pf_error_set(err, -ENOMEM, "there is no memory for the input of another session");
    u->base = (struct pf_injector){.ops = &ops, .fd = -1};
    u->state.area = (struct pf_uinput_area){0, 0, 1, 1, 1, 1};
    strcpy(u->output, target->source.output_name);
    for (unsigned i = 0; i < PF_UINPUT_DEVICES; i++)
        u->devices[i] = -1;
    int rc = find_layout(u, &target->source, err);
    if (rc == 0 && (rc = look_at_layout(u)) < 0)
        pf_error_set(err, rc, "the desktop was gone before its input began");
    for (unsigned i = 0; rc == 0 && i < PF_UINPUT_TOUCHSCREEN; i++)
        rc = make(u, i, err);
    if (rc == 0)
        *ret_injector = &u->base;
    else
        destroy(&u->base);
    return rc;
}

const struct pf_input_backend pf_input_uinput = {.name = "uinput", .last_resort = true, .open = open_uinput};

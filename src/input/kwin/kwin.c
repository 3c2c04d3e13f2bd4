#include "input/kwin/kwin.h"

#include "base/log.h"
#include "base/time.h"
#include "fake-input-client-protocol.h"
#include "input/held.h"
#include "input/keysym.h"
#include "input/kwin/place.h"
#include "kwin/desk.h"
#include "kwin/permit.h"
#include "wayland/client.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCOPE        "input"
#define LEAST_V      4u /* brings keys */
#define NOTCH        120
#define NOTCH_PIXELS 15.0
#define FIND_NS      (5 * PF_NS_PER_S) /* for an output that was made a moment ago to be listed */
#define LEAVE_NS     PF_NS_PER_S       /* for KWin to handle the last events */
#define POLL_NS      (50 * PF_NS_PER_MS)

struct kwin_injector {
    struct pf_injector base;
    struct pf_kwin_desk desk;
    struct org_kde_kwin_fake_input *fake;
    char output[sizeof(((struct pf_source *)0)->output_name)]; /* "": the desktop as a whole */
    uint32_t width, height;                                    /* of the session's picture */
    struct pf_pointer pointer;
    bool told_text;
    struct {
        bool used;
        uint32_t id;
    } finger[PF_HELD_TOUCHES]; /* by slot */
};

/* ---- pointer --------------------------------------------------------------------------------------------
 */

/* Down, so that nothing is rounded across an edge. */
static wl_fixed_t fixed(double v)
{
    return (wl_fixed_t)floor(v * 256);
}

static bool area(const struct kwin_injector *k, uint32_t width, uint32_t height, struct pf_area *ret_area)
{
    struct pf_kwin_heads now;
    pf_kwin_desk_heads(&k->desk, &now);
    return pf_kwin_area_find(&now, k->output, width, height, ret_area);
}

static void put(struct kwin_injector *k)
{
    org_kde_kwin_fake_input_pointer_motion_absolute(k->fake, fixed(k->pointer.x), fixed(k->pointer.y));
}

/* Before anything that happens where the pointer is. Without an output of its own it is wherever it is. */
static void come_back(struct kwin_injector *k)
{
    struct pf_area own;
    if (k->output[0] && area(k, k->width, k->height, &own) && pf_pointer_come_back(&k->pointer, &own))
        put(k);
}

static void position(struct kwin_injector *k, const struct pf_input *e)
{
    struct pf_area own;
    if (!area(k, e->width, e->height, &own))
        return;
    pf_pointer_take_turn(&k->pointer);
    pf_area_point(&own, e, &k->pointer.x, &k->pointer.y);
    put(k);
}

/* The way is told as it is, for games that take the pointer; only then it is brought back from beyond the
 * edge, where a neighbour's display may be. */
static void motion(struct kwin_injector *k, const struct pf_input *e)
{
    int32_t dx = pf_within_reason(e->x), dy = pf_within_reason(e->y);
    struct pf_area own;
    come_back(k);
    org_kde_kwin_fake_input_pointer_motion(k->fake, wl_fixed_from_int(dx), wl_fixed_from_int(dy));
    if (k->output[0] && area(k, k->width, k->height, &own) &&
        pf_area_move(&own, &k->pointer.x, &k->pointer.y, dx, dy))
        put(k);
}

static void button(struct kwin_injector *k, const struct pf_input *e)
{
    come_back(k);
    org_kde_kwin_fake_input_button(k->fake, e->code, e->down);
}

static void wheel(struct kwin_injector *k, const struct pf_input *e)
{
    int32_t v120 = pf_within_reason(e->x);
    uint32_t axis = e->horizontal ? WL_POINTER_AXIS_HORIZONTAL_SCROLL : WL_POINTER_AXIS_VERTICAL_SCROLL;
    if (!e->horizontal)
        v120 = -v120; /* up is positive on the wire, negative here */
    come_back(k);
    org_kde_kwin_fake_input_axis(k->fake, axis, wl_fixed_from_double(NOTCH_PIXELS * v120 / NOTCH));
}

/* ---- touch ----------------------------------------------------------------------------------------------
 */

static int slot_of(const struct kwin_injector *k, uint32_t id)
{
    for (unsigned i = 0; i < PF_HELD_TOUCHES; i++)
        if (k->finger[i].used && k->finger[i].id == id)
            return (int)i;
    return -1;
}

static int free_slot(const struct kwin_injector *k)
{
    for (unsigned i = 0; i < PF_HELD_TOUCHES; i++)
        if (!k->finger[i].used)
            return (int)i;
    return -1;
}

static void lift(struct kwin_injector *k, int slot)
{
    if (slot < 0)
        return;
    k->finger[slot].used = false;
    org_kde_kwin_fake_input_touch_up(k->fake, (uint32_t)slot);
    org_kde_kwin_fake_input_touch_frame(k->fake);
}

static void touch(struct kwin_injector *k, const struct pf_input *e)
{
    int slot = slot_of(k, e->id);
    struct pf_area own;
    double x, y;
    if (!e->down) {
        lift(k, slot);
        return;
    }
    if (!area(k, e->width, e->height, &own))
        return;
    pf_area_point(&own, e, &x, &y);
    if (slot >= 0) {
        org_kde_kwin_fake_input_touch_motion(k->fake, (uint32_t)slot, fixed(x), fixed(y));
    } else if ((slot = free_slot(k)) >= 0) {
        k->finger[slot].used = true;
        k->finger[slot].id = e->id;
        org_kde_kwin_fake_input_touch_down(k->fake, (uint32_t)slot, fixed(x), fixed(y));
    }
    org_kde_kwin_fake_input_touch_frame(k->fake);
}

/* ---- text -----------------------------------------------------------------------------------------------
 */

#ifdef ORG_KDE_KWIN_FAKE_INPUT_KEYBOARD_KEYSYM_SINCE_VERSION
static bool type(struct kwin_injector *k, uint32_t character)
{
    uint32_t keysym = pf_keysym_of(character);
    if (org_kde_kwin_fake_input_get_version(k->fake) < ORG_KDE_KWIN_FAKE_INPUT_KEYBOARD_KEYSYM_SINCE_VERSION)
        return false;
    if (!keysym)
        return true;
    org_kde_kwin_fake_input_keyboard_keysym(k->fake, keysym, 1);
    org_kde_kwin_fake_input_keyboard_keysym(k->fake, keysym, 0);
    return true;
}
#else
static bool type(struct kwin_injector *k, uint32_t character)
{
    return false;
}
#endif

static void text(struct kwin_injector *k, uint32_t character)
{
    if (type(k, character) || k->told_text)
        return;
    k->told_text = true;
    pf_log_warn(SCOPE, "text that the client types is lost: this KWin, or this build, knows keys only");
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static void play(struct kwin_injector *k, const struct pf_input *e)
{
    switch (e->type) {
    case PF_INPUT_KEY:
        org_kde_kwin_fake_input_keyboard_key(k->fake, e->code, e->down);
        break;
    case PF_INPUT_CHARACTER:
        text(k, e->code);
        break;
    case PF_INPUT_MOTION:
        motion(k, e);
        break;
    case PF_INPUT_POSITION:
        position(k, e);
        break;
    case PF_INPUT_BUTTON:
        button(k, e);
        break;
    case PF_INPUT_WHEEL:
        wheel(k, e);
        break;
    case PF_INPUT_TOUCH:
        touch(k, e);
        break;
    }
}

/* The output may be off for a moment while its desktop is rearranged. */
static bool is_listed(const struct kwin_injector *k)
{
    struct pf_kwin_heads now;
    pf_kwin_desk_heads(&k->desk, &now);
    return !k->output[0] || pf_kwin_heads_find(&now, k->output);
}

static int dispatch(struct pf_injector *injector)
{
    struct kwin_injector *k = (struct kwin_injector *)injector;
    int rc = pf_wayland_dispatch(k->desk.display, -1, 0);
    return rc < 0 ? rc : is_listed(k) ? 0 : -ENODEV;
}

static int inject(struct pf_injector *injector, const struct pf_input *events, size_t count)
{
    struct kwin_injector *k = (struct kwin_injector *)injector;
    for (size_t i = 0; i < count; i++)
        play(k, &events[i]);
    return pf_wayland_flush(k->desk.display);
}

static int inject_now(struct pf_injector *injector, const struct pf_input *event)
{
    return inject(injector, event, 1);
}

static void drop_fake(struct org_kde_kwin_fake_input *fake)
{
#ifdef ORG_KDE_KWIN_FAKE_INPUT_DESTROY_SINCE_VERSION
    if (org_kde_kwin_fake_input_get_version(fake) >= ORG_KDE_KWIN_FAKE_INPUT_DESTROY_SINCE_VERSION) {
        org_kde_kwin_fake_input_destroy(fake);
        return;
    }
#endif
    wl_proxy_destroy((struct wl_proxy *)fake);
}

static void destroy(struct pf_injector *injector)
{
    struct kwin_injector *k = (struct kwin_injector *)injector;
    pf_pointer_leave(&k->pointer);
    if (k->fake) {
        /* What was let go must have happened before the display goes, which KWin hears of on another socket.
         */
        pf_wayland_roundtrip(k->desk.display, pf_time_mono_ns() + LEAVE_NS);
        drop_fake(k->fake);
    }
    pf_kwin_desk_close(&k->desk);
    free(k);
}

static int await_output(struct kwin_injector *k, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + FIND_NS;
    while (!is_listed(k)) {
        if (pf_time_mono_ns() >= deadline)
            return pf_error_set(err, -ENODEV, "KWin has no output %s to deliver input to", k->output);
        if (pf_kwin_desk_refresh(&k->desk) < 0)
            return pf_error_set(err, -ECONNRESET, "KWin closed the connection for input");
        pf_time_sleep_until(pf_time_mono_ns() + POLL_NS);
    }
    return 0;
}

static int bind_fake(struct kwin_injector *k, struct pf_error *err)
{
    const struct pf_kwin_global *g = &k->desk.fake_input;
    uint32_t most = (uint32_t)org_kde_kwin_fake_input_interface.version;
    if (!g->version)
        return pf_kwin_permit_explain(org_kde_kwin_fake_input_interface.name, err);
    if (g->version < LEAST_V)
        return pf_error_set(err, -ENOTSUP, "this KWin takes no keys; 5.27 and later do");
    k->fake = wl_registry_bind(
        k->desk.registry, g->name, &org_kde_kwin_fake_input_interface, g->version < most ? g->version : most);
    org_kde_kwin_fake_input_authenticate(k->fake, "punktfunk", "remote streaming input");
    return pf_kwin_desk_refresh(&k->desk) < 0
               ? pf_error_set(err, -ECONNRESET, "KWin refused the connection for input")
               : 0;
}

static int open_kwin(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    static const struct pf_injector_ops ops = {
        .inject = inject, .inject_now = inject_now, .dispatch = dispatch, .destroy = destroy};
    const struct pf_source *source = &target->source;
    struct kwin_injector *k = calloc(1, sizeof(*k));
    if (!k)
        return pf_error_set(err, -ENOMEM, "there is no memory for the input of another session");
    k->base.ops = &ops;
    k->width = source->mode.width;
    k->height = source->mode.height;
    strcpy(k->output, source->output_name);
    int rc = pf_kwin_desk_open(&k->desk, source->wayland_socket, err);
    if (rc == 0)
        rc = bind_fake(k, err);
    if (rc == 0)
        rc = await_output(k, err);
    if (rc < 0) {
        destroy(&k->base);
        return rc;
    }
    k->base.fd = wl_display_get_fd(k->desk.display);
    *ret_injector = &k->base;
    return 0;
}

static const char *const spellings[] = {"fakeinput", "fake_input", "kwin-fake-input", NULL};

const struct pf_input_backend pf_input_kwin = {
    .name = "kwin", .others = spellings, .kind = PF_SOURCE_PIPEWIRE, .open = open_kwin};

#include "input/mutter/mutter.h"

#include "input/held.h"
#include "input/keysym.h"
#include "input/pointer.h"
#include "mutter/session.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>

#define NOTCH        120
#define NOTCH_PIXELS 10.0 /* what one notch of Mutter's own wheels is */
#define FAR          (1 << 20)
#define KEY_NONE     240u /* KEY_UNKNOWN: on no keyboard */
#define MEET_MS      100  /* for programs to take notice of a touch screen */

enum axis_flags { AXIS_FINISH = 1, AXIS_CONTINUOUS = 8 };

struct mutter_injector {
    struct pf_injector base;
    struct pf_mutter_session *session;
    struct pf_mode mode;
    struct pf_area area; /* of the monitor, in pixels of the desktop */
    struct pf_pointer pointer;
    bool touched;                      /* there is a touch screen */
    int32_t rest[2];                   /* of a notch; vertical, horizontal */
    uint64_t keys[PF_EVDEV_KEYS / 64]; /* down; Mutter takes no second press */
    struct {
        bool used;
        uint32_t id;
    } finger[PF_HELD_TOUCHES]; /* by slot */
};

/* ---- pointer --------------------------------------------------------------------------------------------
 */

static int put(struct mutter_injector *m)
{
    return pf_mutter_session_notify_stream(
        m->session, "NotifyPointerMotionAbsolute", "dd", floor(m->pointer.x), floor(m->pointer.y));
}

/* Before anything that happens where the pointer is. */
static int come_back(struct mutter_injector *m)
{
    return pf_pointer_come_back(&m->pointer, &m->area) ? put(m) : 0;
}

static int position(struct mutter_injector *m, const struct pf_input *e)
{
    pf_pointer_take_turn(&m->pointer);
    pf_area_point(&m->area, e, &m->pointer.x, &m->pointer.y);
    return put(m);
}

/* The way is told as it is, for games that take the pointer; only then it is brought back from beyond the
 * edge, where a neighbour's monitor may be. */
static int motion(struct mutter_injector *m, const struct pf_input *e)
{
    double dx = pf_within_reason(e->x), dy = pf_within_reason(e->y);
    int rc = come_back(m);
    if (rc == 0)
        rc = pf_mutter_session_notify(m->session, "NotifyPointerMotionRelative", "dd", dx, dy);
    bool left = pf_area_move(&m->area, &m->pointer.x, &m->pointer.y, dx, dy);
    return rc == 0 && left ? put(m) : rc;
}

static int button(struct mutter_injector *m, const struct pf_input *e)
{
    int rc = come_back(m);
    return rc < 0 ? rc
                  : pf_mutter_session_notify(
                        m->session, "NotifyPointerButton", "ib", (int32_t)e->code, (int)e->down);
}

/* Whole notches as notches, what is left as a distance. */
static int wheel(struct mutter_injector *m, const struct pf_input *e)
{
    unsigned axis = e->horizontal;
    int32_t v120 = pf_within_reason(e->x) * (e->horizontal ? 1 : -1); /* up is negative here */
    int32_t sum = m->rest[axis] + v120, notches = sum / NOTCH;
    double distance = NOTCH_PIXELS * v120 / NOTCH;
    m->rest[axis] = sum % NOTCH;
    int rc = come_back(m);
    if (rc < 0)
        return rc;
    if (notches && v120 % NOTCH == 0)
        return pf_mutter_session_notify(m->session, "NotifyPointerAxisDiscrete", "ui", axis, notches);
    return pf_mutter_session_notify(m->session, "NotifyPointerAxis", "ddu", axis ? distance : 0.0,
        axis ? 0.0 : distance, (uint32_t)AXIS_CONTINUOUS);
}

/* ---- fingers --------------------------------------------------------------------------------------------
 */

static int slot_of(const struct mutter_injector *m, uint32_t id)
{
    for (int i = 0; i < (int)PF_HELD_TOUCHES; i++)
        if (m->finger[i].used && m->finger[i].id == id)
            return i;
    return -1;
}

static int free_slot(const struct mutter_injector *m)
{
    for (int i = 0; i < (int)PF_HELD_TOUCHES; i++)
        if (!m->finger[i].used)
            return i;
    return -1;
}

/* Mutter makes a device with its first event, which programs miss that do not know the device. So another
 * finger comes first, far away from every monitor. */
static void meet_touchscreen(struct mutter_injector *m)
{
    if (m->touched)
        return;
    m->touched = true;
    pf_mutter_session_notify_stream(
        m->session, "NotifyTouchDown", "udd", PF_HELD_TOUCHES - 1, (double)-FAR, (double)-FAR);
    pf_mutter_session_notify(m->session, "NotifyTouchUp", "u", PF_HELD_TOUCHES - 1);
    poll(NULL, 0, MEET_MS);
}

static int touch(struct mutter_injector *m, const struct pf_input *e)
{
    int slot = slot_of(m, e->id);
    if (!e->down) {
        if (slot < 0)
            return 0;
        m->finger[slot].used = false;
        return pf_mutter_session_notify(m->session, "NotifyTouchUp", "u", (uint32_t)slot);
    }
    bool moved = slot >= 0;
    meet_touchscreen(m);
    if (!moved && (slot = free_slot(m)) < 0)
        return 0;
    m->finger[slot].used = true;
    m->finger[slot].id = e->id;
    double x, y;
    pf_area_point(&m->area, e, &x, &y);
    return pf_mutter_session_notify_stream(
        m->session, moved ? "NotifyTouchMotion" : "NotifyTouchDown", "udd", (uint32_t)slot, x, y);
}

/* ---- keyboard -------------------------------------------------------------------------------------------
 */

static int key(struct mutter_injector *m, const struct pf_input *e)
{
    uint64_t *word = &m->keys[e->code / 64], bit = 1ull << e->code % 64;
    if (!!(*word & bit) == e->down)
        return 0;
    *word ^= bit;
    return pf_mutter_session_notify(m->session, "NotifyKeyboardKeycode", "ub", e->code, (int)e->down);
}

static int type(struct mutter_injector *m, uint32_t character)
{
    uint32_t keysym = pf_keysym_of(character);
    if (!keysym)
        return 0;
    int rc = pf_mutter_session_notify(m->session, "NotifyKeyboardKeysym", "ub", keysym, 1);
    return rc < 0 ? rc : pf_mutter_session_notify(m->session, "NotifyKeyboardKeysym", "ub", keysym, 0);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static int play(struct mutter_injector *m, const struct pf_input *e)
{
    switch (e->type) {
    case PF_INPUT_KEY:
        return e->code < PF_EVDEV_KEYS ? key(m, e) : 0;
    case PF_INPUT_CHARACTER:
        return type(m, e->code);
    case PF_INPUT_MOTION:
        return motion(m, e);
    case PF_INPUT_POSITION:
        return position(m, e);
    case PF_INPUT_BUTTON:
        return button(m, e);
    case PF_INPUT_WHEEL:
        return wheel(m, e);
    case PF_INPUT_TOUCH:
        return touch(m, e);
    }
    return 0;
}

static int dispatch(struct pf_injector *injector)
{
    return pf_mutter_session_is_open(((struct mutter_injector *)injector)->session) ? 0 : -ENODEV;
}

static int settle(void *user)
{
    return pf_mutter_session_settle(user);
}

static int inject(struct pf_injector *injector, const struct pf_input *events, size_t count)
{
    struct mutter_injector *m = (struct mutter_injector *)injector;
    int rc = 0;
    double scale = pf_mutter_session_scale(m->session); /* the user may have changed it */
    m->area.width = m->mode.width / scale;
    m->area.height = m->mode.height / scale;
    pf_pointer_begin();
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = play(m, &events[i]);
    int settled = pf_pointer_end(settle, m->session);
    rc = rc < 0 ? rc : settled;
    return rc == 0 ? dispatch(injector) : rc;
}

static void destroy(struct pf_injector *injector)
{
    struct mutter_injector *m = (struct mutter_injector *)injector;
    pf_pointer_leave(&m->pointer);
    pf_mutter_session_unref(m->session);
    free(m);
}

static int open_mutter(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    static const struct pf_injector_ops ops = {.inject = inject, .dispatch = dispatch, .destroy = destroy};
    struct pf_mutter_session *session = pf_mutter_session_find(target->source.conversation);
    if (!session)
        return pf_error_set(err, -ENODEV, "the display that the input belongs to is gone");
    struct mutter_injector *m = calloc(1, sizeof(*m));
    if (!m) {
        pf_mutter_session_unref(session);
        return pf_error_set(err, -ENOMEM, "there is no memory for the input of another session");
    }
    *m = (struct mutter_injector){
        .base = {.ops = &ops, .fd = -1}, .session = session, .mode = target->source.mode};
    /* Brings the keyboard, so that programs have met it before the first key. */
    pf_mutter_session_notify(session, "NotifyKeyboardKeycode", "ub", KEY_NONE, 1);
    pf_mutter_session_notify(session, "NotifyKeyboardKeycode", "ub", KEY_NONE, 0);
    *ret_injector = &m->base;
    return 0;
}

static const char *const spellings[] = {"gnome", NULL};

const struct pf_input_backend pf_input_mutter = {
    .name = "mutter", .others = spellings, .kind = PF_SOURCE_PIPEWIRE, .open = open_mutter};

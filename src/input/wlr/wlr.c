#include "input/wlr/wlr.h"

#include "base/log.h"
#include "base/time.h"
#include "input/touch_pointer.h"
#include "input/wlr/desk.h"
#include "input/wlr/keyboard.h"
#include "input/wlr/pointer.h"
#include "input/wlr/text.h"
#include "input/wlr/turn.h"
#include "wayland/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#define SCOPE   "input"
#define SYNC_NS PF_NS_PER_S /* for the compositor to handle a batch */
#define MEET_MS 50          /* for programs to take notice of a pointer */

struct wlr_injector {
    struct pf_injector base;
    struct pf_input_target target;
    struct pf_wlr_desk desk;
    struct pf_wlr_pointer pointer;
    struct pf_wlr_keyboard keyboard;
    struct pf_wlr_text text;
    struct pf_touch_pointer touch;
    uint64_t opened_mono_ns;
};

static uint32_t milliseconds(const struct wlr_injector *w)
{
    return (uint32_t)((pf_time_mono_ns() - w->opened_mono_ns) / PF_NS_PER_MS);
}

/* ---- coming to the seat ---------------------------------------------------------------------------------
 */

static bool is_key(const struct pf_input *e)
{
    return e->type == PF_INPUT_KEY || e->type == PF_INPUT_CHARACTER;
}

static bool is_pointer(const struct pf_input *e)
{
    return !is_key(e);
}

static bool any(const struct pf_input *events, size_t count, bool (*is)(const struct pf_input *))
{
    for (size_t i = 0; i < count; i++)
        if (is(&events[i]))
            return true;
    return false;
}

/* A pointer paints a cursor into the picture, so there is none before its first event; that one waits until
 * programs have met the pointer. */
static void need_pointer(struct wlr_injector *w, const struct pf_input *events, size_t count)
{
    if (w->pointer.proxy || !any(events, count, is_pointer))
        return;
    const struct pf_mode *mode = &w->target.source.mode;
    pf_wlr_pointer_init(&w->pointer, &w->desk, mode->width, mode->height);
    pf_wayland_roundtrip(w->desk.display, pf_time_mono_ns() + SYNC_NS);
    poll(NULL, 0, MEET_MS);
}

static bool can_bring_focus(const struct wlr_injector *w)
{
    return w->target.focus && pf_wlr_desk_output(&w->desk);
}

/* Returns whether sway was asked, which may take the pointer along. */
static bool bring_focus(struct wlr_injector *w)
{
    struct pf_error err;
    if (!can_bring_focus(w) || !pf_wlr_turn_needs_focus(w))
        return false;
    if (w->target.focus(&w->target.source, &err) < 0)
        pf_log_debug(
            SCOPE, "the output did not get the focus output=%s: %s", w->target.source.output_name, err.text);
    return true;
}

/* The pointer and, if a key follows, the keyboard come back to this session's output. */
static void bring_back(struct wlr_injector *w, bool elsewhere, const struct pf_input *events, size_t count)
{
    if (any(events, count, is_key) && bring_focus(w))
        elsewhere = true;
    bool placed_anyway =
        events[0].type == PF_INPUT_POSITION || (events[0].type == PF_INPUT_TOUCH && events[0].down);
    if (elsewhere && !placed_anyway && any(events, count, is_pointer))
        pf_wlr_pointer_return(&w->pointer, milliseconds(w));
}

/* ---- playing --------------------------------------------------------------------------------------------
 */

static void touch(struct wlr_injector *w, const struct pf_input *e)
{
    struct pf_input as[2];
    size_t n = pf_touch_pointer_play(&w->touch, e, as);
    for (size_t i = 0; i < n; i++)
        pf_wlr_pointer_play(&w->pointer, milliseconds(w), &as[i]);
}

/* By a key of the layout where there is one, so that ordinary text needs no other keymap. */
static void type(struct wlr_injector *w, uint32_t character)
{
    if (!pf_wlr_keyboard_type(&w->keyboard, milliseconds(w), character))
        pf_wlr_text_type(&w->text, milliseconds(w), character);
}

/* New characters of one batch share a keymap. */
static void expect_text(struct wlr_injector *w, const struct pf_input *events, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (events[i].type == PF_INPUT_CHARACTER && events[i].code > 0x7F)
            pf_wlr_text_expect(&w->text, events[i].code);
}

static void play(struct wlr_injector *w, const struct pf_input *e)
{
    if (e->type == PF_INPUT_KEY)
        pf_wlr_keyboard_key(&w->keyboard, milliseconds(w), e->code, e->down);
    else if (e->type == PF_INPUT_CHARACTER)
        type(w, e->code);
    else if (e->type == PF_INPUT_TOUCH)
        touch(w, e);
    else
        pf_wlr_pointer_play(&w->pointer, milliseconds(w), e);
}

static int dispatch(struct pf_injector *injector)
{
    struct wlr_injector *w = (struct wlr_injector *)injector;
    int rc = pf_wayland_dispatch(w->desk.display, -1, 0);
    if (rc == 0 && w->target.source.output_name[0] && !pf_wlr_desk_output(&w->desk))
        rc = -ENODEV;
    return rc;
}

static int inject(struct pf_injector *injector, const struct pf_input *events, size_t count)
{
    struct wlr_injector *w = (struct wlr_injector *)injector;
    need_pointer(w, events, count);
    expect_text(w, events, count);
    bring_back(w, pf_wlr_turn_begin(w), events, count);
    for (size_t i = 0; i < count; i++)
        play(w, &events[i]);
    int rc = pf_wlr_turn_is_shared() ? pf_wayland_roundtrip(w->desk.display, pf_time_mono_ns() + SYNC_NS)
                                     : pf_wayland_flush(w->desk.display);
    pf_wlr_turn_end();
    return rc;
}

/* What needs neither another keymap nor the pointer or the focus to be brought back. */
static int inject_now(struct pf_injector *injector, const struct pf_input *e)
{
    struct wlr_injector *w = (struct wlr_injector *)injector;
    if (e->type == PF_INPUT_CHARACTER || (is_pointer(e) && !w->pointer.proxy) ||
        !pf_wlr_turn_try(w, is_key(e) && can_bring_focus(w)))
        return -EAGAIN;
    play(w, e);
    int rc = pf_wayland_flush(w->desk.display);
    pf_wlr_turn_end();
    return rc;
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

static void destroy(struct pf_injector *injector)
{
    struct wlr_injector *w = (struct wlr_injector *)injector;
    pf_wlr_turn_leave(w);
    /* What was let go must have happened before the display goes, which sway hears of on another socket. */
    pf_wayland_roundtrip(w->desk.display, pf_time_mono_ns() + SYNC_NS);
    pf_wlr_text_finish(&w->text);
    pf_wlr_keyboard_finish(&w->keyboard);
    pf_wlr_pointer_finish(&w->pointer);
    wl_display_flush(w->desk.display);
    pf_wlr_desk_close(&w->desk);
    free(w);
}

static const struct pf_injector_ops ops = {
    .inject = inject, .inject_now = inject_now, .dispatch = dispatch, .destroy = destroy};

static int open_wlr(
    const struct pf_input_target *target, struct pf_injector **ret_injector, struct pf_error *err)
{
    struct wlr_injector *w = calloc(1, sizeof(*w));
    if (!w)
        return pf_error_set(err, -ENOMEM, "there is no memory for the input of another session");
    w->base.ops = &ops;
    w->target = *target;
    w->opened_mono_ns = pf_time_mono_ns();
    pf_wlr_turn_join(w);
    const struct pf_source *source = &w->target.source;
    int rc = pf_wlr_desk_open(&w->desk, source->wayland_socket, source->output_name, err);
    if (rc == 0) {
        pf_wlr_text_init(&w->text, &w->desk);
        rc = pf_wlr_keyboard_init(&w->keyboard, &w->desk, err);
    }
    /* A roundtrip, so that nothing is sent to devices that the compositor does not have yet. */
    if (rc == 0 && (rc = pf_wayland_roundtrip(w->desk.display, pf_time_mono_ns() + SYNC_NS)) < 0)
        pf_error_set(err, rc, "the compositor refused virtual devices");
    if (rc == 0) {
        w->base.fd = wl_display_get_fd(w->desk.display);
        *ret_injector = &w->base;
        return 0;
    }
    pf_wlr_turn_leave(w);
    pf_wlr_text_finish(&w->text);
    pf_wlr_keyboard_finish(&w->keyboard);
    pf_wlr_pointer_finish(&w->pointer);
    pf_wlr_desk_close(&w->desk);
    free(w);
    return rc;
}

static const char *const spellings[] = {"wlroots", "wlrvirtual", NULL};

const struct pf_input_backend pf_input_wlr = {
    .name = "wlr", .others = spellings, .kind = PF_SOURCE_WAYLAND, .open = open_wlr};

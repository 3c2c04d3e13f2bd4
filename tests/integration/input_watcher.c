/* input_watcher OUTPUT: covers one output (its name, or its size "1280x720") and prints every pointer and
 * keyboard event as a line, for tests.
 *
 *   ready W H                     the surface covers the output
 *   seat CAPABILITIES             the compositor knows that we listen to these (wl_seat); what came
 *                                 earlier nobody got
 *   enter X Y | leave             pointer, surface coordinates
 *   motion X Y
 *   button CODE 0|1               evdev
 *   axis AXIS DISTANCE            and: discrete AXIS STEPS, source N
 *   frame
 *   touch-down ID X Y | touch-move ID X Y | touch-up ID
 *   keys-enter | keys-leave       keyboard focus
 *   key CODE 0|1                  evdev
 *   modifiers DEPRESSED LATCHED LOCKED GROUP
 *   symbol TEXT                   what the key pressed before makes by the keymap that came with it
 * Every line ends with the CLOCK_MONOTONIC of its receipt in ns. Ends with the compositor.
 */
#include "base/time.h"
#include "xdg-shell-client-protocol.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>
#include <xkbcommon/xkbcommon.h>

static struct wl_compositor *compositor;
static struct wl_shm *shm;
static struct wl_seat *seat;
static struct xdg_wm_base *wm_base;
static struct wl_surface *surface;
static struct {
    struct wl_output *proxy;
    char name[64], size[32];
} outputs[32];
static unsigned output_count;
static int width, height;
static bool told;
static struct wl_display *display;
static struct wl_pointer *pointer;
static struct wl_keyboard *keyboard;
static struct wl_touch *touch;
static struct xkb_context *context;
static struct xkb_keymap *keymap;
static struct xkb_state *state;

static void die(const char *what)
{
    fprintf(stderr, "input_watcher: %s\n", what);
    exit(1);
}

__attribute__((format(printf, 1, 2))) static void tell(const char *fmt, ...)
{
    uint64_t now = pf_time_mono_ns();
    va_list args;
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf(" %" PRIu64 "\n", now);
    fflush(stdout);
}

/* ---- pointer ---- */

/* A red square of 24 pixels with the hot spot at its top left. */
static void show_cursor(struct wl_pointer *p, uint32_t serial)
{
    enum { SIDE = 24 };
    static struct wl_surface *cursor;
    static uint32_t pixels[SIDE * SIDE];
    if (!cursor) {
        for (unsigned i = 0; i < SIDE * SIDE; i++)
            pixels[i] = 0xffff0000;
        int fd = memfd_create("cursor", MFD_CLOEXEC);
        if (fd < 0 || write(fd, pixels, sizeof(pixels)) != sizeof(pixels))
            die("no memory for a cursor");
        struct wl_shm_pool *pool = wl_shm_create_pool(shm, fd, sizeof(pixels));
        cursor = wl_compositor_create_surface(compositor);
        wl_surface_attach(
            cursor, wl_shm_pool_create_buffer(pool, 0, SIDE, SIDE, SIDE * 4, WL_SHM_FORMAT_ARGB8888), 0, 0);
        wl_surface_damage_buffer(cursor, 0, 0, SIDE, SIDE);
        wl_shm_pool_destroy(pool);
        close(fd);
    }
    wl_pointer_set_cursor(p, serial, cursor, 0, 0);
    wl_surface_commit(cursor);
}

static void enter(
    void *data, struct wl_pointer *p, uint32_t serial, struct wl_surface *s, wl_fixed_t x, wl_fixed_t y)
{
    tell("enter %g %g", wl_fixed_to_double(x), wl_fixed_to_double(y));
    show_cursor(p, serial);
}
static void leave(void *data, struct wl_pointer *p, uint32_t serial, struct wl_surface *s)
{
    tell("leave");
}
static void motion(void *data, struct wl_pointer *p, uint32_t time, wl_fixed_t x, wl_fixed_t y)
{
    tell("motion %g %g", wl_fixed_to_double(x), wl_fixed_to_double(y));
}
static void button(
    void *data, struct wl_pointer *p, uint32_t serial, uint32_t time, uint32_t code, uint32_t down)
{
    tell("button %u %u", code, down);
}
static void axis(void *data, struct wl_pointer *p, uint32_t time, uint32_t which, wl_fixed_t distance)
{
    tell("axis %u %g", which, wl_fixed_to_double(distance));
}
static void frame(void *data, struct wl_pointer *p)
{
    tell("frame");
}
static void axis_source(void *data, struct wl_pointer *p, uint32_t source)
{
    tell("source %u", source);
}
static void axis_stop(void *data, struct wl_pointer *p, uint32_t time, uint32_t which)
{
    tell("stop %u", which);
}
static void axis_discrete(void *data, struct wl_pointer *p, uint32_t which, int32_t steps)
{
    tell("discrete %u %d", which, steps);
}

static const struct wl_pointer_listener pointer_listener = {
    .enter = enter,
    .leave = leave,
    .motion = motion,
    .button = button,
    .axis = axis,
    .frame = frame,
    .axis_source = axis_source,
    .axis_stop = axis_stop,
    .axis_discrete = axis_discrete,
};

/* ---- fingers ---- */

static void touch_down(void *data, struct wl_touch *t, uint32_t serial, uint32_t time, struct wl_surface *s,
    int32_t id, wl_fixed_t x, wl_fixed_t y)
{
    tell("touch-down %d %g %g", id, wl_fixed_to_double(x), wl_fixed_to_double(y));
}
static void touch_up(void *data, struct wl_touch *t, uint32_t serial, uint32_t time, int32_t id)
{
    tell("touch-up %d", id);
}
static void touch_motion(
    void *data, struct wl_touch *t, uint32_t time, int32_t id, wl_fixed_t x, wl_fixed_t y)
{
    tell("touch-move %d %g %g", id, wl_fixed_to_double(x), wl_fixed_to_double(y));
}
static void touch_frame(void *data, struct wl_touch *t)
{
}
static void touch_cancel(void *data, struct wl_touch *t)
{
    tell("touch-cancel");
}

static const struct wl_touch_listener touch_listener = {
    .down = touch_down,
    .up = touch_up,
    .motion = touch_motion,
    .frame = touch_frame,
    .cancel = touch_cancel,
};

/* ---- keyboard ---- */

static void take_keymap(void *data, struct wl_keyboard *k, uint32_t format, int32_t fd, uint32_t size)
{
    char *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text == MAP_FAILED)
        die("cannot map the keymap");
    xkb_state_unref(state);
    xkb_keymap_unref(keymap);
    keymap =
        xkb_keymap_new_from_string(context, text, XKB_KEYMAP_FORMAT_TEXT_V1, XKB_KEYMAP_COMPILE_NO_FLAGS);
    state = keymap ? xkb_state_new(keymap) : NULL;
    munmap(text, size);
    close(fd);
    if (!state)
        die("the keymap is damaged");
}
static void keys_enter(
    void *data, struct wl_keyboard *k, uint32_t serial, struct wl_surface *s, struct wl_array *keys)
{
    tell("keys-enter");
}
static void keys_leave(void *data, struct wl_keyboard *k, uint32_t serial, struct wl_surface *s)
{
    tell("keys-leave");
}
static void key(
    void *data, struct wl_keyboard *k, uint32_t serial, uint32_t time, uint32_t code, uint32_t down)
{
    char text[32] = "";
    tell("key %u %u", code, down);
    if (down && state && xkb_state_key_get_utf8(state, code + 8, text, sizeof(text)) > 0 &&
        (uint8_t)text[0] > ' ')
        tell("symbol %s", text);
}
static void modifiers(void *data, struct wl_keyboard *k, uint32_t serial, uint32_t depressed,
    uint32_t latched, uint32_t locked, uint32_t group)
{
    if (state)
        xkb_state_update_mask(state, depressed, latched, locked, 0, 0, group);
    tell("modifiers %u %u %u %u", depressed, latched, locked, group);
}
static void repeat_info(void *data, struct wl_keyboard *k, int32_t rate, int32_t delay)
{
}

static const struct wl_keyboard_listener keyboard_listener = {
    .keymap = take_keymap,
    .enter = keys_enter,
    .leave = keys_leave,
    .key = key,
    .modifiers = modifiers,
    .repeat_info = repeat_info,
};

static void listens(void *data, struct wl_callback *callback, uint32_t serial)
{
    wl_callback_destroy(callback);
    tell("seat %u", (pointer ? WL_SEAT_CAPABILITY_POINTER : 0u) |
                        (keyboard ? WL_SEAT_CAPABILITY_KEYBOARD : 0u) |
                        (touch ? WL_SEAT_CAPABILITY_TOUCH : 0u));
}
static const struct wl_callback_listener listens_listener = {.done = listens};

/* Sway takes capabilities away with the last device: the seat of a headless desktop begins with none. */
static void capabilities(void *data, struct wl_seat *s, uint32_t caps)
{
    if ((caps & WL_SEAT_CAPABILITY_POINTER) && !pointer) {
        pointer = wl_seat_get_pointer(seat);
        wl_pointer_add_listener(pointer, &pointer_listener, NULL);
    } else if (!(caps & WL_SEAT_CAPABILITY_POINTER) && pointer) {
        wl_pointer_release(pointer);
        pointer = NULL;
    }
    if ((caps & WL_SEAT_CAPABILITY_KEYBOARD) && !keyboard) {
        keyboard = wl_seat_get_keyboard(seat);
        wl_keyboard_add_listener(keyboard, &keyboard_listener, NULL);
    } else if (!(caps & WL_SEAT_CAPABILITY_KEYBOARD) && keyboard) {
        wl_keyboard_release(keyboard);
        keyboard = NULL;
    }
    if ((caps & WL_SEAT_CAPABILITY_TOUCH) && !touch) {
        touch = wl_seat_get_touch(seat);
        wl_touch_add_listener(touch, &touch_listener, NULL);
    }
    wl_callback_add_listener(wl_display_sync(display), &listens_listener, NULL);
}
static void seat_name(void *data, struct wl_seat *s, const char *name)
{
}
static const struct wl_seat_listener seat_listener = {.capabilities = capabilities, .name = seat_name};

/* ---- surface ---- */

static void buffer_released(void *data, struct wl_buffer *buffer)
{
    wl_buffer_destroy(buffer);
}
static const struct wl_buffer_listener buffer_listener = {.release = buffer_released};

static void show(int w, int h)
{
    int fd = memfd_create("grey", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)w * h * 4) < 0)
        die("no memory for a buffer");
    struct wl_shm_pool *pool = wl_shm_create_pool(shm, fd, w * h * 4);
    struct wl_buffer *buffer = wl_shm_pool_create_buffer(pool, 0, w, h, w * 4, WL_SHM_FORMAT_XRGB8888);
    wl_shm_pool_destroy(pool);
    close(fd);
    wl_buffer_add_listener(buffer, &buffer_listener, NULL);
    wl_surface_attach(surface, buffer, 0, 0);
    wl_surface_damage_buffer(surface, 0, 0, w, h);
    wl_surface_commit(surface);
}

static void surface_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
    xdg_surface_ack_configure(xdg, serial);
    show(width ? width : 64, height ? height : 64);
    if (width && !told)
        tell("ready %d %d", width, height);
    told = width > 0;
}
static const struct xdg_surface_listener surface_listener = {.configure = surface_configure};

static void toplevel_configure(
    void *data, struct xdg_toplevel *t, int32_t w, int32_t h, struct wl_array *states)
{
    width = w;
    height = h;
}
static void toplevel_close(void *data, struct xdg_toplevel *t)
{
    exit(0);
}
static const struct xdg_toplevel_listener toplevel_listener = {
    .configure = toplevel_configure, .close = toplevel_close};

static void ping(void *data, struct xdg_wm_base *base, uint32_t serial)
{
    xdg_wm_base_pong(base, serial);
}
static const struct xdg_wm_base_listener wm_base_listener = {.ping = ping};

/* ---- globals ---- */

static void output_name(void *data, struct wl_output *proxy, const char *name)
{
    for (unsigned i = 0; i < output_count; i++)
        if (outputs[i].proxy == proxy)
            snprintf(outputs[i].name, sizeof(outputs[i].name), "%s", name);
}
static void ignore_geometry(void *data, struct wl_output *o, int32_t x, int32_t y, int32_t pw, int32_t ph,
    int32_t subpixel, const char *make, const char *model, int32_t transform)
{
}
static void output_mode(
    void *data, struct wl_output *proxy, uint32_t flags, int32_t w, int32_t h, int32_t refresh)
{
    for (unsigned i = 0; i < output_count; i++)
        if (outputs[i].proxy == proxy && flags & WL_OUTPUT_MODE_CURRENT)
            snprintf(outputs[i].size, sizeof(outputs[i].size), "%dx%d", w, h);
}
static void ignore_done(void *data, struct wl_output *o)
{
}
static void ignore_scale(void *data, struct wl_output *o, int32_t scale)
{
}
static void ignore_description(void *data, struct wl_output *o, const char *text)
{
}
static const struct wl_output_listener output_listener = {
    .geometry = ignore_geometry,
    .mode = output_mode,
    .done = ignore_done,
    .scale = ignore_scale,
    .name = output_name,
    .description = ignore_description,
};

static void global(void *data, struct wl_registry *registry, uint32_t id, const char *name, uint32_t version)
{
    if (!strcmp(name, wl_compositor_interface.name)) {
        compositor = wl_registry_bind(registry, id, &wl_compositor_interface, 4);
    } else if (!strcmp(name, wl_shm_interface.name)) {
        shm = wl_registry_bind(registry, id, &wl_shm_interface, 1);
    } else if (!strcmp(name, wl_seat_interface.name) && !seat) {
        seat = wl_registry_bind(registry, id, &wl_seat_interface, 5);
        wl_seat_add_listener(seat, &seat_listener, NULL);
    } else if (!strcmp(name, xdg_wm_base_interface.name)) {
        wm_base = wl_registry_bind(registry, id, &xdg_wm_base_interface, 1);
        xdg_wm_base_add_listener(wm_base, &wm_base_listener, NULL);
    } else if (!strcmp(name, wl_output_interface.name) && output_count < 32) {
        /* Mutter 43 does not tell names. */
        outputs[output_count].proxy =
            wl_registry_bind(registry, id, &wl_output_interface, version < 4 ? version : 4);
        wl_output_add_listener(outputs[output_count].proxy, &output_listener, NULL);
        output_count++;
    }
}
static void global_removed(void *data, struct wl_registry *registry, uint32_t id)
{
}
static const struct wl_registry_listener registry_listener = {
    .global = global, .global_remove = global_removed};

static struct wl_output *find_output(const char *name)
{
    for (unsigned i = 0; i < output_count; i++)
        if (!strcmp(outputs[i].name, name) || !strcmp(outputs[i].size, name))
            return outputs[i].proxy;
    die("no such output");
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die("usage: input_watcher OUTPUT");
    display = wl_display_connect(NULL);
    if (!display)
        die("no compositor");
    context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
    struct wl_registry *registry = wl_display_get_registry(display);
    wl_registry_add_listener(registry, &registry_listener, NULL);
    wl_display_roundtrip(display);
    wl_display_roundtrip(display);
    if (!compositor || !shm || !wm_base || !seat || !context)
        die("the compositor lacks a global");
    surface = wl_compositor_create_surface(compositor);
    struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(wm_base, surface);
    xdg_surface_add_listener(xdg, &surface_listener, NULL);
    struct xdg_toplevel *toplevel = xdg_surface_get_toplevel(xdg);
    xdg_toplevel_add_listener(toplevel, &toplevel_listener, NULL);
    xdg_toplevel_set_app_id(toplevel, "punktfunk-watcher");
    xdg_toplevel_set_fullscreen(toplevel, find_output(argv[1]));
    wl_surface_commit(surface);
    while (wl_display_dispatch(display) >= 0)
        continue;
    return 0;
}

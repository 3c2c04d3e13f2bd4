/* pattern_client OUTPUT: covers one output (its name, or its size "1280x720") with a known picture, for tests
 * that compare pixels.
 * pattern_client anywhere [RRGGBB]: a window that asks for no output, with the pattern or one colour, until
 * it is ended; it takes no commands.
 *
 * Commands on standard input, one a line; each answers with one line on standard output once the compositor
 * has taken the picture:
 *   pattern         the test pattern (also the first picture)       → shown COMMIT_NS
 *   fill RRGGBB     one colour                                      → shown COMMIT_NS
 *   animate         the pattern with a moving bar, until the next command
 *   dump FILE.ppm   writes the current picture (without the bar)    → dumped W H
 * COMMIT_NS is CLOCK_MONOTONIC just before the commit. Ends at end of input.
 */
#include "base/time.h"
#include "xdg-shell-client-protocol.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

struct output {
    struct wl_output *proxy;
    char name[64], size[32];
};

static struct wl_display *display;
static struct wl_compositor *compositor;
static struct wl_shm *shm;
static struct xdg_wm_base *wm_base;
static struct wl_surface *surface;
static struct output outputs[16];
static unsigned output_count;
static int width, height;
static bool configured, animating, answer_pending;
static bool deaf; /* it takes no commands */
static uint32_t fill_color;
static bool filled;
static unsigned bar;
static uint64_t commit_ns;

static void die(const char *what)
{
    fprintf(stderr, "pattern_client: %s\n", what);
    exit(1);
}

/* Smooth ramps and large blocks of moderate saturation: what 4:2:0 coding can carry. */
static uint32_t pattern_pixel(int x, int y)
{
    int column = x * 8 / width, row = y * 6 / height;
    if ((column + row) % 2 == 0) {
        uint32_t grey = (uint32_t)(40 + 175 * x / width);
        return grey << 16 | grey << 8 | grey;
    }
    uint32_t red = (uint32_t)(60 + 18 * column), green = (uint32_t)(190 - 20 * row);
    uint32_t blue = (uint32_t)(80 + 10 * (column + row) + 40 * y / height);
    return red << 16 | green << 8 | blue;
}

static uint32_t pixel(int x, int y)
{
    return filled ? fill_color : pattern_pixel(x, y);
}

static void buffer_released(void *data, struct wl_buffer *buffer)
{
    wl_buffer_destroy(buffer);
}

static const struct wl_buffer_listener buffer_listener = {.release = buffer_released};

static struct wl_buffer *draw(void)
{
    size_t size = (size_t)width * (size_t)height * 4;
    int fd = memfd_create("pattern", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
        die("no memory for a buffer");
    uint32_t *pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (pixels == MAP_FAILED)
        die("cannot map the buffer");
    int bar_x = animating ? (int)(bar++ * 8 % (unsigned)width) : -100;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            pixels[y * width + x] = x >= bar_x && x < bar_x + 16 ? 0xE0E0E0 : pixel(x, y);
    munmap(pixels, size);
    struct wl_shm_pool *pool = wl_shm_create_pool(shm, fd, (int32_t)size);
    struct wl_buffer *buffer =
        wl_shm_pool_create_buffer(pool, 0, width, height, width * 4, WL_SHM_FORMAT_XRGB8888);
    wl_shm_pool_destroy(pool);
    close(fd);
    wl_buffer_add_listener(buffer, &buffer_listener, NULL);
    return buffer;
}

static void show(void);

static void frame_done(void *data, struct wl_callback *callback, uint32_t time)
{
    wl_callback_destroy(callback);
    if (answer_pending) {
        printf("shown %llu\n", (unsigned long long)commit_ns);
        fflush(stdout);
        answer_pending = false;
    }
    if (animating)
        show();
}

static const struct wl_callback_listener frame_listener = {.done = frame_done};

static void show(void)
{
    struct wl_buffer *buffer = draw();
    wl_surface_attach(surface, buffer, 0, 0);
    wl_surface_damage_buffer(surface, 0, 0, width, height);
    wl_callback_add_listener(wl_surface_frame(surface), &frame_listener, NULL);
    commit_ns = pf_time_mono_ns();
    wl_surface_commit(surface);
}

static void dump(const char *path)
{
    FILE *f = fopen(path, "wb");
    if (!f)
        die("cannot write the dump");
    fprintf(f, "P6\n%d %d\n255\n", width, height);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            uint32_t p = pixel(x, y);
            fputc((int)(p >> 16 & 255), f);
            fputc((int)(p >> 8 & 255), f);
            fputc((int)(p & 255), f);
        }
    }
    fclose(f);
    printf("dumped %d %d\n", width, height);
    fflush(stdout);
}

static void command(char *line)
{
    line[strcspn(line, "\n")] = 0;
    if (!strncmp(line, "dump ", 5)) {
        dump(line + 5);
        return;
    }
    if (!strcmp(line, "animate")) {
        animating = true;
        filled = false;
        show();
        return;
    }
    animating = false;
    filled = !strncmp(line, "fill ", 5);
    if (filled)
        fill_color = (uint32_t)strtoul(line + 5, NULL, 16);
    answer_pending = true;
    show();
}

static void output_name(void *data, struct wl_output *proxy, const char *name)
{
    struct output *o = data;
    snprintf(o->name, sizeof(o->name), "%s", name);
}

static void ignore_geometry(void *data, struct wl_output *o, int32_t x, int32_t y, int32_t pw, int32_t ph,
    int32_t subpixel, const char *make, const char *model, int32_t transform)
{
}
static void output_mode(
    void *data, struct wl_output *proxy, uint32_t flags, int32_t w, int32_t h, int32_t refresh)
{
    struct output *o = data;
    if (flags & WL_OUTPUT_MODE_CURRENT)
        snprintf(o->size, sizeof(o->size), "%dx%d", w, h);
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

static void ping(void *data, struct xdg_wm_base *base, uint32_t serial)
{
    xdg_wm_base_pong(base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {.ping = ping};

static void global(void *data, struct wl_registry *registry, uint32_t id, const char *name, uint32_t version)
{
    if (!strcmp(name, wl_compositor_interface.name)) {
        compositor = wl_registry_bind(registry, id, &wl_compositor_interface, 4);
    } else if (!strcmp(name, wl_shm_interface.name)) {
        shm = wl_registry_bind(registry, id, &wl_shm_interface, 1);
    } else if (!strcmp(name, xdg_wm_base_interface.name)) {
        wm_base = wl_registry_bind(registry, id, &xdg_wm_base_interface, 1);
        xdg_wm_base_add_listener(wm_base, &wm_base_listener, NULL);
    } else if (!strcmp(name, wl_output_interface.name) && output_count < 16) {
        struct output *o = &outputs[output_count++]; /* Mutter 43 does not tell names */
        o->proxy = wl_registry_bind(registry, id, &wl_output_interface, version < 4 ? version : 4);
        wl_output_add_listener(o->proxy, &output_listener, o);
    }
}

static void global_removed(void *data, struct wl_registry *registry, uint32_t id)
{
}

static const struct wl_registry_listener registry_listener = {
    .global = global, .global_remove = global_removed};

static void toplevel_configure(
    void *data, struct xdg_toplevel *toplevel, int32_t w, int32_t h, struct wl_array *states)
{
    if (w > 0 && h > 0) {
        width = w;
        height = h;
    }
}

static void toplevel_close(void *data, struct xdg_toplevel *toplevel)
{
    exit(0);
}

static const struct xdg_toplevel_listener toplevel_listener = {
    .configure = toplevel_configure,
    .close = toplevel_close,
};

static void surface_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
    xdg_surface_ack_configure(xdg, serial);
    /* Sway chooses the size only once something is mapped: start small, answer when it covers the output. */
    bool sized = width > 0;
    if (!sized)
        width = height = 64;
    answer_pending = answer_pending || (sized && !configured);
    configured = configured || sized;
    show();
    if (!sized)
        width = height = 0;
}

static const struct xdg_surface_listener surface_listener = {.configure = surface_configure};

static struct wl_output *find_output(const char *name)
{
    for (unsigned i = 0; i < output_count; i++)
        if (!strcmp(outputs[i].name, name) || !strcmp(outputs[i].size, name))
            return outputs[i].proxy;
    die("no such output");
    return NULL;
}

static void run(void)
{
    char line[512];
    struct pollfd fds[2] = {
        {.fd = wl_display_get_fd(display), .events = POLLIN}, {.fd = deaf ? -1 : 0, .events = POLLIN}};
    for (;;) {
        while (wl_display_prepare_read(display) != 0)
            wl_display_dispatch_pending(display);
        wl_display_flush(display);
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            die("poll failed");
        if (fds[0].revents)
            wl_display_read_events(display);
        else
            wl_display_cancel_read(display);
        if (wl_display_dispatch_pending(display) < 0)
            die("the compositor is gone");
        if (!fds[1].revents)
            continue;
        ssize_t n = read(0, line, sizeof(line) - 1);
        if (n <= 0)
            return;
        line[n] = 0;
        command(line);
    }
}

int main(int argc, char **argv)
{
    deaf = argc >= 2 && !strcmp(argv[1], "anywhere");
    if (argc != 2 && !(deaf && argc == 3))
        die("usage: pattern_client OUTPUT | anywhere [RRGGBB]");
    filled = argc == 3;
    if (filled)
        fill_color = (uint32_t)strtoul(argv[2], NULL, 16);
    display = wl_display_connect(NULL);
    if (!display)
        die("no compositor");
    struct wl_registry *registry = wl_display_get_registry(display);
    wl_registry_add_listener(registry, &registry_listener, NULL);
    wl_display_roundtrip(display);
    wl_display_roundtrip(display);
    if (!compositor || !shm || !wm_base)
        die("the compositor lacks a global");

    surface = wl_compositor_create_surface(compositor);
    struct xdg_surface *xdg = xdg_wm_base_get_xdg_surface(wm_base, surface);
    xdg_surface_add_listener(xdg, &surface_listener, NULL);
    struct xdg_toplevel *toplevel = xdg_surface_get_toplevel(xdg);
    xdg_toplevel_add_listener(toplevel, &toplevel_listener, NULL);
    xdg_toplevel_set_app_id(toplevel, "punktfunk-pattern");
    if (!deaf)
        xdg_toplevel_set_fullscreen(toplevel, find_output(argv[1]));
    wl_surface_commit(surface);
    run();
    return 0;
}

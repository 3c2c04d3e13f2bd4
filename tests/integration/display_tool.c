/* display_tool [LINGER_MS]: makes displays in the running session and captures them, for tests.
 *
 * Removes what a dead host left behind, says "ready COMPOSITOR", then obeys commands on standard input, one a
 * line, each answered with one line (or "error WHY"). N is a number from 0 to 7 that the caller chooses.
 *
 *   acquire N WxH@HZ[,OPTION]  acquired SLOT OUTPUT WxH@MILLIHERTZ new|reused; "apart": the cursor comes
 *                              beside the picture; "extend", "primary": not exclusive; "at=X:Y": a place;
 *                              "own": an identity of its own; "cancel=MS": not wanted any more after that
 *   remode N WxH@HZ            changed WxH@MILLIHERTZ: in place; its capture has been stopped
 *   launch N WORDS…            noted: the program for the next displays of this number
 *   point N X,Y                pointed: puts the pointer there
 *   capture N [BACKEND]        capturing MS: starts it; time until the first picture
 *   frames N COUNT             frames COUNT WxH MS CPU_US OLDEST_MS: waits for that many; CPU of the capture
 *                              thread per frame, age of the oldest stamp on arrival
 *   count N MS                 count FRAMES: how many arrive in that time
 *   dump N FILE.ppm            dumped W H: the latest picture
 *   watch N                    failed CODE MS: waits for the capture to end by itself
 *   stop N                     stopped
 *   release N [quit]           released
 *   rows                       rows COUNT
 *
 * Ends at end of input; displays that are still there then are removed.
 */
#include "base/cancel.h"
#include "base/file.h"
#include "base/guard.h"
#include "base/log.h"
#include "base/time.h"
#include "capture/capture.h"
#include "display/display.h"
#include "display/registry.h"
#include "display/scales.h"
#include "input/injector.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS  8
#define WAIT_S 10

struct slot {
    struct pf_lease lease;
    struct pf_capture *capture;
    struct pf_frame *latest;
    struct pf_injector *injector;
    char launch[256];
    uint64_t frames, oldest_ns;
};

static struct pf_desktop_env env;
static const struct pf_display_backend *backend;
static struct pf_registry *registry;
static struct pf_journal *journal;
static struct slot slots[SLOTS];
static struct place {
    bool is_set;
    int32_t x, y;
} places[SLOTS + 1]; /* by identity slot, which is N + 1 */
static unsigned long linger_ms;
static struct pf_cancel cancel;  /* of the request that runs */
static unsigned cancel_after_ms; /* 0: never */

static struct pf_linger linger(void *user)
{
    if (!linger_ms)
        return (struct pf_linger){.kind = PF_LINGER_IMMEDIATE};
    return (struct pf_linger){.kind = PF_LINGER_FOR, .duration_ns = linger_ms * PF_NS_PER_MS};
}

static double ms_since(uint64_t start_ns)
{
    return (double)(pf_time_mono_ns() - start_ns) / (double)PF_NS_PER_MS;
}

static bool parse_mode(const char *text, struct pf_mode *ret_mode)
{
    double hz;
    struct pf_mode mode;
    if (!text || sscanf(text, "%ux%u@%lf", &mode.width, &mode.height, &hz) != 3)
        return false;
    mode.refresh_mhz = (uint32_t)(hz * 1000 + 0.5);
    *ret_mode = mode;
    return true;
}

/* CPU time of all capture threads of this process. */
static uint64_t capture_cpu_ns(void)
{
    uint64_t total = 0;
    DIR *dir = opendir("/proc/self/task");
    for (struct dirent *d; dir && (d = readdir(dir));) {
        char path[300], comm[32] = "";
        unsigned long long ns = 0;
        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", d->d_name);
        FILE *f = fopen(path, "r");
        if (!f)
            continue;
        bool ours = fscanf(f, "%31s", comm) == 1 && !strcmp(comm, "pf-capture");
        fclose(f);
        snprintf(path, sizeof(path), "/proc/self/task/%s/schedstat", d->d_name);
        f = ours ? fopen(path, "r") : NULL;
        if (f && fscanf(f, "%llu", &ns) == 1)
            total += ns;
        if (f)
            fclose(f);
    }
    if (dir)
        closedir(dir);
    return total;
}

/* Waits for the next frame and keeps it as the latest. False on time-out or end. */
static bool next_frame(struct slot *s, uint64_t deadline_ns)
{
    struct pf_frame *frame = pf_mailbox_take(&s->capture->frames, deadline_ns);
    if (!frame)
        return false;
    uint64_t age = pf_time_mono_ns() - frame->capture_mono_ns;
    s->oldest_ns = age > s->oldest_ns ? age : s->oldest_ns;
    s->frames++;
    pf_frame_unref(s->latest);
    s->latest = frame;
    return true;
}

static void stop(struct slot *s)
{
    pf_frame_unref(s->latest);
    s->latest = NULL;
    pf_capture_destroy(s->capture);
    s->capture = NULL;
    pf_injector_destroy(s->injector);
    s->injector = NULL;
}

/* "apart": the cursor is not in the picture; a topology; "at=X:Y": a place, as if chosen by hand; "own":
 * not shared with others. */
static bool parse_option(const char *text, unsigned number, struct pf_display_request *request)
{
    struct place *place = &places[number];
    if (!strcmp(text, "apart")) {
        request->hardware_cursor = true;
        return true;
    }
    if (!strcmp(text, "own")) {
        request->identity_slot = number;
        return true;
    }
    for (enum pf_topology t = PF_TOPOLOGY_EXTEND; t <= PF_TOPOLOGY_EXCLUSIVE; t++)
        if (!strcmp(text, pf_topology_name(t))) {
            request->topology = t;
            return true;
        }
    if (sscanf(text, "cancel=%u", &cancel_after_ms) == 1)
        return true;
    request->identity_slot = number;
    place->is_set = sscanf(text, "at=%d:%d", &place->x, &place->y) == 2;
    return place->is_set;
}

static bool position(void *user, unsigned identity_slot, int32_t *ret_x, int32_t *ret_y)
{
    *ret_x = places[identity_slot].x;
    *ret_y = places[identity_slot].y;
    return places[identity_slot].is_set;
}

static void *cancel_later(void *arg)
{
    pf_time_sleep_until(*(const uint64_t *)arg);
    pf_cancel_set(&cancel);
    return NULL;
}

/* With another thread that cancels it, if that is asked for. */
static int acquire(struct pf_display_request *request, struct pf_lease *ret_lease, struct pf_error *err)
{
    uint64_t when = pf_time_mono_ns() + cancel_after_ms * PF_NS_PER_MS;
    pthread_t thread;
    if (!cancel_after_ms)
        return pf_registry_acquire(registry, &env, backend, request, NULL, ret_lease, err);
    if (pf_cancel_init(&cancel) || pthread_create(&thread, NULL, cancel_later, &when))
        return pf_error_set(err, -EAGAIN, "nobody could cancel it");
    request->cancel = &cancel;
    int rc = pf_registry_acquire(registry, &env, backend, request, NULL, ret_lease, err);
    pthread_join(thread, NULL);
    pf_cancel_finish(&cancel);
    return rc;
}

static void do_acquire(struct slot *s, char *arg)
{
    struct pf_display_request request = {.client = "display_tool", .topology = PF_TOPOLOGY_EXCLUSIVE};
    struct pf_error err;
    const char *words[64] = {NULL};
    char text[sizeof(s->launch)], *place = NULL;
    strcpy(text, s->launch);
    char *word = strtok_r(text, " ", &place);
    for (size_t n = 0; word && n < 63; word = strtok_r(NULL, " ", &place))
        words[n++] = word;
    request.launch = s->launch[0] ? s->launch : NULL;
    request.program = words[0] ? words : NULL;
    cancel_after_ms = 0;
    char *save = NULL, *mode = arg ? strtok_r(arg, ",", &save) : NULL;
    bool fits = mode && parse_mode(mode, &request.mode);
    for (char *option; fits && (option = strtok_r(NULL, ",", &save));)
        fits = parse_option(option, (unsigned)(s - slots) + 1, &request);
    if (!fits) {
        puts("error bad mode or option");
        return;
    }
    if (acquire(&request, &s->lease, &err)) {
        printf("error %s\n", err.text);
        return;
    }
    const struct pf_source *source = &s->lease.source;
    printf("acquired %llu %s %ux%u@%u %s\n", (unsigned long long)s->lease.generation, source->output_name,
        source->mode.width, source->mode.height, source->mode.refresh_mhz,
        s->lease.reused ? "reused" : "new");
}

static void do_remode(struct slot *s, char *arg)
{
    struct pf_mode mode;
    struct pf_error err;
    const struct pf_mode *now = &s->lease.source.mode;
    if (!parse_mode(arg, &mode))
        puts("error bad mode");
    else if (pf_lease_remode(&s->lease, &mode, NULL, &err))
        printf("error %s\n", err.text);
    else
        printf("changed %ux%u@%u\n", now->width, now->height, now->refresh_mhz);
}

/* Opens with the named back end, or with the first that can. */
static int open_capture(struct slot *s, const char *name, struct pf_error *err)
{
    static const struct pf_capture_params params = {.dmabuf = true}; /* falls back without a GPU */
    if (!name)
        return pf_capture_open(&s->lease.source, &params, &s->capture, err);
    for (size_t i = 0; pf_capture_backends[i]; i++)
        if (!strcmp(pf_capture_backends[i]->name, name))
            return pf_capture_backends[i]->open(&s->lease.source, &params, &s->capture, err);
    return pf_error_set(err, -ENOTSUP, "this build has no capture back end %s", name);
}

static void do_capture(struct slot *s, char *arg)
{
    struct pf_error err;
    uint64_t start = pf_time_mono_ns();
    if (open_capture(s, arg, &err))
        printf("error %s\n", err.text);
    else if (!next_frame(s, start + WAIT_S * PF_NS_PER_S))
        puts("error no first picture");
    else
        printf("capturing %.1f\n", ms_since(start));
}

static void do_frames(struct slot *s, char *arg)
{
    unsigned long want = strtoul(arg ? arg : "1", NULL, 10);
    uint64_t start = pf_time_mono_ns(), first = s->frames, cpu = capture_cpu_ns();
    s->oldest_ns = 0;
    while (s->frames - first < want && next_frame(s, start + WAIT_S * PF_NS_PER_S))
        ;
    uint64_t got = s->frames - first;
    printf("frames %llu %ux%u %.1f %.1f %.2f\n", (unsigned long long)got, s->latest ? s->latest->width : 0,
        s->latest ? s->latest->height : 0, ms_since(start),
        (double)(capture_cpu_ns() - cpu) / 1000.0 / (double)(got ? got : 1), (double)s->oldest_ns / 1e6);
}

static void do_count(struct slot *s, char *arg)
{
    uint64_t end = pf_time_mono_ns() + strtoul(arg ? arg : "0", NULL, 10) * PF_NS_PER_MS, first = s->frames;
    while (next_frame(s, end))
        ;
    printf("count %llu\n", (unsigned long long)(s->frames - first));
}

static void do_dump(struct slot *s, char *arg)
{
    next_frame(s, 0);
    const struct pf_frame *f = s->latest;
    FILE *out = f && f->pixels && arg ? fopen(arg, "wb") : NULL;
    if (!out) {
        puts("error no picture, or the file cannot be written");
        return;
    }
    bool rgb = f->format == PF_FORMAT_XBGR8888 || f->format == PF_FORMAT_ABGR8888;
    fprintf(out, "P6\n%u %u\n255\n", f->width, f->height);
    for (uint32_t y = 0; y < f->height; y++) {
        const uint8_t *p = f->pixels + (size_t)y * f->stride;
        for (uint32_t x = 0; x < f->width; x++, p += 4)
            fwrite((uint8_t[3]){p[rgb ? 0 : 2], p[1], p[rgb ? 2 : 0]}, 3, 1, out);
    }
    fclose(out);
    printf("dumped %u %u\n", f->width, f->height);
}

static void do_watch(struct slot *s, char *arg)
{
    uint64_t start = pf_time_mono_ns();
    while (!atomic_load(&s->capture->failure) && ms_since(start) < WAIT_S * 1000)
        if (!next_frame(s, pf_time_mono_ns() + PF_NS_PER_S))
            pf_time_sleep_until(pf_time_mono_ns() + PF_NS_PER_MS);
    printf("failed %d %.1f\n", atomic_load(&s->capture->failure), ms_since(start));
}

static void do_point(struct slot *s, char *arg)
{
    const struct pf_mode *mode = &s->lease.source.mode;
    struct pf_input at = {.type = PF_INPUT_POSITION, .width = mode->width, .height = mode->height};
    const struct pf_input_target target = {.source = s->lease.source};
    struct pf_error err = {""};
    if (!arg || sscanf(arg, "%d,%d", &at.x, &at.y) != 2)
        puts("error bad place");
    else if (!s->injector && pf_injector_open(&target, &s->injector, &err))
        printf("error %s\n", err.text);
    else if (s->injector->ops->inject(s->injector, &at, 1))
        puts("error the pointer did not move");
    else
        puts("pointed");
}

static void do_launch(struct slot *s, char *arg)
{
    snprintf(s->launch, sizeof(s->launch), "%s", arg ? arg : "");
    puts("noted");
}

static void do_stop(struct slot *s, char *arg)
{
    stop(s);
    puts("stopped");
}

static void do_release(struct slot *s, char *arg)
{
    stop(s);
    pf_lease_release(&s->lease, arg && !strcmp(arg, "quit"));
    puts("released");
}

static const struct {
    const char *name;
    void (*run)(struct slot *s, char *arg);
    bool needs_capture;
} commands[] = {
    {"acquire", do_acquire, false},
    {"remode", do_remode, false},
    {"capture", do_capture, false},
    {"frames", do_frames, true},
    {"count", do_count, true},
    {"dump", do_dump, true},
    {"watch", do_watch, true},
    {"launch", do_launch, false},
    {"point", do_point, false},
    {"stop", do_stop, false},
    {"release", do_release, false},
};

static void obey(char *line)
{
    char *save, *name = strtok_r(line, " \n", &save), *number = strtok_r(NULL, " \n", &save);
    char *arg = strtok_r(NULL, name && !strcmp(name, "launch") ? "\n" : " \n", &save);
    if (name && !strcmp(name, "rows")) {
        printf("rows %zu\n", pf_registry_snapshot(registry, NULL, 0));
        return;
    }
    unsigned long n = number && isdigit((unsigned char)number[0]) ? strtoul(number, NULL, 10) : SLOTS;
    for (size_t i = 0; name && n < SLOTS && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(name, commands[i].name) != 0)
            continue;
        if (commands[i].needs_capture && !slots[n].capture)
            puts("error no capture runs");
        else
            commands[i].run(&slots[n], arg);
        return;
    }
    puts("error unknown command");
}

static void undo(void *user, struct pf_journal *own, struct pf_journal_list *dead)
{
    pf_display_undo(&env, own, dead);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], PF_GUARD_COMMAND) == 0)
        return pf_guard_main(argv + 2);
    pf_log_init();
    setvbuf(stdout, NULL, _IOLBF, 0);
    linger_ms = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    struct pf_error err;
    struct pf_registry_config config = {.linger = linger, .position = position};
    if (pf_desktop_env_detect(NULL, &env, &err) || pf_display_choose(&env, NULL, &backend, &err)) {
        printf("error %s\n", err.text);
        return 1;
    }
    struct pf_journal_report report;
    char *dir = pf_config_dir();
    if (pf_journal_open(dir, &journal))
        return 1;
    if (pf_display_scales_open(dir, &config.scales))
        return 1;
    free(dir);
    pf_journal_recover(journal, undo, NULL, &report);
    config.journal = journal;
    if (pf_registry_create(&config, &registry))
        return 1;
    printf("ready %s\n", backend->name);
    char line[512];
    while (fgets(line, sizeof(line), stdin))
        obey(line);
    for (size_t i = 0; i < SLOTS; i++) {
        stop(&slots[i]);
        pf_lease_release(&slots[i].lease, true);
    }
    pf_registry_destroy(registry);
    pf_display_scales_close(config.scales);
    pf_journal_close(journal);
    return 0;
}

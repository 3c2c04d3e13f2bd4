#include "session/launcher.h"

#include "base/guard.h"
#include "base/log.h"
#include "base/process.h"
#include "base/thread.h"
#include "base/time.h"
#include "display/registry.h"
#include "library/launch.h"
#include "library/library.h"
#include "session/title_env.h"
#include "session/titles.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SCOPE      "title"
#define TEXT_MAX   512u
#define DISPLAYS   64u
#define TREE       512u
#define GATHER_NS  (200 * PF_NS_PER_MS) /* between two looks for windows */
#define OUTPUT_NS  PF_NS_PER_S          /* lines of a program in this time: */
#define OUTPUT_MAX 50u

/* Where the title with the same index is to be shown; under the lock. */
struct place {
    struct pf_source source;
    char label[65];
    bool moved; /* while it runs */
};

/* One that runs; the launcher's thread only. */
struct run {
    bool used;
    uint64_t key, begun_ns;
    char id[PF_TITLE_ID_SIZE], label[65];
    struct pf_guard guard;
    struct pf_source source;
    int windows;           /* of pf_display_watch_windows; −1: none */
    uint64_t gather_at_ns; /* 0: nothing to gather */
    uint64_t gathered_ns;  /* when it was done last */
    struct pf_display_windows gathered;
    char line[TEXT_MAX];
    size_t len;
    struct pf_rate_limit limit;
};

struct pf_launcher {
    struct pf_launcher_config config;
    int wake;
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* the following */
    struct pf_titles titles;
    struct place places[PF_TITLES_MAX];
    bool look, stopping;

    struct run runs[PF_TITLES_MAX];
};

static void wake(struct pf_launcher *l)
{
    const uint64_t one = 1;
    if (write(l->wake, &one, sizeof(one)) < 0) /* it is full: it wakes anyway */
        return;
}

/* ---- sessions: any thread -------------------------------------------------------------------------------
 */

static size_t list_displays(const struct pf_launcher *l, uint64_t ids[DISPLAYS])
{
    struct pf_display_row rows[DISPLAYS];
    size_t n = pf_registry_snapshot(l->config.registry, rows, DISPLAYS);
    n = n < DISPLAYS ? n : DISPLAYS;
    for (size_t i = 0; i < n; i++)
        ids[i] = rows[i].slot;
    return n;
}

/* NULL: it is forgotten. */
static struct place *place_of(struct pf_launcher *l, uint64_t key)
{
    const struct pf_title *t = pf_titles_find(&l->titles, key);
    return t ? &l->places[t - l->titles.list] : NULL;
}

uint64_t pf_launcher_join(struct pf_launcher *l, const struct pf_session_plan *plan)
{
    bool resumed = false;
    if (!plan->launch[0])
        return 0;
    pthread_mutex_lock(&l->lock);
    bool stopping = l->stopping;
    uint64_t key = stopping ? 0
                            : pf_titles_join(&l->titles, plan->has_fingerprint ? plan->fingerprint : NULL,
                                  plan->launch, pf_time_mono_ns(), &resumed);
    struct place *p = place_of(l, key);
    if (p)
        snprintf(p->label, sizeof(p->label), "%s", plan->label);
    pthread_mutex_unlock(&l->lock);
    if (resumed)
        pf_log_info(SCOPE, "the client comes back to title=\"%s\" client=\"%s\"", plan->launch, plan->label);
    else if (!key && !stopping)
        pf_log_warn(SCOPE, "title=\"%s\" is not started: %u titles run already; the stream goes on",
            plan->launch, PF_TITLES_MAX);
    return key;
}

void pf_launcher_place(
    struct pf_launcher *l, uint64_t session, const struct pf_source *source, uint64_t display)
{
    if (source->has_program)
        return;
    pthread_mutex_lock(&l->lock);
    struct place *p = place_of(l, session);
    if (p) {
        p->source = *source;
        p->moved |= pf_titles_place(&l->titles, session, display);
    }
    pthread_mutex_unlock(&l->lock);
    wake(l);
}

void pf_launcher_leave(struct pf_launcher *l, uint64_t session, bool quit)
{
    uint64_t ids[DISPLAYS];
    size_t n = list_displays(l, ids);
    pthread_mutex_lock(&l->lock);
    pf_titles_leave(&l->titles, session, quit, ids, n, pf_time_mono_ns());
    pthread_mutex_unlock(&l->lock);
    wake(l);
}

int pf_launcher_program(struct pf_launcher *l, const struct pf_session_plan *plan,
    struct pf_launch_command *ret_command, struct pf_error *err)
{
    return pf_library_recipe(l->config.library, plan->launch, ret_command, err);
}

void pf_launcher_quit(struct pf_launcher *l, const uint8_t fingerprint[32])
{
    pthread_mutex_lock(&l->lock);
    pf_titles_quit(&l->titles, fingerprint);
    pthread_mutex_unlock(&l->lock);
    wake(l);
}

void pf_launcher_look(struct pf_launcher *l)
{
    pthread_mutex_lock(&l->lock);
    l->look = true;
    pthread_mutex_unlock(&l->lock);
    wake(l);
}

/* ---- starting -------------------------------------------------------------------------------------------
 */

static char **environment_for(const struct pf_source *source, struct pf_error *err)
{
    struct pf_desktop_env desktop;
    struct pf_desktop_x11 x11;
    if (pf_desktop_env_detect(NULL, &desktop, err) < 0)
        return NULL;
    if (source->kind == PF_SOURCE_WAYLAND) { /* this display's own, should there be several desktops */
        memcpy(desktop.wayland_socket, source->wayland_socket, sizeof(desktop.wayland_socket));
        memcpy(desktop.sway_socket, source->control_socket, sizeof(desktop.sway_socket));
    }
    bool has_x11 = pf_desktop_x11_find(&desktop, &x11);
    char **env = pf_title_env_make(environ, &desktop, has_x11 ? &x11 : NULL);
    if (!env)
        pf_error_set(err, -ENOMEM, "out of memory");
    return env;
}

static int start_program(struct pf_launcher *l, struct run *r, struct pf_error *err)
{
    struct pf_launch_command command;
    struct pf_error ignored;
    int rc = pf_library_recipe(l->config.library, r->id, &command, err);
    char **env = rc == 0 ? environment_for(&r->source, err) : NULL;
    if (!env)
        return rc < 0 ? rc : -EIO;
    if (pf_display_focus(&r->source, &ignored) < 0)
        pf_log_debug(SCOPE, "title=\"%s\": %s", r->id, ignored.text);
    r->windows = pf_display_watch_windows(&r->source, &ignored); /* from before its first one */
    const struct pf_guard_task task = {.self = l->config.guard, .argv = command.argv, .envp = env};
    rc = pf_guard_start(&task, &r->guard, err);
    pf_title_env_free(env);
    if (rc < 0 && r->windows >= 0)
        close(r->windows);
    return rc;
}

static struct run *free_run(struct pf_launcher *l)
{
    struct run *r = l->runs;
    while (r->used)
        r++; /* there is one for each title */
    return r;
}

static void start(struct pf_launcher *l, uint64_t key)
{
    struct pf_error err = {"unknown reason"};
    struct run *r = free_run(l);
    *r = (struct run){.key = key,
        .begun_ns = pf_time_mono_ns(),
        .windows = -1,
        .limit = {.interval_ns = OUTPUT_NS, .burst = OUTPUT_MAX}};
    pthread_mutex_lock(&l->lock);
    const struct pf_title *t = pf_titles_find(&l->titles, key);
    struct place *p = place_of(l, key);
    if (t) {
        memcpy(r->id, t->id, sizeof(r->id));
        memcpy(r->label, p->label, sizeof(r->label));
        r->source = p->source;
        p->moved = false;
    }
    pthread_mutex_unlock(&l->lock);
    int rc = t ? start_program(l, r, &err) : -ENOENT;
    r->used = rc == 0;
    if (rc == 0)
        pf_log_info(SCOPE, "started title=\"%s\" client=\"%s\" pid=%d display=%s", r->id, r->label,
            (int)r->guard.pid, r->source.output_name);
    else if (t)
        pf_log_warn(SCOPE, "title=\"%s\" is not started, the stream goes on client=\"%s\": %s", r->id,
            r->label, err.text);
    pthread_mutex_lock(&l->lock);
    pf_titles_started(&l->titles, key, rc == 0);
    pthread_mutex_unlock(&l->lock);
}

/* ---- what runs ------------------------------------------------------------------------------------------
 */

static void say(struct run *r)
{
    unsigned suppressed;
    r->line[r->len] = 0;
    r->len = 0;
    if (!r->line[0] || !pf_rate_limit_pass(&r->limit, pf_time_mono_ns(), &suppressed))
        return;
    if (suppressed)
        pf_log_info(SCOPE, "%s: (%u more lines)", r->id, suppressed);
    pf_log_info(SCOPE, "%s: %s", r->id, r->line);
}

static void take_text(struct run *r, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\n')
            r->line[r->len++] = text[i] ? text[i] : ' ';
        if (text[i] == '\n' || r->len == sizeof(r->line) - 1)
            say(r);
    }
}

/* A bounded bite: others want their turn. */
static void read_output(struct run *r)
{
    char text[4096];
    ssize_t n = 1;
    for (int bite = 0; bite < 16 && n > 0; bite++) {
        n = read(r->guard.output, text, sizeof(text));
        if (n > 0)
            take_text(r, text, (size_t)n);
    }
}

static void read_windows(struct run *r)
{
    char bytes[4096];
    ssize_t n;
    while ((n = read(r->windows, bytes, sizeof(bytes))) > 0)
        ;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) { /* the desktop is gone */
        close(r->windows);
        r->windows = -1;
    }
    uint64_t now = pf_time_mono_ns();
    if (!r->gather_at_ns)
        r->gather_at_ns = now < r->gathered_ns + GATHER_NS ? r->gathered_ns + GATHER_NS : now;
}

static void gather(struct run *r)
{
    static pid_t pids[TREE]; /* there is one launcher's thread */
    struct pf_error err;
    size_t n = pf_process_tree(r->guard.pid, pids, TREE);
    int rc = pf_display_gather(&r->source, pids, n, &r->gathered, &err);
    if (rc > 0)
        pf_log_info(
            SCOPE, "title=\"%s\": %d of its windows brought to display=%s", r->id, rc, r->source.output_name);
    else if (rc < 0)
        pf_log_debug(SCOPE, "title=\"%s\": its windows are where they are: %s", r->id, err.text);
}

/* Its session has another display than before. */
static void follow(struct pf_launcher *l, struct run *r)
{
    struct pf_error err;
    pthread_mutex_lock(&l->lock);
    struct place *p = place_of(l, r->key);
    bool moved = p && p->moved;
    if (moved) {
        r->source = p->source;
        p->moved = false;
    }
    pthread_mutex_unlock(&l->lock);
    if (!moved)
        return;
    if (r->windows >= 0)
        close(r->windows);
    r->windows = pf_display_watch_windows(&r->source, &err);
    r->gathered = (struct pf_display_windows){0};
    r->gather_at_ns = pf_time_mono_ns();
}

static void finish(struct pf_launcher *l, struct run *r)
{
    read_output(r);
    say(r);
    int status = pf_guard_finish(&r->guard);
    if (r->windows >= 0)
        close(r->windows);
    pthread_mutex_lock(&l->lock);
    bool by_itself = pf_titles_exited(&l->titles, r->key);
    pthread_mutex_unlock(&l->lock);
    pf_log_info(SCOPE, "title=\"%s\" has ended%s client=\"%s\" status=%d after_s=%llu", r->id,
        by_itself ? " by itself, its display stays" : "", r->label, status,
        (unsigned long long)((pf_time_mono_ns() - r->begun_ns) / PF_NS_PER_S));
    r->used = false;
}

static void end(struct pf_launcher *l, uint64_t key)
{
    for (struct run *r = l->runs; r < l->runs + PF_TITLES_MAX; r++)
        if (r->used && r->key == key) {
            pf_log_info(SCOPE, "title=\"%s\" is asked to end client=\"%s\"", r->id, r->label);
            pf_guard_end(&r->guard);
        }
}

/* ---- the thread -----------------------------------------------------------------------------------------
 */

/* Asks what the state machine wants until it wants nothing. */
static void act(struct pf_launcher *l)
{
    enum pf_title_action action;
    do {
        uint64_t ids[DISPLAYS], key = 0;
        pthread_mutex_lock(&l->lock);
        bool look = l->look, stopping = l->stopping;
        l->look = false;
        pthread_mutex_unlock(&l->lock);
        size_t n = look ? list_displays(l, ids) : 0;
        pthread_mutex_lock(&l->lock);
        if (look)
            pf_titles_displays(&l->titles, ids, n);
        if (stopping)
            pf_titles_quit_all(&l->titles);
        action = pf_titles_next(&l->titles, &key);
        pthread_mutex_unlock(&l->lock);
        if (action == PF_TITLE_START)
            start(l, key);
        else if (action == PF_TITLE_END)
            end(l, key);
    } while (action != PF_TITLE_NOTHING);
}

/* Milliseconds until something is to be gathered; −1: never. */
static int gather_due(struct pf_launcher *l)
{
    uint64_t now = pf_time_mono_ns();
    int wait = -1;
    for (struct run *r = l->runs; r < l->runs + PF_TITLES_MAX; r++) {
        if (r->used)
            follow(l, r);
        if (!r->used || !r->gather_at_ns)
            continue;
        if (r->gather_at_ns <= now) {
            gather(r);
            r->gather_at_ns = 0;
            r->gathered_ns = now;
            continue;
        }
        int ms = (int)((r->gather_at_ns - now) / PF_NS_PER_MS) + 1;
        wait = wait < 0 || ms < wait ? ms : wait;
    }
    return wait;
}

enum { EXITED, OUTPUT, WINDOWS, FDS };

/* Whether anything runs. */
static bool await_news(struct pf_launcher *l, int wait_ms)
{
    struct pollfd fds[1 + FDS * PF_TITLES_MAX];
    uint64_t count;
    bool any = false;
    fds[0] = (struct pollfd){.fd = l->wake, .events = POLLIN};
    for (size_t i = 0; i < PF_TITLES_MAX; i++) {
        const struct run *r = &l->runs[i];
        const int own[FDS] = {
            r->used ? r->guard.exited : -1, r->used ? r->guard.output : -1, r->used ? r->windows : -1};
        for (size_t k = 0; k < FDS; k++)
            fds[1 + FDS * i + k] = (struct pollfd){.fd = own[k], .events = POLLIN};
        any |= r->used;
    }
    pthread_mutex_lock(&l->lock);
    bool over = l->stopping && !any;
    pthread_mutex_unlock(&l->lock);
    if (over || poll(fds, 1 + FDS * PF_TITLES_MAX, wait_ms) < 0)
        return !over;
    if (fds[0].revents && read(l->wake, &count, sizeof(count)) < 0)
        return true;
    for (size_t i = 0; i < PF_TITLES_MAX; i++) {
        struct run *r = &l->runs[i];
        const struct pollfd *own = &fds[1 + FDS * i];
        if (own[OUTPUT].revents)
            read_output(r);
        if (own[WINDOWS].revents)
            read_windows(r);
        if (own[EXITED].revents)
            finish(l, r);
    }
    return true;
}

static void run(void *arg)
{
    struct pf_launcher *l = arg;
    do
        act(l);
    while (await_news(l, gather_due(l)));
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

int pf_launcher_create(const struct pf_launcher_config *config, struct pf_launcher **ret_launcher)
{
    struct pf_launcher *l = calloc(1, sizeof(*l));
    if (!l)
        return -ENOMEM;
    l->config = *config;
    pthread_mutex_init(&l->lock, NULL);
    l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = l->wake < 0 ? -errno : pf_thread_start(&l->thread, "titles", PF_THREAD_NORMAL, run, l);
    l->has_thread = rc == 0;
    if (rc < 0)
        pf_launcher_destroy(l);
    else
        *ret_launcher = l;
    return rc;
}

void pf_launcher_stop(struct pf_launcher *l)
{
    if (!l->has_thread)
        return;
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    pthread_mutex_unlock(&l->lock);
    wake(l);
    pthread_join(l->thread, NULL);
    l->has_thread = false;
}

void pf_launcher_destroy(struct pf_launcher *l)
{
    if (!l)
        return;
    pf_launcher_stop(l);
    if (l->wake >= 0)
        close(l->wake);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

#include "input/service.h"

#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"
#include "input/held.h"
#include "input/merge.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SCOPE   "input"
#define BATCH   64u
#define TICK_MS 1000 /* display and injector are looked after this often even if nothing happens */

struct pf_input_service {
    struct pf_input_service_config config; /* without label */
    char label[PF_INPUT_LABEL_MAX];
    pthread_t thread;
    int wake_fd;
    atomic_bool stop;
    bool joined;

    pthread_mutex_t lock; /* the following */
    struct pf_input queue[PF_INPUT_QUEUE];
    unsigned head, len;
    struct pf_input_service_stats stats;
    struct pf_rate_limit noise;

    pthread_mutex_t at_work; /* the thread has it unless it rests; the following */
    struct pf_injector *injector;
    struct pf_input_target target; /* of the injector, or of the last attempt to open one */
    struct pf_held held;           /* what the injector was told to hold */
    uint64_t retry_mono_ns;        /* no attempt to open before this */
    uint64_t looked_mono_ns;       /* when the injector was looked after */
    uint64_t played_mono_ns;       /* when an event was played as it came */
    struct pf_rate_limit failures;
};

static void wake(struct pf_input_service *s)
{
    ssize_t n = write(s->wake_fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)n; /* it is readable already */
}

/* ---- the queue ------------------------------------------------------------------------------------------
 */

static void note_full(struct pf_input_service *s)
{
    unsigned held_back;
    s->stats.dropped++;
    if (pf_rate_limit_pass(&s->noise, pf_time_mono_ns(), &held_back))
        pf_log_warn(SCOPE,
            "input comes faster than the desktop takes it; the newest is dropped client=%s "
            "held_back=%u",
            s->label, held_back);
}

static void put(struct pf_input_service *s, const struct pf_input *event)
{
    pthread_mutex_lock(&s->lock);
    bool first = s->len == 0;
    if (s->len < PF_INPUT_QUEUE)
        s->queue[(s->head + s->len++) % PF_INPUT_QUEUE] = *event;
    else
        note_full(s);
    pthread_mutex_unlock(&s->lock);
    if (first)
        wake(s);
}

/* Takes a batch, merged; returns its size. */
static size_t take(struct pf_input_service *s, struct pf_input batch[BATCH])
{
    size_t n = 0;
    pthread_mutex_lock(&s->lock);
    while (s->len) {
        const struct pf_input *next = &s->queue[s->head];
        if (!n || !pf_input_merge(&batch[n - 1], next)) {
            if (n == BATCH)
                break;
            batch[n++] = *next;
        }
        s->head = (s->head + 1) % PF_INPUT_QUEUE;
        s->len--;
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void count(struct pf_input_service *s, uint64_t *counter, size_t n)
{
    pthread_mutex_lock(&s->lock);
    *counter += n;
    pthread_mutex_unlock(&s->lock);
}

/* ---- the injector ---------------------------------------------------------------------------------------
 */

static void drop_injector(struct pf_input_service *s)
{
    pf_injector_destroy(s->injector);
    s->injector = NULL;
    s->held = (struct pf_held){0};
}

static void fail(struct pf_input_service *s, int rc)
{
    s->retry_mono_ns = pf_time_mono_ns() + (rc == -ENODEV ? PF_INPUT_GONE_NS : s->config.retry_ns);
    if (pf_rate_limit_pass(&s->failures, pf_time_mono_ns(), NULL))
        pf_log_warn(SCOPE, "input was interrupted client=%s: %s", s->label,
            rc == -ENODEV ? "its display is gone" : strerror(-rc));
    drop_injector(s);
}

static void release_held(struct pf_input_service *s)
{
    struct pf_input up;
    while (s->injector && pf_held_release(&s->held, &up)) {
        int rc = s->injector->ops->inject(s->injector, &up, 1);
        if (rc < 0)
            fail(s, rc);
    }
}

static void close_injector(struct pf_input_service *s)
{
    release_held(s);
    drop_injector(s);
}

static bool is_same_place(const struct pf_source *a, const struct pf_source *b)
{
    return a->kind == b->kind && a->node_id == b->node_id && a->conversation == b->conversation &&
           !strcmp(a->wayland_socket, b->wayland_socket) && !strcmp(a->output_name, b->output_name) &&
           !strcmp(a->input_socket, b->input_socket) && a->mode.width == b->mode.width &&
           a->mode.height == b->mode.height;
}

static void open_injector(struct pf_input_service *s, const struct pf_input_target *target)
{
    struct pf_error err;
    s->target = *target;
    int rc = s->config.open(target, &s->injector, &err);
    if (rc == 0)
        return;
    /* What cannot be on this display needs no second attempt. */
    s->retry_mono_ns = rc == -ENOTSUP ? UINT64_MAX : pf_time_mono_ns() + s->config.retry_ns;
    if (pf_rate_limit_pass(&s->failures, pf_time_mono_ns(), NULL))
        pf_log_warn(SCOPE, "no input%s client=%s: %s", rc == -ENOTSUP ? "" : " for now", s->label, err.text);
}

/* Makes the injector fit the display. While there is none (it is being rebuilt) the old injector stays: keys
 * that come up now shall not get stuck. */
static void follow_target(struct pf_input_service *s)
{
    struct pf_input_target target = {0};
    if (!s->config.target(s->config.user, &target))
        return;
    if (!is_same_place(&s->target.source, &target.source)) {
        close_injector(s);
        s->retry_mono_ns = 0;
    }
    if (!s->injector && pf_time_mono_ns() >= s->retry_mono_ns)
        open_injector(s, &target);
}

static void play(struct pf_input_service *s, struct pf_input *batch, size_t n)
{
    size_t kept = 0;
    if (!s->injector) {
        count(s, &s->stats.lost, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (pf_held_note(&s->held, &batch[i]))
            batch[kept++] = batch[i];
    if (!kept)
        return;
    int rc = s->injector->ops->inject(s->injector, batch, kept);
    if (rc < 0)
        fail(s, rc);
    else
        count(s, &s->stats.injected, kept);
}

/* ---- events that nobody waits for -----------------------------------------------------------------------
 */

static bool is_waiting(struct pf_input_service *s)
{
    pthread_mutex_lock(&s->lock);
    bool waiting = s->len > 0;
    pthread_mutex_unlock(&s->lock);
    return waiting;
}

static bool is_in_place(struct pf_input_service *s)
{
    struct pf_input_target target = {0};
    return s->config.target(s->config.user, &target) && is_same_place(&s->target.source, &target.source);
}

static bool play_now(struct pf_input_service *s, const struct pf_input *event)
{
    uint64_t now = pf_time_mono_ns();
    if (!s->injector || !s->injector->ops->inject_now || now - s->played_mono_ns < PF_INPUT_APART_NS ||
        !is_in_place(s))
        return false;
    const struct pf_held before = s->held;
    if (!pf_held_note(&s->held, event))
        return true;
    if (s->injector->ops->inject_now(s->injector, event) < 0) {
        s->held = before;
        return false;
    }
    s->played_mono_ns = now;
    count(s, &s->stats.injected, 1);
    return true;
}

void pf_input_service_push(struct pf_input_service *s, const struct pf_input *event)
{
    if (atomic_load(&s->stop))
        return;
    bool played = false;
    if (pthread_mutex_trylock(&s->at_work) == 0) {
        played = !is_waiting(s) && play_now(s, event);
        pthread_mutex_unlock(&s->at_work);
    }
    if (!played)
        put(s, event);
}

/* ---- the thread -----------------------------------------------------------------------------------------
 */

static void look_after_injector(struct pf_input_service *s, bool has_news)
{
    uint64_t now = pf_time_mono_ns();
    if (!s->injector || (!has_news && now - s->looked_mono_ns < TICK_MS * PF_NS_PER_MS))
        return;
    s->looked_mono_ns = now;
    int rc = s->injector->ops->dispatch(s->injector);
    if (rc < 0)
        fail(s, rc);
}

/* A second; less if another attempt to open is due before. */
static int sleep_ms(const struct pf_input_service *s)
{
    uint64_t now = pf_time_mono_ns();
    if (s->injector || s->retry_mono_ns <= now || s->retry_mono_ns - now > TICK_MS * PF_NS_PER_MS)
        return TICK_MS;
    return (int)((s->retry_mono_ns - now) / PF_NS_PER_MS + 1);
}

/* True if the injector has news. */
static bool rest(struct pf_input_service *s)
{
    struct pollfd fds[2] = {
        {.fd = s->wake_fd, .events = POLLIN}, {.fd = s->injector ? s->injector->fd : -1, .events = POLLIN}};
    int limit_ms = sleep_ms(s);
    uint64_t news;
    pthread_mutex_unlock(&s->at_work);
    int n = poll(fds, 2, limit_ms);
    pthread_mutex_lock(&s->at_work);
    if (n > 0 && fds[0].revents) {
        ssize_t got = read(s->wake_fd, &news, sizeof(news));
        (void)got; /* nothing to read is fine */
    }
    return n > 0 && fds[1].revents;
}

static void run(void *arg)
{
    struct pf_input_service *s = arg;
    struct pf_input batch[BATCH];
    bool has_news = true;
    size_t n;
    pthread_mutex_lock(&s->at_work);
    while (!atomic_load(&s->stop)) {
        follow_target(s);
        while (!atomic_load(&s->stop) && (n = take(s, batch))) {
            play(s, batch, n);
            follow_target(s);
        }
        look_after_injector(s, has_news); /* last: events do not wait for it */
        if (!atomic_load(&s->stop))
            has_news = rest(s);
    }
    close_injector(s);
    pthread_mutex_unlock(&s->at_work);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

int pf_input_service_start(
    const struct pf_input_service_config *config, struct pf_input_service **ret_service, struct pf_error *err)
{
    struct pf_input_service *s = calloc(1, sizeof(*s));
    if (!s)
        return pf_error_set(err, -ENOMEM, "there is no memory for the input of another session");
    s->config = *config;
    s->config.label = NULL;
    snprintf(s->label, sizeof(s->label), "%s", config->label ? config->label : "");
    if (!s->config.open)
        s->config.open = pf_injector_open;
    if (!s->config.retry_ns)
        s->config.retry_ns = PF_INPUT_RETRY_NS;
    s->noise = s->failures = (struct pf_rate_limit){.interval_ns = 10 * PF_NS_PER_S, .burst = 3};
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->at_work, NULL);
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = s->wake_fd < 0 ? -errno : pf_thread_start(&s->thread, "input", PF_THREAD_SEND, run, s);
    if (rc == 0) {
        *ret_service = s;
        return 0;
    }
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->at_work);
    free(s);
    return pf_error_set(err, rc, "the input thread could not be started: %s", strerror(-rc));
}

void pf_input_service_look(struct pf_input_service *s)
{
    wake(s);
}

void pf_input_service_stop(struct pf_input_service *s)
{
    atomic_store(&s->stop, true);
    wake(s);
}

void pf_input_service_wait(struct pf_input_service *s)
{
    if (!s->joined)
        pthread_join(s->thread, NULL);
    s->joined = true;
}

void pf_input_service_destroy(struct pf_input_service *s)
{
    if (!s)
        return;
    pf_input_service_stop(s);
    pf_input_service_wait(s);
    close(s->wake_fd);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->at_work);
    free(s);
}

void pf_input_service_stats(struct pf_input_service *s, struct pf_input_service_stats *ret_stats)
{
    pthread_mutex_lock(&s->lock);
    *ret_stats = s->stats;
    pthread_mutex_unlock(&s->lock);
}

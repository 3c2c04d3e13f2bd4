#include "input/pads/service.h"

#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"
#include "input/pads/pad_queue.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SCOPE "pads"

struct pf_pads {
    struct pf_pads_config config; /* without label */
    char label[48];
    int wake_fd;
    atomic_bool stop; /* and the thread frees everything */

    pthread_mutex_t talk; /* held during a call of feedback: none begins once `mute` is set */
    bool mute;

    pthread_mutex_t lock; /* the following */
    struct pf_pad_queue queue;
    struct pf_rate_limit noise;

    /* the thread only */
    struct pf_pad_step step;
    struct pf_pad_device *devices[PF_PADS_MAX];
    uint64_t still_ns[PF_PADS_MAX]; /* when its gyro is taken for silent; UINT64_MAX: it shows none */
    bool told_fallback;
    unsigned told_of; /* the pad that is pumped */
    uint64_t retry_mono_ns, pause_ns;
};

static void wake(struct pf_pads *p)
{
    ssize_t n = write(p->wake_fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)n; /* it is readable already */
}

/* ---- the queue ------------------------------------------------------------------------------------------
 */

/* With the lock. True: it may be said. */
static bool may_complain(struct pf_pads *p)
{
    return pf_rate_limit_pass(&p->noise, pf_time_mono_ns(), NULL);
}

void pf_pads_event(struct pf_pads *p, const struct pf_input_event *event)
{
    uint32_t pad = pf_pad_set_index(event);
    pthread_mutex_lock(&p->lock);
    bool known = pad < PF_PADS_MAX;
    bool calm = !known || pf_pad_queue_event(&p->queue, event);
    bool complain = (!known || !calm) && may_complain(p);
    pthread_mutex_unlock(&p->lock);
    if (complain && !known)
        pf_log_warn(SCOPE, "a gamepad is refused: a client may have %u client=%s pad=%" PRIu32, PF_PADS_MAX,
            p->label, pad);
    else if (complain)
        pf_log_warn(SCOPE, "events of gamepads come too fast; short presses are skipped client=%s", p->label);
    if (known)
        wake(p);
}

void pf_pads_rich(struct pf_pads *p, const struct pf_datagram *rich)
{
    /* The others borrow bytes, or are no pad's business. */
    if (rich->kind != PF_RICH_TOUCHPAD && rich->kind != PF_RICH_MOTION && rich->kind != PF_RICH_TOUCHPAD_EX)
        return;
    pthread_mutex_lock(&p->lock);
    bool complain = !pf_pad_queue_rich(&p->queue, rich) && may_complain(p);
    pthread_mutex_unlock(&p->lock);
    if (complain)
        pf_log_warn(SCOPE, "events of gamepads come too fast; short touches are skipped client=%s", p->label);
    wake(p);
}

static bool next_step(struct pf_pads *p)
{
    pthread_mutex_lock(&p->lock);
    bool some = pf_pad_queue_step(&p->queue, &p->step);
    pthread_mutex_unlock(&p->lock);
    return some;
}

/* ---- devices --------------------------------------------------------------------------------------------
 */

static void tell(void *user, const struct pf_pad_feedback *feedback)
{
    struct pf_pads *p = user;
    struct pf_pad_feedback f = *feedback;
    f.pad = (uint8_t)p->told_of;
    pthread_mutex_lock(&p->talk);
    if (!p->mute)
        p->config.feedback(p->config.user, &f);
    pthread_mutex_unlock(&p->talk);
}

static void drop_device(struct pf_pads *p, unsigned pad)
{
    if (!p->devices[pad])
        return;
    p->devices[pad]->ops->destroy(p->devices[pad]);
    p->devices[pad] = NULL;
    p->told_of = pad;
    tell(p, &(struct pf_pad_feedback){.kind = PF_PAD_RUMBLE, .gone = true});
}

static bool is_absent(int rc)
{
    return rc == -EACCES || rc == -EPERM || rc == -ENOENT || rc == -ENODEV || rc == -ENXIO;
}

static int make_device(struct pf_pads *p, unsigned pad, enum pf_pad_kind *kind, struct pf_error *err)
{
    int rc = p->config.open(*kind, &p->devices[pad], err);
    if (!is_absent(rc) || !pf_pad_kind_needs_uhid(*kind))
        return rc;
    if (!p->told_fallback)
        pf_log_warn(SCOPE, "a %s becomes an Xbox 360 pad client=%s pad=%u: %s", pf_pad_kind_name(*kind),
            p->label, pad, err->text);
    p->told_fallback = true;
    *kind = PF_PAD_KIND_XBOX_360;
    return p->config.open(*kind, &p->devices[pad], err);
}

/* The device of the pad, made if need be. NULL for now. */
static struct pf_pad_device *device_of(struct pf_pads *p, unsigned pad)
{
    struct pf_error err;
    uint64_t now = pf_time_mono_ns();
    if (p->devices[pad] || now < p->retry_mono_ns)
        return p->devices[pad];
    enum pf_pad_kind kind = pf_pad_kind_choose(p->step.slots[pad].wish, p->config.kind, true);
    if (make_device(p, pad, &kind, &err) == 0) {
        p->pause_ns = p->config.retry_ns;
        p->still_ns[pad] = UINT64_MAX;
        pf_log_info(
            SCOPE, "a gamepad is there client=%s pad=%u kind=\"%s\"", p->label, pad, pf_pad_kind_name(kind));
        return p->devices[pad];
    }
    pf_log_warn(SCOPE, "no gamepad for now client=%s pad=%u: %s", p->label, pad, err.text);
    p->retry_mono_ns = now + p->pause_ns;
    p->pause_ns = p->pause_ns * 2 < PF_PADS_RETRY_MAX_NS ? p->pause_ns * 2 : PF_PADS_RETRY_MAX_NS;
    return NULL;
}

static void fail(struct pf_pads *p, unsigned pad, int rc)
{
    pf_log_warn(SCOPE, "a gamepad broke client=%s pad=%u: %s", p->label, pad, strerror(-rc));
    drop_device(p, pad);
    p->retry_mono_ns = pf_time_mono_ns() + p->pause_ns;
}

static void show(struct pf_pads *p, unsigned pad)
{
    const struct pf_pad_report *r = &p->step.slots[pad].report;
    struct pf_pad_device *dev = device_of(p, pad);
    int rc = dev ? dev->ops->write(dev, r) : 0;
    if (rc < 0)
        fail(p, pad, rc);
    else if (!r->gyro[0] && !r->gyro[1] && !r->gyro[2])
        p->still_ns[pad] = UINT64_MAX;
    else if (p->step.moved & 1u << pad)
        p->still_ns[pad] = pf_time_mono_ns() + PF_PADS_MOTION_NS;
}

static void play_step(struct pf_pads *p)
{
    for (unsigned pad = 0; pad < PF_PADS_MAX; pad++) {
        if (p->step.gone & 1u << pad)
            drop_device(p, pad);
        if (p->step.dirty & 1u << pad)
            show(p, pad);
    }
}

/* A turn whose end was lost does not go on for ever. */
static void calm_gyros(struct pf_pads *p)
{
    uint64_t now = pf_time_mono_ns();
    for (unsigned pad = 0; pad < PF_PADS_MAX; pad++) {
        if (!p->devices[pad] || now < p->still_ns[pad])
            continue;
        p->still_ns[pad] = UINT64_MAX;
        pthread_mutex_lock(&p->lock);
        pf_pad_queue_calm(&p->queue, pad);
        pthread_mutex_unlock(&p->lock);
    }
}

/* ---- the thread -----------------------------------------------------------------------------------------
 */

/* Also those that said nothing: a level may end by itself. */
static void pump(struct pf_pads *p)
{
    uint64_t now = pf_time_mono_ns();
    for (unsigned i = 0; i < PF_PADS_MAX; i++) {
        struct pf_pad_device *dev = p->devices[i];
        p->told_of = i;
        int rc = dev ? dev->ops->pump(dev, now, tell, p) : 0;
        if (rc < 0)
            fail(p, i, rc);
    }
}

static void sleep_until_news(struct pf_pads *p)
{
    struct pollfd fds[PF_PADS_MAX + 1] = {{.fd = p->wake_fd, .events = POLLIN}};
    uint64_t now = pf_time_mono_ns(), due = UINT64_MAX, news;
    for (unsigned i = 0; i < PF_PADS_MAX; i++) {
        struct pf_pad_device *dev = p->devices[i];
        fds[i + 1] = (struct pollfd){.fd = dev ? dev->fd : -1, .events = POLLIN};
        uint64_t at = dev ? dev->ops->deadline(dev, now) : UINT64_MAX;
        due = at < due ? at : due;
        due = dev && p->still_ns[i] < due ? p->still_ns[i] : due;
    }
    uint64_t ms = due <= now ? 0 : (due - now) / PF_NS_PER_MS + 1;
    poll(fds, PF_PADS_MAX + 1, due == UINT64_MAX ? -1 : ms > 60000 ? 60000 : (int)ms);
    ssize_t n = read(p->wake_fd, &news, sizeof(news));
    (void)n; /* nothing to read is fine */
}

static void free_pads(struct pf_pads *p)
{
    if (p->wake_fd >= 0)
        close(p->wake_fd);
    pthread_mutex_destroy(&p->talk);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static void run(void *arg)
{
    struct pf_pads *p = arg;
    while (!atomic_load(&p->stop)) {
        calm_gyros(p);
        while (!atomic_load(&p->stop) && next_step(p)) {
            play_step(p);
            pump(p);
        }
        pump(p);
        if (!atomic_load(&p->stop))
            sleep_until_news(p);
    }
    for (unsigned i = 0; i < PF_PADS_MAX; i++)
        drop_device(p, i);
    pthread_mutex_lock(&p->lock); /* pf_pads_stop has to be through */
    pthread_mutex_unlock(&p->lock);
    free_pads(p);
}

/* ---- life -----------------------------------------------------------------------------------------------
 */

int pf_pads_start(const struct pf_pads_config *config, struct pf_pads **ret_pads, struct pf_error *err)
{
    struct pf_pads *p = calloc(1, sizeof(*p));
    if (!p)
        return pf_error_set(err, -ENOMEM, "there is no memory for the gamepads of another session");
    p->config = *config;
    p->config.label = NULL;
    snprintf(p->label, sizeof(p->label), "%s", config->label ? config->label : "");
    if (!p->config.open)
        p->config.open = pf_pad_device_open;
    if (!p->config.retry_ns)
        p->config.retry_ns = PF_PADS_RETRY_NS;
    p->pause_ns = p->config.retry_ns;
    p->noise = (struct pf_rate_limit){.interval_ns = 10 * PF_NS_PER_S, .burst = 3};
    pthread_mutex_init(&p->lock, NULL);
    pthread_mutex_init(&p->talk, NULL);
    p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_t thread;
    int rc = p->wake_fd < 0 ? -errno : pf_thread_start(&thread, "pads", PF_THREAD_SEND, run, p);
    if (rc < 0) {
        free_pads(p);
        return pf_error_set(err, rc, "the thread of the gamepads could not be started: %s", strerror(-rc));
    }
    pthread_detach(thread);
    *ret_pads = p;
    return 0;
}

void pf_pads_stop(struct pf_pads *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->talk);
    p->mute = true;
    pthread_mutex_unlock(&p->talk);
    pthread_mutex_lock(&p->lock); /* the thread frees it as soon as it sees the flag */
    atomic_store(&p->stop, true);
    wake(p);
    pthread_mutex_unlock(&p->lock);
}

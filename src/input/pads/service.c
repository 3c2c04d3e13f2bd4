#include "input/pads/service.h"

#include "base/log.h"
#include "base/thread.h"
#include "base/time.h"
#include "input/pads/pad_set.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SCOPE "pads"

struct item {
    bool is_rich;
    union {
        struct pf_input_event event;
        struct pf_datagram rich;
    };
};

struct pf_pads {
    struct pf_pads_config config; /* without label */
    char label[48];
    int wake_fd;
    atomic_bool stop; /* and the thread frees everything */

    pthread_mutex_t talk; /* held during a call of feedback: none begins once `mute` is set */
    bool mute;

    pthread_mutex_t lock; /* the following */
    struct item queue[PF_PADS_QUEUE];
    unsigned head, len;
    struct pf_rate_limit noise;

    /* the thread only */
    struct pf_pad_set set;
    struct pf_pad_device *devices[PF_PADS_MAX];
    bool rumbles[PF_PADS_MAX];
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

static void push(struct pf_pads *p, const struct item *item)
{
    bool lost = false;
    unsigned held_back;
    pthread_mutex_lock(&p->lock);
    if (p->len < PF_PADS_QUEUE)
        p->queue[(p->head + p->len++) % PF_PADS_QUEUE] = *item;
    else
        lost = pf_rate_limit_pass(&p->noise, pf_time_mono_ns(), &held_back);
    pthread_mutex_unlock(&p->lock);
    if (lost)
        pf_log_warn(SCOPE, "events of gamepads come too fast; the newest are dropped client=%s", p->label);
    wake(p);
}

void pf_pads_event(struct pf_pads *p, const struct pf_input_event *event)
{
    push(p, &(struct item){.event = *event});
}

void pf_pads_rich(struct pf_pads *p, const struct pf_datagram *rich)
{
    /* The others borrow bytes, or are no pad's business. */
    if (rich->kind == PF_RICH_TOUCHPAD || rich->kind == PF_RICH_MOTION || rich->kind == PF_RICH_TOUCHPAD_EX)
        push(p, &(struct item){.is_rich = true, .rich = *rich});
}

static bool take(struct pf_pads *p, struct item *ret_item)
{
    pthread_mutex_lock(&p->lock);
    bool some = p->len > 0;
    if (some) {
        *ret_item = p->queue[p->head];
        p->head = (p->head + 1) % PF_PADS_QUEUE;
        p->len--;
    }
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
    if (f.kind == PF_PAD_RUMBLE)
        p->rumbles[f.pad] = f.rumble.low || f.rumble.high || f.rumble.left_trigger || f.rumble.right_trigger;
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
    if (p->rumbles[pad])
        tell(p, &(struct pf_pad_feedback){.kind = PF_PAD_RUMBLE});
}

/* The device of the pad, made if need be. NULL for now. */
static struct pf_pad_device *device_of(struct pf_pads *p, unsigned pad)
{
    struct pf_error err;
    uint64_t now = pf_time_mono_ns();
    if (p->devices[pad] || now < p->retry_mono_ns)
        return p->devices[pad];
    enum pf_pad_kind kind = pf_pad_kind_choose(p->set.slots[pad].wish, p->config.kind);
    if (p->config.open(kind, &p->devices[pad], &err) == 0) {
        p->pause_ns = p->config.retry_ns;
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

static void play(struct pf_pads *p, const struct item *item)
{
    unsigned pad;
    enum pf_pad_change change = item->is_rich ? pf_pad_set_rich(&p->set, &item->rich, &pad)
                                              : pf_pad_set_event(&p->set, &item->event, &pad);
    if (change == PF_PAD_GONE)
        drop_device(p, pad);
    struct pf_pad_device *dev = change == PF_PAD_UPDATED ? device_of(p, pad) : NULL;
    int rc = dev ? dev->ops->write(dev, &p->set.slots[pad].report) : 0;
    if (rc < 0)
        fail(p, pad, rc);
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
    struct item item;
    while (!atomic_load(&p->stop)) {
        while (!atomic_load(&p->stop) && take(p, &item))
            play(p, &item);
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

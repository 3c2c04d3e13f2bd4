#include "native/synthetic.h"

#include "base/thread.h"
#include "base/time.h"
#include "punktfunk/wire.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

/* The sender's queue, the one it sends, and the one being filled. */
enum { POOL_UNITS = 5 };

struct synthetic {
    struct pf_feed base;
    struct pf_feed_sink sink;
    struct pf_access_unit_pool *pool;
    pthread_t thread;
    uint32_t frames;
    uint64_t interval_ns;
    atomic_bool stop;
};

static int push_frame(struct synthetic *s, uint32_t index, uint64_t due_ns)
{
    struct pf_access_unit *au = pf_access_unit_take(s->pool);
    if (!au)
        return -EPIPE;
    pf_synthetic_fill(index, au->data);
    au->len = PF_SYNTHETIC_FRAME_LEN;
    au->idr = true;
    au->capture_mono_ns = au->submit_mono_ns = au->encoded_mono_ns = pf_time_mono_ns();
    au->due_mono_ns = due_ns;
    int rc = s->sink.push(s->sink.user, au);
    if (rc < 0)
        pf_access_unit_return(au);
    return rc;
}

/* A client that takes frames late (or measures its link in between) gets them later, never faster. */
static void run(void *arg)
{
    struct synthetic *s = arg;
    uint64_t next = pf_time_mono_ns();
    int rc = 0;
    for (uint32_t i = 0; (!s->frames || i < s->frames) && !atomic_load(&s->stop) && rc >= 0; i++) {
        pf_time_sleep_until(next);
        uint64_t now = pf_time_mono_ns();
        next = (now > next + s->interval_ns ? now : next) + s->interval_ns;
        rc = push_frame(s, i, next);
    }
    s->sink.ended(s->sink.user, 0, "");
}

static void stop(struct pf_feed *feed, bool quit)
{
    struct synthetic *s = (struct synthetic *)feed;
    atomic_store(&s->stop, true);
    pf_access_unit_pool_close(s->pool);
}

static void destroy(struct pf_feed *feed)
{
    struct synthetic *s = (struct synthetic *)feed;
    pthread_join(s->thread, NULL);
    pf_access_unit_pool_destroy(s->pool);
    free(s);
}

/* Every frame is one. */
static void keyframe(struct pf_feed *feed)
{
    (void)feed;
}

static const struct pf_feed_ops ops = {.stop = stop, .destroy = destroy, .keyframe = keyframe};

int pf_synthetic_start(
    uint32_t frames, uint64_t interval_ns, const struct pf_feed_sink *sink, struct pf_feed **ret_feed)
{
    struct synthetic *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->base.ops = &ops;
    s->sink = *sink;
    s->frames = frames;
    s->interval_ns = interval_ns;
    int rc = -ENOMEM;
    s->pool = pf_access_unit_pool_create(POOL_UNITS, PF_SYNTHETIC_FRAME_LEN);
    if (!s->pool)
        goto fail;
    rc = pf_thread_start(&s->thread, "synthetic", PF_THREAD_CAPTURE, run, s);
    if (rc < 0)
        goto fail;
    *ret_feed = &s->base;
    return 0;

fail:
    pf_access_unit_pool_destroy(s->pool);
    free(s);
    return rc;
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_machine.h"

#include "base/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- frames ---- */

static void frame_release(struct pf_frame *frame)
{
    free(frame);
}

static struct pf_frame *make_frame(uint32_t width, uint32_t height, uint64_t sequence)
{
    struct pf_frame *frame = calloc(1, sizeof(*frame));
    atomic_store(&frame->refs, 1);
    frame->release = frame_release;
    frame->format = PF_FORMAT_XRGB8888;
    frame->width = width;
    frame->height = height;
    frame->capture_mono_ns = pf_time_mono_ns();
    frame->sequence = sequence;
    return frame;
}

/* ---- captures ---- */

struct fake_capture {
    struct pf_capture base;
    struct fake_machine *machine;
};

static void mailbox_release(void *item)
{
    pf_frame_unref(item);
}

static void capture_destroy(struct pf_capture *base)
{
    struct fake_capture *c = (struct fake_capture *)base;
    struct fake_machine *f = c->machine;
    pthread_mutex_lock(&f->lock);
    if (f->capture == base)
        f->capture = NULL;
    f->captures_open--;
    pthread_mutex_unlock(&f->lock);
    pf_mailbox_finish(&base->frames);
    free(c);
}

static const struct pf_capture_ops capture_ops = {.destroy = capture_destroy};

static void show_locked(struct fake_machine *f, uint32_t width, uint32_t height)
{
    if (f->capture)
        pf_mailbox_put(&f->capture->frames, make_frame(width, height, f->sequence++));
}

static void break_locked(struct fake_machine *f, int failure)
{
    if (!f->capture)
        return;
    atomic_store(&f->capture->failure, failure);
    pf_mailbox_close(&f->capture->frames);
}

void fake_show_sized(struct fake_machine *f, uint32_t width, uint32_t height)
{
    pthread_mutex_lock(&f->lock);
    show_locked(f, width, height);
    pthread_mutex_unlock(&f->lock);
}

void fake_show(struct fake_machine *f)
{
    pthread_mutex_lock(&f->lock);
    show_locked(f, f->capture_mode.width, f->capture_mode.height);
    pthread_mutex_unlock(&f->lock);
}

void fake_break_capture(struct fake_machine *f, int failure)
{
    pthread_mutex_lock(&f->lock);
    break_locked(f, failure);
    pthread_mutex_unlock(&f->lock);
}

static int open_capture(
    void *user, const struct pf_source *source, struct pf_capture **ret_capture, struct pf_error *err)
{
    struct fake_machine *f = user;
    pthread_mutex_lock(&f->lock);
    if (f->capture_failures) {
        f->capture_failures--;
        pthread_mutex_unlock(&f->lock);
        return pf_error_set(err, f->capture_rc, "the capture was told to fail");
    }
    struct fake_capture *c = calloc(1, sizeof(*c));
    c->base.ops = &capture_ops;
    c->machine = f;
    pf_mailbox_init(&c->base.frames, mailbox_release);
    f->captures++;
    f->captures_open++;
    f->capture = &c->base;
    f->capture_mode = source->mode;
    if (f->silent_captures)
        f->silent_captures--;
    else
        show_locked(f, source->mode.width, source->mode.height);
    if (f->dying_captures)
        break_locked(f, -ECONNRESET);
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    *ret_capture = &c->base;
    return 0;
}

/* ---- displays ---- */

static int acquire(void *user, const struct pf_session_plan *plan, const struct pf_mode *mode,
    const struct pf_lease *supersedes, const struct pf_cancel *cancel, struct pf_lease *ret_lease,
    struct pf_error *err)
{
    struct fake_machine *f = user;
    int rc = 0;
    pthread_mutex_lock(&f->lock);
    f->acquires++;
    f->acquire_is_waiting = true;
    pthread_cond_broadcast(&f->changed);
    while (f->hold_acquire)
        pthread_cond_wait(&f->changed, &f->lock);
    if (f->acquire_is_endless) {
        pthread_mutex_unlock(&f->lock);
        pf_cancel_sleep_until(cancel, pf_time_mono_ns() + 3600 * PF_NS_PER_S);
        pthread_mutex_lock(&f->lock);
        rc = pf_error_set(err, -ECANCELED, "nobody waits any more");
    }
    f->acquire_is_waiting = false;
    if (rc < 0) {
        f->cancelled++;
    } else if (f->acquire_failures) {
        f->acquire_failures--;
        rc = pf_error_set(err, f->acquire_rc, "the display was told to fail");
    } else {
        *ret_lease = (struct pf_lease){.generation = (uint64_t)f->acquires,
            .source = {.kind = PF_SOURCE_SYNTHETIC, .mode = *mode},
            .reused = f->leases_are_reused,
            .in_place = f->changes_in_place};
    }
    pthread_mutex_unlock(&f->lock);
    return rc;
}

static int remode(void *user, struct pf_lease *lease, const struct pf_mode *mode,
    const struct pf_cancel *cancel, struct pf_error *err)
{
    struct fake_machine *f = user;
    int rc = 0;
    pthread_mutex_lock(&f->lock);
    f->remodes++;
    f->captures_at_remode += f->captures_open;
    if (f->remode_is_endless) {
        pthread_cond_broadcast(&f->changed);
        pthread_mutex_unlock(&f->lock);
        pf_cancel_sleep_until(cancel, pf_time_mono_ns() + 3600 * PF_NS_PER_S);
        pthread_mutex_lock(&f->lock);
        rc = -ECANCELED;
    } else if (f->remode_failures) {
        f->remode_failures--;
        rc = pf_error_set(err, -EIO, "the display was told to keep its mode");
    } else {
        lease->source.mode = *mode;
    }
    pthread_mutex_unlock(&f->lock);
    return rc;
}

static void count_lease(struct fake_machine *f, struct pf_lease *lease, int *counter)
{
    pthread_mutex_lock(&f->lock);
    *counter += lease->generation != 0;
    pthread_mutex_unlock(&f->lock);
    *lease = (struct pf_lease){0};
}

static void release(void *user, struct pf_lease *lease, bool quit)
{
    struct fake_machine *f = user;
    count_lease(f, lease, quit ? &f->quits : &f->releases);
}

static void retire(void *user, struct pf_lease *lease)
{
    struct fake_machine *f = user;
    count_lease(f, lease, &f->retires);
}

static void mark_failed(void *user, struct pf_lease *lease)
{
    struct fake_machine *f = user;
    count_lease(f, lease, &f->marked_failed);
}

static bool has_ended(void *user, const struct pf_lease *lease)
{
    struct fake_machine *f = user;
    pthread_mutex_lock(&f->lock);
    bool ended = f->title_has_ended && lease->generation;
    pthread_mutex_unlock(&f->lock);
    return ended;
}

/* ---- encoders: a unit is the number of the call that made it ---- */

struct fake_encoder {
    struct pf_encoder base;
    struct fake_machine *machine;
    struct pf_mode mode;
    bool begun;
};

static void hang(struct fake_machine *f)
{
    f->encode_hangs--;
    f->hung++;
    while (!f->let_go)
        pthread_cond_wait(&f->changed, &f->lock);
    f->hung--;
}

static int encode(
    struct pf_encoder *base, const struct pf_frame *frame, bool want_idr, struct pf_access_unit *au)
{
    struct fake_encoder *e = (struct fake_encoder *)base;
    struct fake_machine *f = e->machine;
    pthread_mutex_lock(&f->lock);
    if (f->encode_hangs)
        hang(f);
    int rc = f->encode_failures ? -EIO : 0;
    if (rc)
        f->encode_failures--;
    else
        f->encodes++;
    f->forced_idrs += !rc && want_idr;
    uint32_t number = (uint32_t)f->encodes;
    pthread_mutex_unlock(&f->lock);
    if (rc)
        return rc;
    if (frame->width != e->mode.width || frame->height != e->mode.height)
        return -EINVAL;
    memcpy(au->data, &number, sizeof(number));
    au->len = sizeof(number);
    au->idr = want_idr || !e->begun;
    e->begun = true;
    return 0;
}

static int set_bitrate(struct pf_encoder *base, uint32_t kbps)
{
    struct fake_machine *f = ((struct fake_encoder *)base)->machine;
    pthread_mutex_lock(&f->lock);
    int rc = f->rate_is_refused ? -EINVAL : 0;
    if (!rc) {
        f->rates_set++;
        f->rate = kbps;
    }
    pthread_mutex_unlock(&f->lock);
    return rc;
}

static int invalidate(struct pf_encoder *base, uint64_t first, uint64_t last)
{
    struct fake_machine *f = ((struct fake_encoder *)base)->machine;
    pthread_mutex_lock(&f->lock);
    int rc = f->cannot_invalidate ? -ENOENT : 0;
    f->invalidations++;
    f->invalid_first = first;
    f->invalid_last = last;
    pthread_mutex_unlock(&f->lock);
    return rc;
}

static void encoder_close(struct pf_encoder *base)
{
    struct fake_machine *f = ((struct fake_encoder *)base)->machine;
    pthread_mutex_lock(&f->lock);
    f->encoders_open--;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    free(base);
}

static const struct pf_encoder_ops encoder_ops = {
    .encode = encode, .set_bitrate = set_bitrate, .invalidate = invalidate, .close = encoder_close};

/* A driver's, and one in software. */
static const struct pf_encoder_backend backends[] = {{.name = "fake"}, {.name = "fake", .on_cpu = true}};

static int open_encoder(
    void *user, const struct pf_encoder_params *params, struct pf_encoder **ret_encoder, struct pf_error *err)
{
    struct fake_machine *f = user;
    pthread_mutex_lock(&f->lock);
    bool fails = f->encoder_failures > 0;
    f->encoder_failures -= fails;
    if (!fails) {
        f->encoders++;
        f->encoders_open++;
        f->encoder_mode = params->mode;
        f->rate = params->bitrate_kbps;
    }
    pthread_mutex_unlock(&f->lock);
    if (fails)
        return pf_error_set(err, -EIO, "the encoder was told to fail");
    struct fake_encoder *e = calloc(1, sizeof(*e));
    *e = (struct fake_encoder){.base = {.ops = &encoder_ops, .backend = &backends[f->encodes_on_cpu]},
        .machine = f,
        .mode = params->mode};
    *ret_encoder = &e->base;
    return 0;
}

void fake_machine_init(struct fake_machine *f)
{
    *f = (struct fake_machine){.acquire_rc = -EIO, .capture_rc = -EIO};
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
}

/* Nothing may be left: every lease given up exactly once, every capture and encoder closed. */
void fake_machine_finish(struct fake_machine *f)
{
    assert_int_equal(f->captures_open, 0);
    assert_int_equal(f->encoders_open, 0);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
}

struct pf_machine fake_machine_of(struct fake_machine *f)
{
    static const struct pf_machine_ops ops = {
        .acquire = acquire,
        .remode = remode,
        .release = release,
        .retire = retire,
        .mark_failed = mark_failed,
        .has_ended = has_ended,
        .open_capture = open_capture,
        .open_encoder = open_encoder,
    };
    return (struct pf_machine){.ops = &ops, .user = f};
}

/* ---- sink ---- */

static int submit(void *user, struct pf_access_unit *au)
{
    struct fake_sink *k = user;
    struct fake_unit u = {.idr = au->idr,
        .anchor = au->anchor,
        .number = au->number,
        .repeat = au->repeat,
        .capture_ns = au->capture_mono_ns,
        .submit_ns = au->submit_mono_ns};
    memcpy(&u.encode, au->data, sizeof(u.encode));
    pthread_mutex_lock(&k->lock);
    while (k->blocked && !k->closed)
        pthread_cond_wait(&k->changed, &k->lock);
    bool closed = k->closed;
    if (!closed && k->count < FAKE_UNITS_MAX) {
        k->unit[k->count++] = u;
        k->idrs += u.idr;
        k->anchors += u.anchor;
        k->repeats += u.repeat;
    }
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
    if (closed)
        return -EPIPE;
    pf_access_unit_return(au);
    return 0;
}

static void settled(void *user, int rc, const struct pf_mode *wanted, const struct pf_mode *mode,
    uint32_t bitrate_kbps, const char *why)
{
    struct fake_sink *k = user;
    pthread_mutex_lock(&k->lock);
    k->settled++;
    k->settled_rc = rc;
    k->settled_a_mode = wanted != NULL;
    k->settled_mode = *mode;
    k->settled_kbps = bitrate_kbps;
    snprintf(k->why, sizeof(k->why), "%s", why);
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
}

static void gap(void *user, uint32_t gap_ms)
{
    struct fake_sink *k = user;
    (void)gap_ms;
    pthread_mutex_lock(&k->lock);
    k->gaps++;
    pthread_mutex_unlock(&k->lock);
}

static void ended(void *user, enum pf_stream_end end, int rc, const char *why)
{
    struct fake_sink *k = user;
    pthread_mutex_lock(&k->lock);
    k->ended++;
    k->end = end;
    k->end_rc = rc;
    snprintf(k->why, sizeof(k->why), "%s", why);
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
}

void fake_sink_init(struct fake_sink *k)
{
    memset(k, 0, sizeof(*k));
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->changed, NULL);
}

void fake_sink_finish(struct fake_sink *k)
{
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->lock);
}

struct pf_video_sink fake_sink_of(struct fake_sink *k)
{
    return (struct pf_video_sink){
        .user = k, .submit = submit, .settled = settled, .gap = gap, .ended = ended};
}

void fake_sink_block(struct fake_sink *k, bool blocked)
{
    pthread_mutex_lock(&k->lock);
    k->blocked = blocked;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
}

void fake_sink_close(struct fake_sink *k)
{
    pthread_mutex_lock(&k->lock);
    k->closed = true;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
}

static void wait_for(struct fake_sink *k, const unsigned *counter, unsigned count, const char *what)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    pthread_mutex_lock(&k->lock);
    int rc = 0;
    while (*counter < count && !rc)
        rc = pthread_cond_timedwait(&k->changed, &k->lock, &until);
    unsigned got = *counter;
    pthread_mutex_unlock(&k->lock);
    if (got < count)
        fail_msg("waited in vain for %u %s, got %u", count, what, got);
}

void fake_sink_wait_units(struct fake_sink *k, unsigned count)
{
    wait_for(k, &k->count, count, "units");
}

void fake_sink_wait_anchors(struct fake_sink *k, unsigned count)
{
    wait_for(k, &k->anchors, count, "IDRs");
}

void fake_sink_wait_idrs(struct fake_sink *k, unsigned count)
{
    wait_for(k, &k->idrs, count, "IDRs");
}

void fake_sink_wait_settled(struct fake_sink *k, unsigned count)
{
    wait_for(k, &k->settled, count, "answers");
}

void fake_sink_wait_ended(struct fake_sink *k)
{
    wait_for(k, &k->ended, 1, "ends");
}

unsigned fake_sink_count(struct fake_sink *k)
{
    pthread_mutex_lock(&k->lock);
    unsigned n = k->count;
    pthread_mutex_unlock(&k->lock);
    return n;
}

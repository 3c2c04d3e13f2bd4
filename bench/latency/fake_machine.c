#include "latency/fake_machine.h"

#include "base/thread.h"
#include "base/time.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- displays: there is nothing to make ---- */

static int acquire(void *user, const struct pf_session_plan *plan, const struct pf_mode *mode,
    const struct pf_lease *supersedes, const struct pf_cancel *cancel, struct pf_lease *ret_lease,
    struct pf_error *err)
{
    *ret_lease = (struct pf_lease){.source = {.kind = PF_SOURCE_SYNTHETIC, .mode = *mode, .remote_fd = -1}};
    return 0;
}

static void release(void *user, struct pf_lease *lease, bool quit)
{
}

static void give_up(void *user, struct pf_lease *lease)
{
}

/* ---- the capture ---- */

enum { FRAMES = 6 };

struct fake_capture {
    struct pf_capture base;
    struct pf_mode mode;
    struct pf_frame frames[FRAMES];
    pthread_t thread;
    atomic_bool stop;
};

/* Its count is back at 0, which is what says that it is free. */
static void frame_release(struct pf_frame *frame)
{
}

static void item_release(void *item)
{
    pf_frame_unref(item);
}

static void show(struct fake_capture *c, uint64_t sequence)
{
    for (unsigned i = 0; i < FRAMES; i++) {
        struct pf_frame *f = &c->frames[i];
        if (atomic_load(&f->refs))
            continue;
        f->release = frame_release;
        f->format = PF_FORMAT_XRGB8888;
        f->width = c->mode.width;
        f->height = c->mode.height;
        f->sequence = sequence;
        f->capture_mono_ns = pf_time_mono_ns();
        atomic_store(&f->refs, 1);
        pf_mailbox_put(&c->base.frames, f);
        return;
    }
}

static void capture_run(void *arg)
{
    struct fake_capture *c = arg;
    uint64_t next = pf_time_mono_ns();
    for (uint64_t i = 0; !atomic_load(&c->stop); i++) {
        show(c, i);
        next += pf_mode_frame_ns(&c->mode);
        pf_time_sleep_until(next);
    }
}

/* The stream still holds the last picture when it closes the capture: the memory stays until the program
 * ends. */
static void capture_destroy(struct pf_capture *base)
{
    struct fake_capture *c = (struct fake_capture *)base;
    atomic_store(&c->stop, true);
    pthread_join(c->thread, NULL);
    pf_mailbox_finish(&base->frames);
}

static int open_capture(
    void *user, const struct pf_source *source, struct pf_capture **ret_capture, struct pf_error *err)
{
    static const struct pf_capture_ops ops = {.destroy = capture_destroy};
    struct fake_capture *c = calloc(1, sizeof(*c));
    if (!c)
        return pf_error_set(err, -ENOMEM, "out of memory");
    c->base.ops = &ops;
    c->mode = source->mode;
    pf_mailbox_init(&c->base.frames, item_release);
    int rc = pf_thread_start(&c->thread, "capture", PF_THREAD_CAPTURE, capture_run, c);
    if (rc < 0) {
        pf_mailbox_finish(&c->base.frames);
        free(c);
        return pf_error_set(err, rc, "no thread");
    }
    *ret_capture = &c->base;
    return 0;
}

/* ---- the encoder ---- */

struct fake_encoder {
    struct pf_encoder base;
    uint32_t kbps, refresh_mhz;
    bool begun;
};

static int encode(
    struct pf_encoder *base, const struct pf_frame *frame, bool want_idr, struct pf_access_unit *au)
{
    static const uint8_t start[] = {0, 0, 0, 1, 0x65};
    struct fake_encoder *e = (struct fake_encoder *)base;
    size_t len = (size_t)((uint64_t)e->kbps * 125000 / e->refresh_mhz);
    if (len < sizeof(start))
        len = sizeof(start);
    int rc = pf_access_unit_reserve(au, len);
    if (rc < 0)
        return rc;
    memset(au->data, 0x5A, len);
    memcpy(au->data, start, sizeof(start));
    au->len = len;
    au->idr = want_idr || !e->begun;
    e->begun = true;
    return 0;
}

static int set_bitrate(struct pf_encoder *base, uint32_t kbps)
{
    ((struct fake_encoder *)base)->kbps = kbps;
    return 0;
}

static void close_encoder(struct pf_encoder *base)
{
    free(base);
}

static int open_encoder(
    void *user, const struct pf_encoder_params *params, struct pf_encoder **ret_encoder, struct pf_error *err)
{
    static const struct pf_encoder_ops ops = {
        .encode = encode, .set_bitrate = set_bitrate, .close = close_encoder};
    struct fake_encoder *e = calloc(1, sizeof(*e));
    if (!e)
        return pf_error_set(err, -ENOMEM, "out of memory");
    *e = (struct fake_encoder){
        .base.ops = &ops, .kbps = params->bitrate_kbps, .refresh_mhz = params->mode.refresh_mhz};
    *ret_encoder = &e->base;
    return 0;
}

struct pf_machine bench_fake_machine(void)
{
    static const struct pf_machine_ops ops = {.acquire = acquire,
        .release = release,
        .retire = give_up,
        .mark_failed = give_up,
        .open_capture = open_capture,
        .open_encoder = open_encoder};
    return (struct pf_machine){.ops = &ops};
}

struct pf_host_facts bench_fake_facts(void *user)
{
    return (struct pf_host_facts){.codecs = PF_CODEC_H264,
        .compositors = 1u << PF_COMPOSITOR_WLROOTS,
        .compositor = PF_COMPOSITOR_WLROOTS};
}

#include "session/pipeline.h"

#include "base/time.h"

#include <errno.h>
#include <stdatomic.h>

#define MORE_CAPTURES 5u
#define PAUSE_NS      (30 * PF_NS_PER_MS)

static void close_capture(const struct pf_pipeline_builder *b, struct pf_pipeline *p)
{
    b->waits_on(b->user, NULL);
    pf_capture_destroy(p->capture);
    p->capture = NULL;
}

void pf_pipeline_finish(const struct pf_pipeline_builder *b, struct pf_pipeline *p, enum pf_lease_fate fate)
{
    const struct pf_machine_ops *ops = b->machine.ops;
    if (p->capture)
        close_capture(b, p);
    pf_frame_unref(p->last);
    pf_encoder_close(p->encoder);
    switch (fate) {
    case PF_LEASE_RELEASE:
    case PF_LEASE_QUIT:
        ops->release(b->machine.user, &p->lease, fate == PF_LEASE_QUIT);
        break;
    case PF_LEASE_RETIRE:
        ops->retire(b->machine.user, &p->lease);
        break;
    case PF_LEASE_FAILED:
        ops->mark_failed(b->machine.user, &p->lease);
        break;
    }
    *p = (struct pf_pipeline){0};
}

static int wait_for_first_frame(
    const struct pf_pipeline_builder *b, struct pf_pipeline *p, struct pf_error *err)
{
    uint64_t deadline = pf_time_mono_ns() + b->first_frame_ns;
    for (;;) {
        /* Asked before the first wait too: the poke of a stop may have come before there was a mailbox. */
        if (pf_cancel_is_set(b->cancel))
            return pf_error_set(err, -ECANCELED, "the session was stopped before its first picture");
        struct pf_frame *frame = pf_mailbox_take(&p->capture->frames, deadline);
        if (frame) {
            pf_frame_unref(p->last);
            p->last = frame;
            return 0;
        }
        int failure = atomic_load(&p->capture->failure);
        if (failure)
            return pf_error_set(
                err, failure, "the capture of the display broke off before its first picture");
        if (pf_time_mono_ns() >= deadline && !pf_cancel_is_set(b->cancel))
            return pf_error_set(err, -ETIMEDOUT, "the display gave no picture within %.1f s",
                (double)b->first_frame_ns / PF_NS_PER_S);
    }
}

int pf_pipeline_reopen_capture(
    const struct pf_pipeline_builder *b, struct pf_pipeline *p, struct pf_error *err)
{
    if (p->capture)
        close_capture(b, p);
    int rc = b->machine.ops->open_capture(b->machine.user, &p->lease.source, &p->capture, err);
    if (rc < 0)
        return rc;
    b->waits_on(b->user, p->capture);
    rc = wait_for_first_frame(b, p, err);
    if (rc < 0)
        close_capture(b, p);
    return rc;
}

int pf_pipeline_reopen_encoder(
    const struct pf_pipeline_builder *b, struct pf_pipeline *p, uint32_t bitrate_kbps, struct pf_error *err)
{
    pf_encoder_close(p->encoder);
    p->encoder = NULL;
    uint32_t mhz = p->lease.source.mode.refresh_mhz;
    p->mode = (struct pf_mode){
        .width = p->last->width,
        .height = p->last->height,
        .refresh_mhz = mhz ? mhz : p->wanted.refresh_mhz,
    };
    const struct pf_encoder_params params = {.codec = b->plan->codec,
        .mode = p->mode,
        .bitrate_kbps = bitrate_kbps,
        .slices = b->plan->slices,
        .one_reference = b->plan->one_reference,
        .colour = b->plan->colour};
    return b->machine.ops->open_encoder(b->machine.user, &params, &p->encoder, err);
}

/* Nanoseconds since *start, which becomes now. */
static uint64_t since(uint64_t *start)
{
    uint64_t now = pf_time_mono_ns(), passed = now - *start;
    *start = now;
    return passed;
}

static bool is_permanent(int rc)
{
    return rc == -ENOTSUP || rc == -ENODEV || rc == -EINVAL || rc == -EACCES || rc == -ECANCELED ||
           rc == -ECHILD;
}

bool pf_pipeline_has_ended(const struct pf_pipeline_builder *b, const struct pf_pipeline *p)
{
    const struct pf_machine_ops *ops = b->machine.ops;
    return ops->has_ended && ops->has_ended(b->machine.user, &p->lease);
}

/* A new display's producer may still be changing its buffers when the capture comes, which ends it with
 * -EPIPE; the next one finds those that stay. */
static int open_first_capture(
    const struct pf_pipeline_builder *b, struct pf_pipeline *p, struct pf_error *err)
{
    int rc = pf_pipeline_reopen_capture(b, p, err);
    for (unsigned i = 0; rc == -EPIPE && i < MORE_CAPTURES; i++) {
        pf_cancel_sleep_until(b->cancel, pf_time_mono_ns() + PAUSE_NS);
        rc = pf_pipeline_reopen_capture(b, p, err);
    }
    if (rc < 0 && rc != -ECANCELED && rc != -ENOTSUP && pf_pipeline_has_ended(b, p))
        return pf_error_set(err, -ECHILD, "the title ended before there was a picture of it");
    return rc;
}

int pf_pipeline_remode(const struct pf_pipeline_builder *b, struct pf_pipeline *p,
    const struct pf_mode *wanted, uint32_t bitrate_kbps, struct pf_error *err)
{
    uint64_t start = pf_time_mono_ns();
    if (p->capture)
        close_capture(b, p);
    int rc = b->machine.ops->remode(b->machine.user, &p->lease, wanted, b->cancel, err);
    if (rc < 0)
        return rc;
    p->wanted = *wanted;
    p->display_ns = since(&start);
    rc = open_first_capture(b, p, err);
    if (rc < 0)
        return rc;
    p->picture_ns = since(&start);
    rc = pf_pipeline_reopen_encoder(b, p, bitrate_kbps, err);
    p->encoder_ns = since(&start);
    return rc;
}

int pf_pipeline_build(const struct pf_pipeline_builder *b, const struct pf_mode *wanted,
    uint32_t bitrate_kbps, const struct pf_pipeline *supersedes, struct pf_pipeline *ret_pipeline,
    bool *ret_permanent, struct pf_error *err)
{
    struct pf_pipeline p = {.wanted = *wanted};
    enum pf_lease_fate fate = PF_LEASE_RETIRE;
    uint64_t start = pf_time_mono_ns();
    int rc = b->machine.ops->acquire(
        b->machine.user, b->plan, wanted, supersedes ? &supersedes->lease : NULL, b->cancel, &p.lease, err);
    if (rc < 0) {
        *ret_permanent = is_permanent(rc);
        return rc;
    }
    p.display_ns = since(&start);
    /* A capture may be early for an output that has just appeared: only what the build lacks is final. */
    rc = open_first_capture(b, &p, err);
    *ret_permanent = rc == -ENOTSUP || rc == -ECANCELED || rc == -ECHILD;
    if (rc < 0)
        goto fail;
    p.picture_ns = since(&start);
    rc = pf_pipeline_reopen_encoder(b, &p, bitrate_kbps, err);
    *ret_permanent = is_permanent(rc);
    if (rc < 0)
        goto fail;
    p.encoder_ns = since(&start);
    *ret_pipeline = p;
    return 0;

fail:
    /* A display that led to nothing is not kept, neither for the next try nor for a client that left before
     * it saw it. One that was kept before stays so unless it is to blame. */
    if (p.lease.reused)
        fate = rc == -ECANCELED ? PF_LEASE_RELEASE : PF_LEASE_FAILED;
    pf_pipeline_finish(b, &p, fate);
    return rc;
}

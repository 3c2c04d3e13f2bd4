/* Building the pipeline, changing it, and repairing it (displays-and-capture.md 5, 16.4). */
#include "base/log.h"
#include "base/time.h"
#include "session/stream_impl.h"

#include <errno.h>
#include <inttypes.h>

static const char *label(const struct pf_stream *s)
{
    return s->config.plan.label[0] ? s->config.plan.label : "client";
}

/* ---- a pipeline begins ---- */

static uint64_t ms_since(uint64_t start)
{
    return (pf_time_mono_ns() - start) / PF_NS_PER_MS;
}

/* A new encoder is there: its first unit will be an IDR. */
static void begin(struct pf_stream *s)
{
    const struct pf_pipeline *p = &s->pipeline;
    pthread_mutex_lock(&s->lock);
    s->waits_on = p->capture;
    s->source = p->lease.source;
    s->display = p->lease.generation;
    pf_recovery_satisfied(&s->recovery);
    pthread_mutex_unlock(&s->lock);
    if (s->config.sink.placed)
        s->config.sink.placed(s->config.sink.user);
    pf_pace_clock_start(&s->pace, pf_mode_frame_ns(&p->mode), pf_time_mono_ns());
    pf_stream_meter_terms(&s->meter, &p->mode, s->kbps);
    pf_stream_meter_state(&s->meter, PF_STREAM_LIVE);
}

static void begin_again(struct pf_stream *s)
{
    begin(s);
    pf_stream_meter_rebuilt(&s->meter);
}

static int build(struct pf_stream *s, const struct pf_mode *wanted, uint64_t first_frame_ns,
    const struct pf_pipeline *supersedes, struct pf_pipeline *ret_pipeline, bool *ret_permanent)
{
    s->builder.first_frame_ns = first_frame_ns;
    return pf_pipeline_build(&s->builder, wanted, s->kbps, supersedes, ret_pipeline, ret_permanent, &s->why);
}

int pf_stream_build_first(struct pf_stream *s)
{
    const struct pf_stream_limits *l = &s->config.limits;
    uint64_t pause = l->backoff_ns;
    int rc = -ECANCELED;
    for (unsigned attempt = 1; !pf_stream_is_stopping(s); attempt++) {
        bool permanent = false;
        rc = build(s, &s->config.plan.mode, l->first_frame_ns, NULL, &s->pipeline, &permanent);
        if (rc == 0) {
            s->fresh_pending = true;
            begin(s);
            pf_log_info(PF_STREAM_SCOPE, "%s: streaming %" PRIu32 "x%" PRIu32 " at %.3f Hz with %s", label(s),
                s->pipeline.mode.width, s->pipeline.mode.height, s->pipeline.mode.refresh_mhz / 1000.0,
                s->pipeline.encoder->backend ? s->pipeline.encoder->backend->name : "an encoder");
            return 0;
        }
        if (permanent || attempt >= l->build_attempts)
            break;
        pf_log_warn(PF_STREAM_SCOPE, "%s: attempt %u of %u failed: %s", label(s), attempt, l->build_attempts,
            s->why.text);
        pf_stream_pause(s, pf_time_mono_ns() + pause);
        pause = pause * 2 < l->backoff_max_ns ? pause * 2 : l->backoff_max_ns;
    }
    return pf_stream_fail(s, PF_STREAM_SETUP_FAILED, rc);
}

/* ---- repairs ---- */

/* The display is still there, only its capture broke. */
static int reopen_capture(struct pf_stream *s, uint64_t first_frame_ns)
{
    s->builder.first_frame_ns = first_frame_ns;
    int rc = pf_pipeline_reopen_capture(&s->builder, &s->pipeline, &s->why);
    return rc < 0 ? rc : pf_pipeline_reopen_encoder(&s->builder, &s->pipeline, s->kbps, &s->why);
}

/* One try: the same display first, if there is reason to hope, or if it can be made anew where it is; then a
 * new one. */
static int recover_once(struct pf_stream *s, uint64_t time_left)
{
    const struct pf_stream_limits *l = &s->config.limits;
    uint64_t first_frame = l->first_frame_ns < time_left ? l->first_frame_ns : time_left;
    struct pf_mode wanted = s->pipeline.wanted;
    bool permanent;
    if (s->pipeline.capture && atomic_load(&s->pipeline.capture->failure) != -ENODEV &&
        reopen_capture(s, first_frame) == 0)
        return 0;
    s->builder.first_frame_ns = first_frame;
    if (s->pipeline.lease.in_place && !pf_stream_is_stopping(s) &&
        pf_pipeline_remode(&s->builder, &s->pipeline, &wanted, s->kbps, &s->why) == 0)
        return 0;
    if (pf_stream_is_stopping(s))
        return -ECANCELED;
    if (s->pipeline.last) /* else it was taken apart by an earlier try */
        pf_pipeline_finish(&s->builder, &s->pipeline, PF_LEASE_FAILED);
    int rc = build(s, &wanted, first_frame, NULL, &s->pipeline, &permanent);
    if (rc < 0)
        s->pipeline.wanted = wanted;
    return rc;
}

/* It is not started again: whoever played has finished. */
static int end_with_title(struct pf_stream *s)
{
    pf_error_set(&s->why, -ECHILD, "the title has ended");
    pf_log_info(PF_STREAM_SCOPE, "%s: the title has ended, and its display with it", label(s));
    return pf_stream_fail(s, PF_STREAM_TITLE_ENDED, -ECHILD);
}

static void lose_source(struct pf_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->source.kind = PF_SOURCE_NONE;
    pthread_mutex_unlock(&s->lock);
    pf_stream_meter_state(&s->meter, PF_STREAM_RECOVERING);
    if (!s->gap_from_ns)
        s->gap_from_ns = pf_time_mono_ns();
}

/* Until there is a picture again, or time is up. */
static int rebuild(struct pf_stream *s)
{
    const struct pf_stream_limits *l = &s->config.limits;
    uint64_t start = pf_time_mono_ns(), deadline = start + l->recovery_ns, now = start;
    int rc = -ETIMEDOUT;
    while (now < deadline && !pf_stream_is_stopping(s)) {
        rc = recover_once(s, deadline - now);
        if (rc == 0) {
            s->fresh_pending = true;
            begin_again(s);
            pf_log_info(
                PF_STREAM_SCOPE, "%s: the picture is back after %" PRIu64 " ms", label(s), ms_since(start));
            return 0;
        }
        if (rc == -ECHILD)
            return end_with_title(s);
        pf_stream_pause(s, pf_time_mono_ns() + l->recovery_pause_ns);
        now = pf_time_mono_ns();
    }
    pf_error_prefix(&s->why, rc, "the display did not come back");
    return pf_stream_fail(s, PF_STREAM_CAPTURE_LOST, rc);
}

int pf_stream_recover_capture(struct pf_stream *s)
{
    const struct pf_stream_limits *l = &s->config.limits;
    int failure = atomic_load(&s->pipeline.capture->failure);
    if (pf_pipeline_has_ended(&s->builder, &s->pipeline))
        return end_with_title(s);
    if (++s->losses > l->capture_losses) {
        pf_error_set(&s->why, failure, "the picture of the display broke off %u times in a row", s->losses);
        return pf_stream_fail(s, PF_STREAM_CAPTURE_LOST, failure);
    }
    pf_log_warn(PF_STREAM_SCOPE, "%s: the picture broke off (%u in a row), rebuilding", label(s), s->losses);
    lose_source(s);
    return rebuild(s);
}

int pf_stream_recover_stall(struct pf_stream *s)
{
    const struct pf_stream_limits *l = &s->config.limits;
    s->pipeline.encoder = NULL; /* it is the other thread's */
    s->fresh_pending = true;
    pf_log_warn(PF_STREAM_SCOPE, "%s: the encoder does not return, giving it up", label(s));
    if (pf_encode_guard_stuck(s->guard) > l->encoder_rebuilds) {
        pf_error_set(&s->why, -ETIMEDOUT, "the video encoder hangs again and again");
        return pf_stream_fail(s, PF_STREAM_ENCODER_FAILED, -ETIMEDOUT);
    }
    /* The picture of the call stays with that thread. Another capture has all its buffers. */
    lose_source(s);
    s->builder.first_frame_ns = l->first_frame_ns;
    if (pf_pipeline_reopen_capture(&s->builder, &s->pipeline, &s->why) < 0)
        return rebuild(s);
    return pf_stream_recover_encoder(s, -ETIMEDOUT);
}

int pf_stream_recover_encoder(struct pf_stream *s, int failure)
{
    const struct pf_stream_limits *l = &s->config.limits;
    int rc = failure;
    if (failure < 0)
        pf_error_set(&s->why, failure, "a picture could not be encoded (error %d)", failure);
    lose_source(s);
    while (!pf_stream_is_stopping(s)) {
        if (rc < 0) {
            if (++s->failures > l->encoder_rebuilds)
                break;
            pf_log_warn(PF_STREAM_SCOPE, "%s: the encoder failed (%d, %u in a row), opening another",
                label(s), rc, s->failures);
            pf_stream_pause(s, pf_time_mono_ns() + (s->failures - 1) * l->recovery_pause_ns);
        }
        rc = pf_pipeline_reopen_encoder(&s->builder, &s->pipeline, s->kbps, &s->why);
        if (rc == 0) {
            begin_again(s);
            return 0;
        }
    }
    pf_error_prefix(&s->why, rc, "the video encoder failed %u times in a row", s->failures);
    return pf_stream_fail(s, PF_STREAM_ENCODER_FAILED, rc < 0 ? rc : -EIO);
}

/* ---- changes ---- */

static void settle(struct pf_stream *s, int rc, const struct pf_mode *wanted)
{
    const struct pf_video_sink *sink = &s->config.sink;
    if (sink->settled)
        sink->settled(sink->user, rc, wanted, &s->pipeline.mode, s->kbps, rc < 0 ? s->why.text : "");
}

void pf_stream_change_rate(struct pf_stream *s, uint32_t kbps)
{
    struct pf_encoder *enc = s->pipeline.encoder;
    int rc = enc->ops->set_bitrate(enc, kbps);
    if (rc < 0)
        pf_error_set(&s->why, rc, "the encoder does not take a rate of %" PRIu32 " kbps", kbps);
    else
        s->kbps = kbps;
    pf_stream_meter_terms(&s->meter, &s->pipeline.mode, s->kbps);
    settle(s, rc, NULL);
}

void pf_stream_retire(struct pf_stream *s)
{
    if (!s->superseded.capture)
        return;
    pf_pipeline_finish(&s->builder, &s->superseded, PF_LEASE_RETIRE);
    s->builder.waits_on(s, s->pipeline.capture);
}

static void log_change(const struct pf_stream *s, uint64_t ms)
{
    const struct pf_pipeline *p = &s->pipeline;
    pf_log_info(PF_STREAM_SCOPE,
        "%s: now %ux%u at %.3f Hz, after %u ms (display %u, its first picture %u, encoder %u)", label(s),
        p->mode.width, p->mode.height, p->mode.refresh_mhz / 1000.0, (unsigned)ms,
        (unsigned)(p->display_ns / PF_NS_PER_MS), (unsigned)(p->picture_ns / PF_NS_PER_MS),
        (unsigned)(p->encoder_ns / PF_NS_PER_MS));
}

static void refuse_mode(struct pf_stream *s, int rc, const struct pf_mode *wanted)
{
    pf_log_warn(PF_STREAM_SCOPE, "%s: %" PRIu32 "x%" PRIu32 " is not possible, the old mode goes on: %s",
        label(s), wanted->width, wanted->height, s->why.text);
    settle(s, rc, wanted);
}

/* A second display beside the first; whichever loses goes. */
static int replace_display(struct pf_stream *s, const struct pf_mode *wanted)
{
    uint64_t start = pf_time_mono_ns();
    struct pf_pipeline fresh;
    bool permanent;
    int rc = build(s, wanted, s->config.limits.first_frame_ns, &s->pipeline, &fresh, &permanent);
    if (rc < 0) {
        s->builder.waits_on(s, s->pipeline.capture);
        refuse_mode(s, rc, wanted);
        return 0;
    }
    pf_stream_retire(s);
    s->superseded = s->pipeline;
    s->pipeline = fresh;
    s->gap_from_ns = start;
    s->fresh_pending = true;
    begin_again(s);
    log_change(s, ms_since(start));
    settle(s, 0, wanted);
    return 0;
}

/* Whatever happens, the client is to have the mode that it had: on the same display, else on another one. */
static int return_to(struct pf_stream *s, const struct pf_mode *before)
{
    int rc = pf_pipeline_remode(&s->builder, &s->pipeline, before, s->kbps, &s->why);
    s->pipeline.wanted = *before;
    if (rc < 0)
        return rebuild(s);
    s->fresh_pending = true;
    begin_again(s);
    return 0;
}

/* There is one display, which shows nothing while it changes: the client keeps the last picture. */
static int change_in_place(struct pf_stream *s, const struct pf_mode *wanted)
{
    const struct pf_mode before = s->pipeline.wanted;
    uint64_t start = pf_time_mono_ns();
    lose_source(s);
    s->builder.first_frame_ns = s->config.limits.first_frame_ns;
    int rc = pf_pipeline_remode(&s->builder, &s->pipeline, wanted, s->kbps, &s->why);
    if (rc == 0) {
        s->fresh_pending = true;
        begin_again(s);
        log_change(s, ms_since(start));
        settle(s, 0, wanted);
        return 0;
    }
    struct pf_error why = s->why;
    int back = pf_stream_is_stopping(s) ? -ECANCELED : return_to(s, &before);
    if (back < 0) { /* whatever it shows now is of no use to anybody */
        s->config.machine.ops->mark_failed(s->config.machine.user, &s->pipeline.lease);
        return pf_stream_is_stopping(s) ? pf_stream_fail(s, PF_STREAM_STOPPED, back) : back;
    }
    s->why = why;
    refuse_mode(s, rc, wanted);
    return 0;
}

int pf_stream_change_mode(struct pf_stream *s, const struct pf_mode *wanted)
{
    if (!pf_mode_equal(wanted, &s->pipeline.wanted))
        return s->pipeline.lease.in_place ? change_in_place(s, wanted) : replace_display(s, wanted);
    settle(s, 0, wanted);
    return 0;
}

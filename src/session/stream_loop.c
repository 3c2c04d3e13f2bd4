/* Pictures: waits for a fresh one or the time for a repeat, encodes it, hands it on. */
#include "base/log.h"
#include "base/time.h"
#include "session/stream_impl.h"

#include <errno.h>

/* A stamp is believed if it is not in the future and not older than this (displays-and-capture.md 16.3). */
#define STAMP_AGE_MAX (10 * PF_NS_PER_S)

/* ---- wishes ---- */

/* 0, or negative if the stream ends. */
static int work_off_wishes(struct pf_stream *s)
{
    pthread_mutex_lock(&s->lock);
    struct pf_stream_wishes w = s->wishes;
    s->wishes = (struct pf_stream_wishes){0};
    pthread_mutex_unlock(&s->lock);
    if (w.has_rate)
        pf_stream_change_rate(s, w.kbps);
    if (w.has_mode && !pf_stream_is_stopping(s))
        return pf_stream_change_mode(s, &w.mode);
    return 0;
}

/* ---- the next picture ---- */

enum picture { PICTURE_NONE, PICTURE_FRESH, PICTURE_REPEAT, PICTURE_LOST };

/* Fresh ones are put into pipeline.last. NONE: look at the wishes. */
static enum picture wait_for_picture(struct pf_stream *s)
{
    struct pf_pipeline *p = &s->pipeline;
    uint64_t now = pf_time_mono_ns(), fresh_at = pf_pace_clock_fresh_at(&s->pace, now);
    if (fresh_at > now && pf_stream_pause(s, fresh_at))
        return PICTURE_NONE;
    if (s->fresh_pending)
        return PICTURE_FRESH;

    uint64_t repeat_at = pf_pace_clock_repeat_at(&s->pace, now);
    struct pf_frame *frame = pf_mailbox_take(&p->capture->frames, repeat_at);
    if (frame) {
        pf_frame_unref(p->last);
        p->last = frame;
        s->losses = 0;
        return PICTURE_FRESH;
    }
    if (atomic_load(&p->capture->failure))
        return PICTURE_LOST;
    return pf_time_mono_ns() >= repeat_at ? PICTURE_REPEAT : PICTURE_NONE;
}

/* ---- encoding ---- */

/* Strictly growing: a picture may have been captured before the repeat in front of it was submitted. */
static uint64_t stamp(struct pf_stream *s, bool fresh, uint64_t now)
{
    uint64_t t = s->pipeline.last->capture_mono_ns;
    if (!fresh || t == 0 || t > now || now - t >= STAMP_AGE_MAX)
        t = now;
    if (t <= s->last_pts_ns)
        t = s->last_pts_ns + 1;
    s->last_pts_ns = t;
    return t;
}

/* Makes the encoder forget what the client lacks, or tells that the picture has to be an IDR. */
static enum pf_repair prepare_repair(struct pf_stream *s, uint64_t now)
{
    struct pf_encoder *enc = s->pipeline.encoder;
    uint64_t first, last;
    pthread_mutex_lock(&s->lock);
    enum pf_repair repair = pf_recovery_take(&s->recovery, now, &first, &last);
    if (repair == PF_REPAIR_INVALIDATE) {
        if (enc->ops->invalidate && enc->ops->invalidate(enc, first, last) == 0)
            pf_recovery_repaired(&s->recovery, now);
        else
            repair = pf_recovery_impossible(&s->recovery, now) ? PF_REPAIR_IDR : PF_REPAIR_NONE;
    }
    pthread_mutex_unlock(&s->lock);
    return repair;
}

/* Only what is sent has a number: a gap is a loss to the client. */
static void count_unit(struct pf_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->next_number++;
    pthread_mutex_unlock(&s->lock);
}

static void tell_gap(struct pf_stream *s, uint64_t now)
{
    const struct pf_video_sink *sink = &s->config.sink;
    if (s->gap_from_ns && s->last_unit_ns && sink->gap)
        sink->gap(sink->user, (uint32_t)((now - s->gap_from_ns) / PF_NS_PER_MS));
    s->gap_from_ns = 0;
}

/* 0; -EPIPE if the stream is over; another error if the encoder failed. */
static int encode_last(struct pf_stream *s, bool fresh)
{
    struct pf_access_unit *au = pf_access_unit_take(s->pool);
    if (!au)
        return -EPIPE;
    uint64_t now = pf_time_mono_ns();
    enum pf_repair repair = prepare_repair(s, now);
    struct pf_encoder *enc = s->pipeline.encoder;
    au->number = s->next_number;
    int rc = pf_encode_guard_encode(s->guard, enc, s->pipeline.last, repair == PF_REPAIR_IDR, au);
    if (rc < 0) {
        pf_access_unit_return(au);
        return rc == -EPIPE ? -EIO : rc;
    }
    count_unit(s);
    au->anchor = repair == PF_REPAIR_INVALIDATE && !au->idr;
    au->repeat = !fresh;
    au->capture_mono_ns = stamp(s, fresh, now);
    au->submit_mono_ns = now;
    au->encoded_mono_ns = pf_time_mono_ns();
    au->due_mono_ns = now + s->pace.interval_ns;
    pf_pace_clock_spend(&s->pace, fresh, now);
    pf_stream_meter_unit(&s->meter, au);
    tell_gap(s, now);
    s->last_unit_ns = au->encoded_mono_ns;
    rc = s->config.sink.submit(s->config.sink.user, au);
    if (rc < 0)
        pf_access_unit_return(au);
    pf_stream_retire(s);
    return rc < 0 ? -EPIPE : 0;
}

/* The compositor changed the size by itself: another encoder follows it, the display stays. */
static bool size_changed(const struct pf_pipeline *p)
{
    return p->last->width != p->mode.width || p->last->height != p->mode.height;
}

static int show_picture(struct pf_stream *s, bool fresh)
{
    int rc = size_changed(&s->pipeline) ? pf_stream_recover_encoder(s, 0) : 0;
    if (rc < 0)
        return rc;
    rc = encode_last(s, fresh);
    if (rc == -EPIPE)
        return pf_stream_fail(s, PF_STREAM_STOPPED, 0);
    if (rc < 0) {
        s->fresh_pending = fresh || s->fresh_pending; /* it is still to be shown */
        return pf_stream_recover_encoder(s, rc);
    }
    s->fresh_pending = false;
    s->failures = 0;
    return 0;
}

void pf_stream_loop(struct pf_stream *s)
{
    int rc = 0;
    while (rc == 0 && !pf_stream_is_stopping(s)) {
        rc = work_off_wishes(s);
        if (rc < 0 || pf_stream_is_stopping(s))
            break;
        switch (wait_for_picture(s)) {
        case PICTURE_FRESH:
            rc = show_picture(s, true);
            break;
        case PICTURE_REPEAT:
            rc = show_picture(s, false);
            break;
        case PICTURE_LOST:
            rc = pf_stream_recover_capture(s);
            break;
        case PICTURE_NONE:
            break;
        }
    }
    if (rc == 0)
        pf_stream_fail(s, PF_STREAM_STOPPED, 0);
}

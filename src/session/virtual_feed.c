#include "session/virtual_feed.h"

#include "base/log.h"
#include "input/service.h"
#include "session/launcher.h"
#include "session/stream.h"
#include "session/stream_input.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

struct virtual_feed {
    struct pf_feed base;
    struct pf_feed_sink sink;
    _Atomic(struct pf_stream *) stream; /* NULL: not started yet */
    struct pf_input_service *input;
    struct pf_launcher *launcher; /* NULL: none */
    uint64_t title;               /* of the launcher; 0: none is wanted */
    bool title_left;              /* stream's thread */
    atomic_bool quit;             /* the client left on purpose */
};

/* ---- the title ------------------------------------------------------------------------------------------
 */

/* Its display shows a picture, maybe another one than before. */
static void place_title(struct virtual_feed *f)
{
    struct pf_source source;
    uint64_t display;
    struct pf_stream *stream = atomic_load(&f->stream);
    if (f->title && stream && pf_stream_display(stream, &source, &display))
        pf_launcher_place(f->launcher, f->title, &source, display);
}

static void leave_title(struct virtual_feed *f, bool quit)
{
    if (f->title && !f->title_left)
        pf_launcher_leave(f->launcher, f->title, quit);
    f->title_left = true;
}

/* ---- called by the stream's thread ----------------------------------------------------------------------
 */

static int submit(void *user, struct pf_access_unit *au)
{
    struct virtual_feed *f = user;
    return f->sink.push(f->sink.user, au);
}

static void settled(void *user, int rc, const struct pf_mode *wanted, const struct pf_mode *mode,
    uint32_t bitrate_kbps, const char *why)
{
    struct virtual_feed *f = user;
    if (rc < 0)
        pf_log_warn("stream", "the stream goes on as it was: %s", why);
    f->sink.settled(f->sink.user, wanted, mode, bitrate_kbps);
}

static void gap(void *user, uint32_t gap_ms)
{
    struct virtual_feed *f = user;
    f->sink.gap(f->sink.user, gap_ms);
}

static void placed(void *user)
{
    struct virtual_feed *f = user;
    pf_input_service_look(f->input);
    place_title(f);
}

/* What the client holds comes up while the display is still there. On this thread the input's may take its
 * time, on the control loop it may not. */
static void closing(void *user)
{
    struct virtual_feed *f = user;
    pf_input_service_stop(f->input);
    pf_input_service_wait(f->input);
    if (atomic_load(&f->quit)) /* while its window still has a place */
        leave_title(f, true);
}

static void ended(void *user, enum pf_stream_end end, int rc, const char *why)
{
    struct virtual_feed *f = user;
    leave_title(f, atomic_load(&f->quit));
    f->sink.ended(f->sink.user, end == PF_STREAM_TITLE_ENDED ? PF_FEED_TITLE_ENDED : rc, why);
}

/* ---- called by the input's thread -----------------------------------------------------------------------
 */

static bool target(void *user, struct pf_input_target *ret_target)
{
    struct virtual_feed *f = user;
    struct pf_stream *stream = atomic_load(&f->stream);
    return stream && pf_stream_input_target(stream, ret_target);
}

/* ---- called by the session ------------------------------------------------------------------------------
 */

static struct pf_stream *stream_of(struct pf_feed *feed)
{
    return atomic_load(&((struct virtual_feed *)feed)->stream);
}

static struct pf_input_service *input_of(struct pf_feed *feed)
{
    return ((struct virtual_feed *)feed)->input;
}

static void stop(struct pf_feed *feed, bool quit)
{
    if (quit)
        atomic_store(&((struct virtual_feed *)feed)->quit, true);
    pf_input_service_stop(input_of(feed));
    pf_stream_stop(stream_of(feed), quit);
}

static void destroy(struct pf_feed *feed)
{
    pf_input_service_destroy(input_of(feed));
    pf_stream_destroy(stream_of(feed));
    free(feed);
}

static void keyframe(struct pf_feed *feed)
{
    pf_stream_request_idr(stream_of(feed));
}

static void invalidate(struct pf_feed *feed, uint32_t first_index, uint32_t last_index)
{
    pf_stream_invalidate(stream_of(feed), first_index, last_index);
}

static void reconfigure(struct pf_feed *feed, const struct pf_mode *mode)
{
    pf_stream_reconfigure(stream_of(feed), mode);
}

static void set_bitrate(struct pf_feed *feed, uint32_t kbps)
{
    pf_stream_set_bitrate(stream_of(feed), kbps);
}

static void input(struct pf_feed *feed, const struct pf_input *event)
{
    pf_input_service_push(input_of(feed), event);
}

static const struct pf_feed_ops ops = {
    .stop = stop,
    .destroy = destroy,
    .keyframe = keyframe,
    .invalidate = invalidate,
    .reconfigure = reconfigure,
    .set_bitrate = set_bitrate,
    .input = input,
};

int pf_virtual_feed_start(const struct pf_session_plan *plan, const struct pf_machine *machine,
    const struct pf_feed_sink *sink, struct pf_feed **ret_feed, struct pf_error *err)
{
    struct virtual_feed *f = calloc(1, sizeof(*f));
    if (!f)
        return pf_error_set(err, -ENOMEM, "there is no memory for another stream");
    f->base.ops = &ops;
    f->sink = *sink;
    const struct pf_input_service_config input_config = {.user = f, .target = target, .label = plan->label};
    const struct pf_stream_config config = {.plan = *plan,
        .machine = *machine,
        .sink = {.user = f,
            .submit = submit,
            .settled = settled,
            .placed = placed,
            .gap = gap,
            .closing = closing,
            .ended = ended}};
    struct pf_stream *stream;
    /* Before the stream, which may end at once. */
    int rc = pf_input_service_start(&input_config, &f->input, err);
    f->launcher = machine->launcher;
    if (rc == 0 && f->launcher)
        f->title = pf_launcher_join(f->launcher, plan);
    if (rc == 0)
        rc = pf_stream_start(&config, &stream, err);
    if (rc < 0) {
        leave_title(f, false);
        pf_input_service_destroy(f->input);
        free(f);
        return rc;
    }
    atomic_store(&f->stream, stream);
    pf_input_service_look(f->input); /* the display may have been there before */
    place_title(f);
    *ret_feed = &f->base;
    return 0;
}

/* The inside of a stream, shared by its three files: stream.c (outside and life), stream_loop.c (pictures)
 * and stream_mend.c (building, changing and repairing the pipeline). */
#ifndef PF_SESSION_STREAM_IMPL_H
#define PF_SESSION_STREAM_IMPL_H

#include "base/cancel.h"
#include "session/encode_guard.h"
#include "session/pace.h"
#include "session/pipeline.h"
#include "session/recovery.h"
#include "session/stream.h"
#include "session/stream_meter.h"

#include <pthread.h>
#include <stdatomic.h>

#define PF_STREAM_SCOPE "stream"

/* Wishes of other threads; the newest wins. */
struct pf_stream_wishes {
    bool has_mode, has_rate;
    struct pf_mode mode;
    uint32_t kbps;
};

struct pf_stream {
    struct pf_stream_config config; /* limits without zeros */
    pthread_t watch;  /* starts the stream's thread, replaces it if it is stuck in an encoder, and joins it */
    pthread_t thread; /* the watch's */
    struct pf_mailbox ended; /* never holds anything: wakes the watch */
    struct pf_cancel stop;
    atomic_bool quit, over;
    struct pf_encode_guard *guard;
    struct pf_stream_meter meter;
    struct pf_access_unit_pool *pool;
    struct pf_mailbox alarm; /* never holds anything: a sleep that a poke ends */

    pthread_mutex_t lock; /* the following */
    struct pf_capture *waits_on;
    struct pf_stream_wishes wishes;
    struct pf_recovery recovery;
    uint64_t next_number;    /* of the next unit */
    struct pf_source source; /* kind NONE: there is no picture */
    uint64_t display;        /* its generation */

    /* the stream's thread only */
    struct pf_pipeline_builder builder;
    struct pf_pipeline pipeline;
    struct pf_pipeline superseded; /* by a new mode; taken apart once the new picture is out. May be empty */
    struct pf_pace_clock pace;
    uint32_t kbps;
    bool fresh_pending;        /* pipeline.last was not encoded yet */
    unsigned losses, failures; /* of the capture, of the encoder, in a row */
    uint64_t last_pts_ns;      /* capture_mono_ns of the last unit */
    uint64_t last_unit_ns;     /* when it was finished; 0: none yet */
    uint64_t gap_from_ns;      /* a rebuild keeps pictures back since then; 0: none does */

    enum pf_stream_end end;
    int end_rc;
    struct pf_error why;
};

/* ---- stream.c ---- */

static inline bool pf_stream_is_stopping(struct pf_stream *s)
{
    return pf_cancel_is_set(&s->stop);
}

/* Sleeps; a stop ends it early. True if the stream is to stop. */
bool pf_stream_pause(struct pf_stream *s, uint64_t until_mono_ns);

/* Notes why the stream ends; the sentence is in s->why. Returns rc. */
int pf_stream_fail(struct pf_stream *s, enum pf_stream_end end, int rc);

/* ---- stream_loop.c ---- */

/* Encodes until the stream ends; why is in the stream. */
void pf_stream_loop(struct pf_stream *s);

/* ---- stream_mend.c: 0, or negative if the stream ends ---- */

int pf_stream_build_first(struct pf_stream *s);
int pf_stream_recover_capture(struct pf_stream *s);
int pf_stream_recover_encoder(struct pf_stream *s, int failure);
/* On a new thread: the one before was left behind in the encoder. */
int pf_stream_recover_stall(struct pf_stream *s);
/* Builds for another mode, or has the display change it in place; the old mode goes on if that fails. */
int pf_stream_change_mode(struct pf_stream *s, const struct pf_mode *wanted);
void pf_stream_change_rate(struct pf_stream *s, uint32_t kbps);
/* Takes the superseded pipeline apart, if there is one. */
void pf_stream_retire(struct pf_stream *s);

#endif

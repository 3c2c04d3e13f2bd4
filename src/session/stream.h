/* The video pipeline of one session: display, capture, encoder, on one thread of its own.
 *
 * It builds the pipeline, encodes every new picture at once, repeats the last one to hold the refresh rate,
 * and mends what breaks: a lost capture, a failing encoder, a mode change (displays-and-capture.md 16,
 * punktfunk1-control.md 6.6). Access units go to a sink of the protocol's front end.
 */
#ifndef PF_SESSION_STREAM_H
#define PF_SESSION_STREAM_H

#include "base/error.h"
#include "media/access_unit.h"
#include "session/machine.h"
#include "session/plan.h"

#include <stdbool.h>
#include <stdint.h>

struct pf_stream;

enum pf_stream_end {
    PF_STREAM_STOPPED,        /* pf_stream_stop, or the sink closed */
    PF_STREAM_SETUP_FAILED,   /* no access unit ever came: tell the client why */
    PF_STREAM_TITLE_ENDED,    /* and the display with it */
    PF_STREAM_CAPTURE_LOST,   /* the display went away and did not come back */
    PF_STREAM_ENCODER_FAILED, /* the encoder kept failing */
};

/* What a front end offers. All calls come from the stream's thread, or from the one that goes on in its place
 * after an encoder has hung: never two at a time. NULL is allowed where it says so. */
struct pf_video_sink {
    void *user;
    /* Takes over the reference. Blocks while the queue of 3 is full: an encoded picture is never dropped, the
     * stream encodes later ones instead. -EPIPE once the session is over: the reference stays with the
     * stream, which then ends. */
    int (*submit)(void *user, struct pf_access_unit *au);
    /* A wish for another mode or rate was worked off: what is in force from the next unit on. `wanted` is the
     * mode that was wished for, NULL if it was a rate. `rc` is negative, with a sentence, if it failed and
     * the old pipeline goes on. A wish that a newer one replaced is not answered. May be NULL. */
    void (*settled)(void *user, int rc, const struct pf_mode *wanted, const struct pf_mode *mode,
        uint32_t bitrate_kbps, const char *why);
    /* The picture comes from a display that may be another one than before: pf_stream_source() says which.
     * May be NULL. */
    void (*placed)(void *user);
    /* No picture came for this long because something was rebuilt; the next unit is an IDR. May be NULL. */
    void (*gap)(void *user, uint32_t gap_ms);
    /* No more units come, and once this returns the display is given up: what is played into it must have
     * come to its end. Exactly once, may block for some seconds. May be NULL. */
    void (*closing)(void *user);
    /* The last call, exactly once. `rc` is 0 for STOPPED and TITLE_ENDED, else negative; `why` is a sentence
     * for all but STOPPED. */
    void (*ended)(void *user, enum pf_stream_end end, int rc, const char *why);
};

/* How long things may take. A member that is 0 takes the value of the specification; tests shorten them. */
struct pf_stream_limits {
    uint64_t first_frame_ns;    /* 10 s */
    uint64_t backoff_ns;        /* 0.5 s, doubling */
    uint64_t backoff_max_ns;    /* 2 s */
    uint64_t recovery_ns;       /* for one loss of the capture: 40 s */
    uint64_t recovery_pause_ns; /* between two tries of it: 0.5 s */
    uint64_t idr_cooldown_ns;   /* at most one forced IDR in this time: 750 ms */
    uint64_t encoder_stall_ns;  /* a call that takes longer is given up: 2 s; five times that in software */
    unsigned build_attempts;    /* 8 */
    unsigned capture_losses;    /* in a row: 5 */
    unsigned encoder_rebuilds;  /* in a row: 5; also calls that were given up and have not returned */
};

struct pf_stream_config {
    struct pf_session_plan plan; /* source VIRTUAL */
    struct pf_machine machine;
    struct pf_video_sink sink;
    struct pf_stream_limits limits;
};

/* Starts the thread and returns at once; everything that takes long happens there. */
int pf_stream_start(
    const struct pf_stream_config *config, struct pf_stream **ret_stream, struct pf_error *err);

/* Any thread, does not block, may be repeated: the stream ends soon, whatever it is doing. A submit that
 * blocks must be ended by the sink itself. `quit`: the client left on purpose, its display need not linger.
 */
void pf_stream_stop(struct pf_stream *stream, bool quit);

/* Stops it, joins the thread, frees everything but what encoders that hang still use. Not from a call of the
 * sink. NULL is allowed. */
void pf_stream_destroy(struct pf_stream *stream);

/* Any thread, none blocks. */

/* The next picture becomes an IDR; requests before it are one. At most one in 750 ms, the first at once. */
void pf_stream_request_idr(struct pf_stream *stream);
/* The client lacks the units with these indices of the wire, both included: the next picture references
 * nothing of them, or is an IDR if the encoder cannot do that. Ranges that never were are ignored. */
void pf_stream_invalidate(struct pf_stream *stream, uint32_t first_index, uint32_t last_index);
/* Builds a pipeline for this mode and then drops the old one. The newest wish wins. */
void pf_stream_reconfigure(struct pf_stream *stream, const struct pf_mode *mode);
/* Another rate from the next picture on, without an IDR. */
void pf_stream_set_bitrate(struct pf_stream *stream, uint32_t kbps);

enum pf_stream_state { PF_STREAM_BUILDING, PF_STREAM_LIVE, PF_STREAM_RECOVERING, PF_STREAM_ENDED };

struct pf_stream_stats {
    enum pf_stream_state state;
    struct pf_mode mode;                   /* in force: what the compositor really does */
    uint32_t bitrate_kbps;                 /* in force */
    uint64_t fresh, repeated;              /* pictures encoded since the start */
    uint64_t idrs, anchors, bytes;         /* since the start */
    unsigned rebuilds;                     /* of capture, encoder or mode since the start */
    unsigned fresh_fps, repeat_fps;        /* in the last full second */
    uint32_t measured_kbps;                /* produced in the last full second */
    uint32_t encode_us_p50, encode_us_p99; /* over the last 256 pictures */
    uint32_t queue_us_p50, queue_us_p99;   /* capture to encoder, fresh pictures only */
};
void pf_stream_stats(struct pf_stream *stream, struct pf_stream_stats *ret_stats);

/* Where the picture now comes from: input goes to the same place. False while there is none. */
bool pf_stream_source(struct pf_stream *stream, struct pf_source *ret_source);
/* The same, and which display of the registry that is (its generation). */
bool pf_stream_display(struct pf_stream *stream, struct pf_source *ret_source, uint64_t *ret_display);

#endif

/* A machine for stream tests: displays, captures and encoders that do as they are told, and a sink that
 * remembers. Everything here may be used by the test's thread while the stream runs. */
#ifndef PF_TEST_FAKE_MACHINE_H
#define PF_TEST_FAKE_MACHINE_H

#include "session/stream.h"

#include <pthread.h>
#include <stdatomic.h>

#define FAKE_UNITS_MAX 4096

struct fake_machine {
    pthread_mutex_t lock;
    pthread_cond_t changed;

    /* orders; each counts down to 0 */
    int acquire_failures, acquire_rc;
    int capture_failures, capture_rc;
    int encoder_failures;                       /* at opening, -EIO */
    int encode_failures;                        /* of single pictures, -EIO */
    int encode_hangs;                           /* of single pictures, until let_go */
    int silent_captures;                        /* that never give a picture */
    bool hold_acquire;                          /* acquire waits while this is set */
    bool acquire_is_endless, remode_is_endless; /* until it is cancelled */
    bool changes_in_place;
    int remode_failures;
    bool leases_are_reused;
    bool let_go; /* what hangs returns */
    bool rate_is_refused;
    bool cannot_invalidate;
    bool encodes_on_cpu;
    bool title_has_ended; /* displays that break off do so because of that */
    bool dying_captures;  /* each breaks off right after its first picture */

    /* what happened */
    int acquires, releases, quits, retires, marked_failed, captures, captures_open, encoders, encoders_open;
    int hung; /* encoders that hang now */
    int cancelled, remodes, captures_at_remode;
    int encodes, forced_idrs, rates_set, invalidations;
    uint64_t invalid_first, invalid_last;
    uint32_t rate;
    struct pf_mode encoder_mode;
    bool acquire_is_waiting;
    struct pf_capture *capture; /* the newest one */
    struct pf_mode capture_mode;
    uint64_t sequence;
};

void fake_machine_init(struct fake_machine *f);
void fake_machine_finish(struct fake_machine *f);
struct pf_machine fake_machine_of(struct fake_machine *f);

/* Shows a picture of this size on the newest capture. */
void fake_show_sized(struct fake_machine *f, uint32_t width, uint32_t height);
/* One of the size of the display. */
void fake_show(struct fake_machine *f);
/* Breaks the newest capture. */
void fake_break_capture(struct fake_machine *f, int failure);

struct fake_unit {
    bool idr, anchor, repeat;
    uint64_t number, capture_ns, submit_ns;
    uint32_t encode; /* which call of encode made it */
};

struct fake_sink {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool blocked, closed;
    unsigned count, idrs, anchors, repeats;
    struct fake_unit unit[FAKE_UNITS_MAX];
    unsigned settled, gaps;
    int settled_rc;
    bool settled_a_mode;
    struct pf_mode settled_mode;
    uint32_t settled_kbps;
    unsigned ended;
    enum pf_stream_end end;
    int end_rc;
    char why[320];
};

void fake_sink_init(struct fake_sink *k);
void fake_sink_finish(struct fake_sink *k);
struct pf_video_sink fake_sink_of(struct fake_sink *k);
void fake_sink_block(struct fake_sink *k, bool blocked);
void fake_sink_close(struct fake_sink *k);
/* These wait up to 20 s and end the test if that is too short. */
void fake_sink_wait_units(struct fake_sink *k, unsigned count);
void fake_sink_wait_anchors(struct fake_sink *k, unsigned count);
void fake_sink_wait_idrs(struct fake_sink *k, unsigned count);
void fake_sink_wait_settled(struct fake_sink *k, unsigned count);
void fake_sink_wait_ended(struct fake_sink *k);
unsigned fake_sink_count(struct fake_sink *k);

#endif

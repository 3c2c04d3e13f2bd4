/* The pipeline of a session on a fake machine. Times are short; nothing is asserted about how fast the test
 * machine is, only about order, counts and least distances. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "fake_machine.h"

#include <errno.h>
#include <string.h>

#define MS PF_NS_PER_MS

static struct fake_machine machine;
static struct fake_sink sink;
static struct pf_stream_config config;
static struct pf_stream *stream;

/* The stream may be running while the test looks and gives orders. */
#define LOCK()                                                                                               \
    do {                                                                                                     \
        pthread_mutex_lock(&machine.lock);                                                                   \
        pthread_mutex_lock(&sink.lock);                                                                      \
    } while (0)
#define UNLOCK()                                                                                             \
    do {                                                                                                     \
        pthread_mutex_unlock(&sink.lock);                                                                    \
        pthread_mutex_unlock(&machine.lock);                                                                 \
    } while (0)
#define SEE(what)                                                                                            \
    ({                                                                                                       \
        LOCK();                                                                                              \
        __auto_type seen_ = (what);                                                                          \
        UNLOCK();                                                                                            \
        seen_;                                                                                               \
    })
#define ORDER(what, value)                                                                                   \
    do {                                                                                                     \
        LOCK();                                                                                              \
        (what) = (value);                                                                                    \
        UNLOCK();                                                                                            \
    } while (0)

static int set_up(void **state)
{
    (void)state;
    fake_machine_init(&machine);
    fake_sink_init(&sink);
    config = (struct pf_stream_config){
        .plan = {.mode = {640, 480, 200000},
            .codec = PF_CODEC_H264,
            .bitrate_kbps = 5000,
            .label = "test client"},
        .machine = fake_machine_of(&machine),
        .sink = fake_sink_of(&sink),
        .limits = {.first_frame_ns = 100 * MS,
            .backoff_ns = 1 * MS,
            .backoff_max_ns = 4 * MS,
            .recovery_ns = 2000 * MS,
            .recovery_pause_ns = 2 * MS,
            .idr_cooldown_ns = 60 * MS},
    };
    stream = NULL;
    return 0;
}

static void start(void)
{
    assert_int_equal(pf_stream_start(&config, &stream, NULL), 0);
}

/* Ends the stream if the test has not, and checks that everything was given back. */
static int tear_down(void **state)
{
    (void)state;
    pf_stream_destroy(stream);
    stream = NULL;
    if (sink.ended != 1)
        return -1;
    int given = machine.releases + machine.quits + machine.retires + machine.marked_failed;
    fake_machine_finish(&machine);
    fake_sink_finish(&sink);
    return given <= machine.acquires ? 0 : -1;
}

static int leases_given_back(void)
{
    return SEE(machine.releases + machine.quits + machine.retires + machine.marked_failed);
}

/* ---- the plain course ---- */

static void it_starts_with_an_idr_and_holds_the_rate(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 60);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
    assert_int_equal(SEE(sink.end_rc), 0);
    assert_true(SEE(sink.unit[0].idr));
    assert_false(SEE(sink.unit[0].repeat));
    assert_int_equal(SEE(sink.idrs), 1);
    assert_int_equal(SEE(sink.repeats), sink.count - 1);
    assert_int_equal(SEE(machine.encoder_mode.refresh_mhz), 200000);
    assert_int_equal(SEE(machine.rate), 5000);
    /* However late the threads run, the rate is never exceeded by more than the saved quarter. */
    uint64_t took = sink.unit[59].submit_ns - sink.unit[0].submit_ns;
    assert_true(took >= 57 * 5 * MS);
}

static void units_keep_order_and_stamps_grow(void **state)
{
    (void)state;
    start();
    for (unsigned n = 1; n < 100; n++) {
        fake_show(&machine);
        fake_sink_wait_units(&sink, n);
    }
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    for (unsigned i = 1; i < sink.count; i++) {
        assert_int_equal(SEE(sink.unit[i].encode), sink.unit[i - 1].encode + 1);
        assert_true(sink.unit[i].capture_ns > sink.unit[i - 1].capture_ns);
    }
    assert_true(sink.repeats < sink.count);
}

static void a_flood_of_pictures_is_held_to_the_rate(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 1);
    uint64_t end = pf_time_mono_ns() + 300 * MS;
    while (pf_time_mono_ns() < end) {
        fake_show(&machine);
        pf_time_sleep_until(pf_time_mono_ns() + MS);
    }
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    unsigned last = sink.count - 1;
    uint64_t took = sink.unit[last].submit_ns - sink.unit[0].submit_ns;
    assert_true(last <= took * 17 / (16 * 5 * MS) + 2);
    for (unsigned i = 1; i <= last; i++)
        if (!sink.unit[i].repeat && !sink.unit[i - 1].repeat)
            assert_true(sink.unit[i].submit_ns - sink.unit[i - 1].submit_ns >= 4500000);
}

static void statistics_tell_what_happened(void **state)
{
    (void)state;
    struct pf_stream_stats s;
    struct pf_source source;
    machine.hold_acquire = true;
    start();
    assert_false(pf_stream_source(stream, &source));
    pf_stream_stats(stream, &s);
    assert_int_equal(s.state, PF_STREAM_BUILDING);
    pthread_mutex_lock(&machine.lock);
    machine.hold_acquire = false;
    pthread_cond_broadcast(&machine.changed);
    pthread_mutex_unlock(&machine.lock);
    fake_sink_wait_units(&sink, 250);
    pf_stream_stats(stream, &s);
    assert_int_equal(s.state, PF_STREAM_LIVE);
    assert_int_equal(s.mode.width, 640);
    assert_int_equal(s.bitrate_kbps, 5000);
    assert_true(s.fresh >= 1 && s.fresh + s.repeated >= 250);
    assert_int_equal(s.idrs, 1);
    assert_int_equal(s.bytes, 4 * (s.fresh + s.repeated));
    assert_true(s.fresh_fps + s.repeat_fps <= 203);
    assert_true(s.encode_us_p99 >= s.encode_us_p50);
    assert_true(pf_stream_source(stream, &source));
    assert_int_equal(source.kind, PF_SOURCE_SYNTHETIC);
    pf_stream_stop(stream, true);
    fake_sink_wait_ended(&sink);
    assert_false(pf_stream_source(stream, &source));
    pf_stream_stats(stream, &s);
    assert_int_equal(s.state, PF_STREAM_ENDED);
    assert_int_equal(SEE(machine.quits), 1);
}

/* ---- key frames and rate ---- */

static void requests_become_one_idr(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 3);
    for (int i = 0; i < 10; i++)
        pf_stream_request_idr(stream);
    fake_sink_wait_idrs(&sink, 2);
    for (int i = 0; i < 10; i++)
        pf_stream_request_idr(stream);
    fake_sink_wait_idrs(&sink, 3);
    unsigned now = fake_sink_count(&sink);
    fake_sink_wait_units(&sink, now + 30);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.idrs), 3);
    assert_int_equal(SEE(machine.forced_idrs), 2);
    uint64_t at[3];
    for (unsigned i = 0, n = 0; i < sink.count; i++)
        if (sink.unit[i].idr)
            at[n++] = sink.unit[i].submit_ns;
    assert_true(at[2] - at[1] >= config.limits.idr_cooldown_ns);
}

static void units_are_numbered_without_gaps(void)
{
    for (unsigned i = 0; i < sink.count; i++)
        assert_int_equal(sink.unit[i].number, i);
}

static void a_loss_is_gone_around(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 6);
    pf_stream_invalidate(stream, 2, 4);
    fake_sink_wait_anchors(&sink, 1);
    assert_int_equal(SEE(machine.invalid_first), 2);
    assert_int_equal(SEE(machine.invalid_last), 4);
    pf_stream_request_idr(stream); /* an echo */
    fake_sink_wait_units(&sink, fake_sink_count(&sink) + 5);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.idrs), 1);
    assert_int_equal(SEE(sink.anchors), 1);
    units_are_numbered_without_gaps();
}

/* Nothing that was not sent can be lost, and no range ends before it begins. */
static void impossible_losses_are_ignored(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 3);
    pf_stream_invalidate(stream, 1, 1000000);
    pf_stream_invalidate(stream, UINT32_MAX - 5, 1);
    pf_stream_invalidate(stream, 2, 1);
    fake_sink_wait_units(&sink, fake_sink_count(&sink) + 5);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(machine.invalidations), 0);
    assert_int_equal(SEE(sink.idrs), 1);
}

static void a_loss_too_old_needs_an_idr(void **state)
{
    (void)state;
    ORDER(machine.cannot_invalidate, true);
    start();
    fake_sink_wait_units(&sink, 3);
    pf_stream_invalidate(stream, 0, 1);
    fake_sink_wait_idrs(&sink, 2);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.anchors), 0);
    assert_int_equal(SEE(machine.forced_idrs), 1);
    units_are_numbered_without_gaps();
}

static void the_rate_changes_in_place(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 2);
    pf_stream_set_bitrate(stream, 9000);
    fake_sink_wait_settled(&sink, 1);
    assert_int_equal(SEE(sink.settled_rc), 0);
    assert_int_equal(SEE(sink.settled_kbps), 9000);
    assert_false(SEE(sink.settled_a_mode));
    ORDER(machine.rate_is_refused, true);
    pf_stream_set_bitrate(stream, 7);
    fake_sink_wait_settled(&sink, 2);
    assert_int_equal(SEE(sink.settled_rc), -EINVAL);
    assert_int_equal(SEE(sink.settled_kbps), 9000);
    fake_sink_wait_units(&sink, fake_sink_count(&sink) + 5);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.idrs), 1);
    assert_int_equal(SEE(machine.encoders), 1);
}

/* ---- another mode ---- */

static void a_new_mode_begins_with_an_idr(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 5);
    pf_stream_set_bitrate(stream, 7000);
    pf_stream_reconfigure(stream, &(struct pf_mode){1280, 720, 100000});
    fake_sink_wait_settled(&sink, 2);
    assert_int_equal(SEE(sink.settled_rc), 0);
    assert_true(SEE(sink.settled_a_mode));
    assert_int_equal(SEE(sink.settled_mode.width), 1280);
    fake_sink_wait_idrs(&sink, 2);
    fake_sink_wait_units(&sink, fake_sink_count(&sink) + 5);
    assert_int_equal(SEE(machine.retires), 1);
    assert_int_equal(SEE(machine.encoder_mode.width), 1280);
    assert_int_equal(SEE(machine.encoder_mode.refresh_mhz), 100000);
    assert_int_equal(SEE(machine.rate), 7000);
    pf_stream_reconfigure(stream, &(struct pf_mode){1280, 720, 100000}); /* nothing to do */
    fake_sink_wait_settled(&sink, 3);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(machine.encoders), 2);
    assert_int_equal(SEE(sink.idrs), 2);
    assert_int_equal(SEE(sink.gaps), 1);
    assert_int_equal(leases_given_back(), SEE(machine.acquires));
}

static void an_impossible_mode_changes_nothing(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 2);
    ORDER(machine.encoder_failures, 1);
    pf_stream_reconfigure(stream, &(struct pf_mode){1280, 720, 60000});
    fake_sink_wait_settled(&sink, 1);
    assert_int_equal(SEE(sink.settled_rc), -EIO);
    assert_int_equal(SEE(sink.settled_mode.width), 640);
    assert_non_null(strstr(sink.why, "told to fail"));
    fake_sink_wait_units(&sink, fake_sink_count(&sink) + 10);

    /* The old capture still wakes the stream: an answer to a wish does not wait for a picture. */
    ORDER(machine.acquire_failures, 1);
    pf_stream_reconfigure(stream, &(struct pf_mode){1920, 1080, 60000});
    fake_sink_wait_settled(&sink, 2);
    assert_int_equal(SEE(sink.settled_rc), -EIO);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
    assert_int_equal(SEE(sink.idrs), 1);
    assert_int_equal(SEE(machine.encoders), 1);
    assert_int_equal(leases_given_back(), 2);
}

static void a_display_may_change_in_place(void **state)
{
    (void)state;
    machine.changes_in_place = true;
    start();
    fake_sink_wait_units(&sink, 3);
    pf_stream_reconfigure(stream, &(struct pf_mode){1280, 720, 100000});
    fake_sink_wait_settled(&sink, 1);
    fake_sink_wait_idrs(&sink, 2);
    assert_int_equal(SEE(sink.settled_rc), 0);
    assert_int_equal(SEE(sink.settled_mode.width), 1280);
    assert_int_equal(SEE(machine.encoder_mode.width), 1280);
    assert_int_equal(SEE(machine.acquires), 1); /* it is the same display */
    assert_int_equal(SEE(machine.remodes), 1);
    assert_int_equal(SEE(machine.captures_at_remode), 0); /* which nobody was looking at meanwhile */
    assert_int_equal(leases_given_back(), 0);
}

static void a_failed_change_in_place_leaves_the_old_mode(void **state)
{
    (void)state;
    machine.changes_in_place = true;
    start();
    fake_sink_wait_units(&sink, 3);
    ORDER(machine.remode_failures, 1);
    pf_stream_reconfigure(stream, &(struct pf_mode){1280, 720, 100000});
    fake_sink_wait_settled(&sink, 1);
    assert_int_equal(SEE(sink.settled_rc), -EIO);
    assert_int_equal(SEE(sink.settled_mode.width), 640);
    assert_string_equal(SEE(sink.why), "the display was told to keep its mode");
    fake_sink_wait_idrs(&sink, 2);
    assert_int_equal(SEE(machine.remodes), 2); /* the second brought the old one back */

    ORDER(machine.silent_captures, 1); /* it changes, but shows nothing */
    pf_stream_reconfigure(stream, &(struct pf_mode){1280, 720, 100000});
    fake_sink_wait_settled(&sink, 2);
    assert_int_equal(SEE(sink.settled_rc), -ETIMEDOUT);
    assert_int_equal(SEE(sink.settled_mode.width), 640);
    fake_sink_wait_idrs(&sink, 3);
    assert_int_equal(SEE(machine.acquires), 1);
}

static void a_change_in_place_that_loses_the_display_is_mended(void **state)
{
    (void)state;
    machine.changes_in_place = true;
    start();
    fake_sink_wait_units(&sink, 3);
    ORDER(machine.remode_failures, 2);
    pf_stream_reconfigure(stream, &(struct pf_mode){1280, 720, 100000});
    fake_sink_wait_settled(&sink, 1);
    assert_int_equal(SEE(sink.settled_rc), -EIO);
    assert_int_equal(SEE(sink.settled_mode.width), 640);
    assert_int_equal(SEE(machine.acquires), 2);
    assert_int_equal(SEE(machine.marked_failed), 1);
    fake_sink_wait_idrs(&sink, 2);
}

static void a_display_lost_for_good_in_a_change_ends_the_stream(void **state)
{
    (void)state;
    config.limits.recovery_ns = 20 * MS;
    machine.changes_in_place = true;
    start();
    fake_sink_wait_units(&sink, 3);
    ORDER(machine.remode_failures, 2);
    ORDER(machine.acquire_failures, 1000000);
    pf_stream_reconfigure(stream, &(struct pf_mode){1280, 720, 100000});
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_CAPTURE_LOST);
    assert_int_equal(leases_given_back(), 1);
}

static void the_newest_mode_wins(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 2);
    fake_sink_block(&sink, true); /* so that wishes pile up */
    pf_stream_reconfigure(stream, &(struct pf_mode){800, 600, 60000});
    pf_time_sleep_until(pf_time_mono_ns() + 30 * MS);
    int before = SEE(machine.acquires);
    for (unsigned i = 1; i <= 10; i++)
        pf_stream_reconfigure(stream, &(struct pf_mode){800 + 16 * i, 600, 60000});
    fake_sink_block(&sink, false);
    for (unsigned n = 1; SEE(sink.settled_mode.width) != 960; n++)
        fake_sink_wait_settled(&sink, n);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_true(SEE(machine.acquires) - before <= 2); /* the ones in between were never tried */
}

/* The compositor resizes the output by itself: the encoder follows. */
static void a_picture_of_another_size_gets_another_encoder(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 2);
    fake_show_sized(&machine, 800, 600);
    fake_sink_wait_idrs(&sink, 2);
    assert_int_equal(SEE(machine.encoder_mode.width), 800);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(machine.acquires), 1);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
}

/* ---- building ---- */

static void building_is_tried_again(void **state)
{
    (void)state;
    machine.acquire_failures = 3;
    machine.capture_failures = 2;
    machine.encoder_failures = 2;
    start();
    fake_sink_wait_units(&sink, 2);
    assert_int_equal(SEE(machine.acquires), 8);
    assert_int_equal(leases_given_back(), 4);
}

static void eight_attempts_are_enough(void **state)
{
    (void)state;
    machine.acquire_failures = 100;
    start();
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(machine.acquires), 8);
    assert_int_equal(SEE(sink.end), PF_STREAM_SETUP_FAILED);
    assert_int_equal(SEE(sink.end_rc), -EIO);
    assert_non_null(strstr(sink.why, "told to fail"));
    assert_int_equal(SEE(sink.count), 0);
}

static void permanent_errors_end_at_once(void **state)
{
    (void)state;
    machine.acquire_failures = 100;
    machine.acquire_rc = -ENODEV;
    start();
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(machine.acquires), 1);
    assert_int_equal(SEE(sink.end), PF_STREAM_SETUP_FAILED);
    assert_int_equal(SEE(sink.end_rc), -ENODEV);
}

static void a_kept_display_without_a_picture_is_replaced(void **state)
{
    (void)state;
    config.limits.first_frame_ns = 5 * MS;
    machine.leases_are_reused = true;
    machine.silent_captures = 1;
    start();
    fake_sink_wait_units(&sink, 1);
    assert_int_equal(SEE(machine.marked_failed), 1);
    assert_int_equal(SEE(machine.acquires), 2);
}

/* ---- repairs ---- */

static void a_broken_capture_is_opened_again(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 3);
    fake_break_capture(&machine, -ECONNRESET);
    fake_sink_wait_idrs(&sink, 2);
    assert_int_equal(SEE(machine.acquires), 1); /* the display is the same */
    fake_break_capture(&machine, -ENODEV);
    fake_sink_wait_idrs(&sink, 3);
    assert_int_equal(SEE(machine.acquires), 2); /* it was gone */
    assert_int_equal(SEE(machine.marked_failed), 1);
    struct pf_stream_stats s;
    pf_stream_stats(stream, &s);
    assert_int_equal(s.rebuilds, 2);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.gaps), 2);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
}

static void a_dead_compositor_may_come_back(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 3);
    ORDER(machine.acquire_failures, 12);
    ORDER(machine.acquire_rc, -ENODEV); /* permanent at the start, not now */
    ORDER(machine.capture_failures, 1);
    fake_break_capture(&machine, -ECONNRESET);
    fake_sink_wait_idrs(&sink, 2);
    assert_int_equal(SEE(machine.acquires), 14);
}

static void a_title_that_ends_is_not_started_again(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 3);
    ORDER(machine.title_has_ended, true);
    fake_break_capture(&machine, -ENODEV);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_TITLE_ENDED);
    assert_int_equal(SEE(sink.end_rc), 0);
    assert_string_equal(sink.why, "the title has ended");
    assert_int_equal(SEE(machine.acquires), 1);
    assert_int_equal(leases_given_back(), 1);
}

/* A display that crashed is made again, and what ends in that one has ended. */
static void a_title_may_end_after_a_crash(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 3);
    ORDER(machine.acquire_failures, 2);
    ORDER(machine.acquire_rc, -ECHILD);
    fake_break_capture(&machine, -ENODEV);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_TITLE_ENDED);
    assert_int_equal(SEE(machine.acquires), 2);
}

static void a_title_that_ends_at_once_is_tried_once(void **state)
{
    (void)state;
    ORDER(machine.title_has_ended, true);
    ORDER(machine.capture_failures, 1);
    ORDER(machine.capture_rc, -EIO);
    start();
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_SETUP_FAILED);
    assert_int_equal(SEE(sink.end_rc), -ECHILD);
    assert_non_null(strstr(sink.why, "ended before there was a picture"));
    assert_int_equal(SEE(machine.acquires), 1);
    assert_int_equal(leases_given_back(), 1);
}

static void it_does_not_wait_for_ever(void **state)
{
    (void)state;
    config.limits.recovery_ns = 40 * MS;
    start();
    fake_sink_wait_units(&sink, 3);
    ORDER(machine.acquire_failures, 1000000);
    fake_break_capture(&machine, -ENODEV);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_CAPTURE_LOST);
    assert_int_equal(SEE(sink.end_rc), -EIO);
    assert_non_null(strstr(sink.why, "did not come back"));
    assert_int_equal(leases_given_back(), 1);
}

static void the_sixth_loss_in_a_row_is_the_last(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 3);
    ORDER(machine.dying_captures, true);
    fake_break_capture(&machine, -ECONNRESET);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_CAPTURE_LOST);
    assert_int_equal(SEE(sink.end_rc), -ECONNRESET);
    assert_int_equal(SEE(machine.captures), 6);
}

static void a_picture_in_between_starts_the_count_again(void **state)
{
    (void)state;
    start();
    for (unsigned i = 1; i <= 12; i++) {
        fake_sink_wait_idrs(&sink, i);
        unsigned units = fake_sink_count(&sink), fresh;
        do { /* until a fresh picture behind the first was encoded */
            fake_show(&machine);
            fake_sink_wait_units(&sink, ++units);
            pthread_mutex_lock(&sink.lock);
            fresh = !sink.unit[units - 1].repeat && !sink.unit[units - 1].idr;
            pthread_mutex_unlock(&sink.lock);
        } while (!fresh);
        fake_break_capture(&machine, -ECONNRESET);
    }
    fake_sink_wait_idrs(&sink, 13);
    assert_int_equal(SEE(sink.ended), 0);
}

static void a_failing_encoder_is_replaced(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 3);
    ORDER(machine.encode_failures, 3);
    ORDER(machine.encoder_failures, 2);
    fake_sink_wait_idrs(&sink, 2);
    assert_int_equal(SEE(machine.encoders), 4);
    assert_int_equal(SEE(machine.acquires), 1);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
}

static void an_encoder_that_keeps_failing_ends_the_stream(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 3);
    ORDER(machine.encode_failures, 1000);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_ENCODER_FAILED);
    assert_int_equal(SEE(sink.end_rc), -EIO);
    assert_int_equal(SEE(machine.encoders), 6);
    assert_non_null(strstr(sink.why, "in a row"));
}

/* ---- back pressure ---- */

static void a_slow_sink_loses_nothing(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 3);
    fake_sink_block(&sink, true);
    for (int i = 0; i < 50; i++) {
        fake_show(&machine);
        pf_time_sleep_until(pf_time_mono_ns() + MS);
    }
    unsigned held = fake_sink_count(&sink);
    pthread_mutex_lock(&machine.lock);
    int encoded = machine.encodes;
    pthread_mutex_unlock(&machine.lock);
    assert_in_range(encoded, held, held + 1); /* one is in the hands of the sink */
    fake_sink_block(&sink, false);
    fake_sink_wait_units(&sink, held + 20);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    for (unsigned i = 0; i < sink.count; i++)
        assert_int_equal(SEE(sink.unit[i].encode), i + 1);
}

static void a_closed_sink_ends_the_stream(void **state)
{
    (void)state;
    start();
    fake_sink_wait_units(&sink, 3);
    fake_sink_block(&sink, true);
    fake_sink_close(&sink);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
    assert_int_equal(SEE(sink.end_rc), 0);
}

/* ---- stop, whatever it is doing ---- */

static void stop_while_a_display_is_made(void **state)
{
    (void)state;
    machine.hold_acquire = true;
    start();
    pthread_mutex_lock(&machine.lock);
    while (!machine.acquire_is_waiting)
        pthread_cond_wait(&machine.changed, &machine.lock);
    pthread_mutex_unlock(&machine.lock);
    pf_stream_stop(stream, false);
    pthread_mutex_lock(&machine.lock);
    machine.hold_acquire = false;
    pthread_cond_broadcast(&machine.changed);
    pthread_mutex_unlock(&machine.lock);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
    assert_int_equal(SEE(sink.count), 0);
    assert_int_equal(leases_given_back(), 1);
}

static void stop_cancels_the_making_of_a_display(void **state)
{
    (void)state;
    machine.acquire_is_endless = true;
    start();
    pthread_mutex_lock(&machine.lock);
    while (!machine.acquire_is_waiting)
        pthread_cond_wait(&machine.changed, &machine.lock);
    pthread_mutex_unlock(&machine.lock);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
    assert_int_equal(SEE(machine.cancelled), 1);
    assert_int_equal(leases_given_back(), 0);
}

static void stop_cancels_a_change_in_place(void **state)
{
    (void)state;
    machine.changes_in_place = machine.remode_is_endless = true;
    start();
    fake_sink_wait_units(&sink, 2);
    pf_stream_reconfigure(stream, &(struct pf_mode){1280, 720, 100000});
    pthread_mutex_lock(&machine.lock);
    while (!machine.remodes)
        pthread_cond_wait(&machine.changed, &machine.lock);
    pthread_mutex_unlock(&machine.lock);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
    assert_int_equal(SEE(machine.remodes), 1);       /* nothing is mended for nobody */
    assert_int_equal(SEE(machine.marked_failed), 1); /* nor kept: who knows what it shows */
    assert_int_equal(leases_given_back(), 1);
}

static void stop_while_waiting_for_the_first_picture(void **state)
{
    (void)state;
    config.limits.first_frame_ns = 3600 * PF_NS_PER_S;
    machine.silent_captures = 1;
    start();
    pthread_mutex_lock(&machine.lock);
    while (!machine.captures)
        pthread_cond_wait(&machine.changed, &machine.lock);
    pthread_mutex_unlock(&machine.lock);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
}

static void stop_between_two_attempts(void **state)
{
    (void)state;
    config.limits.backoff_ns = config.limits.backoff_max_ns = 3600 * PF_NS_PER_S;
    machine.acquire_failures = 1;
    start();
    pf_time_sleep_until(pf_time_mono_ns() + 20 * MS);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
}

static void stop_during_a_repair(void **state)
{
    (void)state;
    config.limits.recovery_ns = config.limits.recovery_pause_ns = 3600 * PF_NS_PER_S;
    start();
    fake_sink_wait_units(&sink, 2);
    ORDER(machine.acquire_failures, 1000);
    fake_break_capture(&machine, -ENODEV);
    pf_time_sleep_until(pf_time_mono_ns() + 20 * MS);
    pf_stream_stop(stream, true);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
}

static void stop_at_one_picture_a_second(void **state)
{
    (void)state;
    config.plan.mode.refresh_mhz = 1; /* one in a thousand seconds */
    start();
    fake_sink_wait_units(&sink, 1);
    pf_stream_stop(stream, false);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
}

static void destroy_at_any_moment(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        sink.ended = 0;
        start();
        pf_time_sleep_until(pf_time_mono_ns() + i * i * 5000);
        if (i % 3 == 1)
            pf_stream_reconfigure(stream, &(struct pf_mode){800, 600, 60000});
        if (i % 3 == 2)
            fake_break_capture(&machine, i % 2 ? -ENODEV : -ECONNRESET);
        pf_time_sleep_until(pf_time_mono_ns() + i * 10000);
        pf_stream_destroy(stream);
        stream = NULL;
        assert_int_equal(SEE(sink.ended), 1);
        assert_int_equal(SEE(machine.captures_open), 0);
        assert_int_equal(SEE(machine.encoders_open), 0);
        assert_int_equal(leases_given_back(), SEE(machine.acquires));
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_starts_with_an_idr_and_holds_the_rate),
        TEST(units_keep_order_and_stamps_grow),
        TEST(a_flood_of_pictures_is_held_to_the_rate),
        TEST(statistics_tell_what_happened),
        TEST(requests_become_one_idr),
        TEST(a_loss_is_gone_around),
        TEST(impossible_losses_are_ignored),
        TEST(a_loss_too_old_needs_an_idr),
        TEST(the_rate_changes_in_place),
        TEST(a_new_mode_begins_with_an_idr),
        TEST(an_impossible_mode_changes_nothing),
        TEST(a_display_may_change_in_place),
        TEST(a_failed_change_in_place_leaves_the_old_mode),
        TEST(a_change_in_place_that_loses_the_display_is_mended),
        TEST(a_display_lost_for_good_in_a_change_ends_the_stream),
        TEST(the_newest_mode_wins),
        TEST(a_picture_of_another_size_gets_another_encoder),
        TEST(building_is_tried_again),
        TEST(eight_attempts_are_enough),
        TEST(permanent_errors_end_at_once),
        TEST(a_kept_display_without_a_picture_is_replaced),
        TEST(a_broken_capture_is_opened_again),
        TEST(a_dead_compositor_may_come_back),
        TEST(a_title_that_ends_is_not_started_again),
        TEST(a_title_may_end_after_a_crash),
        TEST(a_title_that_ends_at_once_is_tried_once),
        TEST(it_does_not_wait_for_ever),
        TEST(the_sixth_loss_in_a_row_is_the_last),
        TEST(a_picture_in_between_starts_the_count_again),
        TEST(a_failing_encoder_is_replaced),
        TEST(an_encoder_that_keeps_failing_ends_the_stream),
        TEST(a_slow_sink_loses_nothing),
        TEST(a_closed_sink_ends_the_stream),
        TEST(stop_while_a_display_is_made),
        TEST(stop_cancels_the_making_of_a_display),
        TEST(stop_cancels_a_change_in_place),
        TEST(stop_while_waiting_for_the_first_picture),
        TEST(stop_between_two_attempts),
        TEST(stop_during_a_repair),
        TEST(stop_at_one_picture_a_second),
        TEST(destroy_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The pipeline of a session: its plain course, key frames, rates and modes. */
#include "stream_rig.h"

#include <errno.h>
#include <string.h>

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
    start_streaming();
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
    start_streaming();
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
    start_streaming();
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
    ORDER(machine.remode_failures, 3);
    pf_stream_reconfigure(stream, &(struct pf_mode){1280, 720, 100000});
    fake_sink_wait_settled(&sink, 1);
    assert_int_equal(SEE(sink.settled_rc), -EIO);
    assert_int_equal(SEE(sink.settled_mode.width), 640);
    assert_int_equal(SEE(machine.acquires), 2);
    assert_int_equal(SEE(machine.marked_failed), 1);
    fake_sink_wait_idrs(&sink, 2);
}

static void a_display_that_changes_in_place_is_mended_there(void **state)
{
    (void)state;
    machine.changes_in_place = true;
    start();
    fake_sink_wait_units(&sink, 3);
    fake_break_capture(&machine, -ENODEV);
    fake_sink_wait_idrs(&sink, 2);
    assert_int_equal(SEE(machine.remodes), 1);
    assert_int_equal(SEE(machine.acquires), 1);
    assert_int_equal(leases_given_back(), 0);
}

static void a_display_lost_for_good_in_a_change_ends_the_stream(void **state)
{
    (void)state;
    config.limits.recovery_ns = 20 * MS;
    machine.changes_in_place = true;
    start();
    fake_sink_wait_units(&sink, 3);
    ORDER(machine.remode_failures, 1000000);
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
        TEST(a_display_that_changes_in_place_is_mended_there),
        TEST(a_display_lost_for_good_in_a_change_ends_the_stream),
        TEST(the_newest_mode_wins),
        TEST(a_picture_of_another_size_gets_another_encoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

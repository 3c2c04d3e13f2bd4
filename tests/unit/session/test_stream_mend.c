/* How a stream is built and repaired. */
#include "stream_rig.h"

#include <errno.h>
#include <string.h>

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
    start_streaming();
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
    start_streaming();
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
    start_streaming();
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
    start_streaming();
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
    start_streaming();
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
    start_streaming();
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
    start_streaming();
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
    start_streaming();
    ORDER(machine.encode_failures, 1000);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_ENCODER_FAILED);
    assert_int_equal(SEE(sink.end_rc), -EIO);
    assert_int_equal(SEE(machine.encoders), 6);
    assert_non_null(strstr(sink.why, "in a row"));
}

/* ---- an encoder that hangs ---- */

/* After three units this many calls hang. */
static void start_hanging(uint64_t limit_ns, int calls)
{
    config.limits.encoder_stall_ns = limit_ns;
    start_streaming();
    ORDER(machine.encode_hangs, calls);
}

static void end_hanging(int encoders_open)
{
    pthread_mutex_lock(&machine.lock);
    machine.let_go = true;
    pthread_cond_broadcast(&machine.changed);
    while (machine.encoders_open != encoders_open)
        pthread_cond_wait(&machine.changed, &machine.lock);
    pthread_mutex_unlock(&machine.lock);
}

static void a_hanging_encoder_is_left_behind(void **state)
{
    (void)state;
    start_hanging(200 * MS, 1);
    fake_sink_wait_idrs(&sink, 2);
    unsigned count = fake_sink_count(&sink);
    fake_sink_wait_units(&sink, count + 10); /* it goes on */
    assert_int_equal(SEE(machine.hung), 1);
    assert_int_equal(SEE(machine.encoders), 2);
    assert_int_equal(SEE(machine.captures), 2); /* the picture that hangs has a buffer of the first one */
    assert_int_equal(SEE(machine.captures_open), 1);
    assert_int_equal(SEE(machine.acquires), 1);
    for (unsigned i = 1; i < count; i++)
        assert_int_equal(SEE(sink.unit[i].number), sink.unit[i - 1].number + 1);
    end_hanging(1); /* the other one was closed by its thread */
    assert_int_equal(SEE(sink.ended), 0);
}

static void software_may_take_its_time(void **state)
{
    (void)state;
    machine.encodes_on_cpu = true;
    start_hanging(1000 * MS, 1);
    while (!SEE(machine.hung))
        pf_time_sleep_until(pf_time_mono_ns() + MS);
    pf_time_sleep_until(pf_time_mono_ns() + 1500 * MS);
    unsigned count = fake_sink_count(&sink);
    end_hanging(1);
    fake_sink_wait_units(&sink, count + 3);
    assert_int_equal(SEE(machine.encoders), 1);
    assert_int_equal(SEE(machine.captures), 1);
}

static void a_hanging_encoder_outlives_its_stream(void **state)
{
    (void)state;
    start_hanging(200 * MS, 1);
    fake_sink_wait_idrs(&sink, 2);
    pf_stream_destroy(stream);
    stream = NULL;
    assert_int_equal(SEE(machine.encoders_open), 1);
    assert_int_equal(SEE(machine.captures_open), 0);
    end_hanging(0);
}

static void a_stop_does_not_wait_for_a_hanging_encoder(void **state)
{
    (void)state;
    config.limits.encoder_stall_ns = 200 * MS;
    ORDER(machine.encode_hangs, 1);
    start();
    while (!SEE(machine.hung))
        pf_time_sleep_until(pf_time_mono_ns() + MS);
    pf_stream_destroy(stream);
    stream = NULL;
    assert_int_equal(SEE(sink.end), PF_STREAM_STOPPED);
    assert_int_equal(SEE(machine.encoders), 1);
    end_hanging(0);
}

static void encoders_that_keep_hanging_end_the_stream(void **state)
{
    (void)state;
    start_hanging(80 * MS, 1000);
    fake_sink_wait_ended(&sink);
    assert_int_equal(SEE(sink.end), PF_STREAM_ENCODER_FAILED);
    assert_int_equal(SEE(sink.end_rc), -ETIMEDOUT);
    assert_int_equal(SEE(machine.hung), 6);
    end_hanging(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        TEST(a_hanging_encoder_is_left_behind),
        TEST(software_may_take_its_time),
        TEST(a_hanging_encoder_outlives_its_stream),
        TEST(a_stop_does_not_wait_for_a_hanging_encoder),
        TEST(encoders_that_keep_hanging_end_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

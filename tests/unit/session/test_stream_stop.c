/* A stream that is held up, and one that is stopped. */
#include "stream_rig.h"

#include <errno.h>

/* ---- back pressure ---- */

static void a_slow_sink_loses_nothing(void **state)
{
    (void)state;
    start_streaming();
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
    start_streaming();
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

int main(void)
{
    const struct CMUnitTest tests[] = {
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

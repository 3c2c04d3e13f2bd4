/* Samples, loss injection, keyframe requests. */
#include "client/drop.h"
#include "client/parity_log.h"
#include "client/recovery.h"
#include "client/samples.h"

#include "punktfunk/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS 1000000ull

static void percentiles(void **state)
{
    struct probe_samples s = {0};
    assert_int_equal(probe_samples_at(&s, 0.5), 0);
    for (uint64_t i = 0; i < 2000; i++)
        probe_samples_add(&s, (i * 7) % 2000);
    assert_int_equal(s.count, 2000);
    assert_int_equal(probe_samples_at(&s, 0.5), 1000);
    assert_int_equal(probe_samples_at(&s, 0.99), 1980);
    assert_int_equal(probe_samples_max(&s), 1999);
    probe_samples_add(&s, 5000); /* sorts again */
    assert_int_equal(probe_samples_max(&s), 5000);
    probe_samples_finish(&s);
}

static void timings_meet_in_any_order(void **state)
{
    static struct probe_split s;
    probe_split_received(&s, 100, 900);
    probe_split_told(&s, 200, 300);
    assert_int_equal(s.host_us.count, 0);
    probe_split_told(&s, 100, 400);
    probe_split_received(&s, 200, 250); /* clocks differ a little: never below 0 */
    assert_int_equal(s.host_us.count, 2);
    assert_int_equal(probe_samples_max(&s.network_us), 500);
    assert_int_equal(probe_samples_at(&s.network_us, 0), 0);
    probe_split_told(&s, 100, 400); /* answered before */
    assert_int_equal(s.host_us.count, 2);
    for (uint64_t i = 0; i < PROBE_SPLIT_PENDING; i++)
        probe_split_received(&s, 1000 + i, 1);
    probe_split_received(&s, 5000, 1); /* pushes the oldest out */
    probe_split_told(&s, 1000, 1);
    assert_int_equal(s.host_us.count, 2);
    probe_split_told(&s, 1001, 1);
    assert_int_equal(s.host_us.count, 3);
    probe_split_finish(&s);
}

static void drops_are_repeatable(void **state)
{
    struct probe_drop a = {.percent = 5, .state = 1}, b = a, c = {.percent = 5, .state = 2};
    unsigned same = 0;
    for (int i = 0; i < 20000; i++) {
        bool x = probe_drop_next(&a);
        assert_int_equal(x, probe_drop_next(&b));
        same += x && probe_drop_next(&c);
    }
    assert_in_range(a.dropped, 900, 1100);
    assert_in_range(same, 0, 150);
    struct probe_drop none = {.state = 1}, all = {.percent = 100, .state = 1};
    for (int i = 0; i < 1000; i++) {
        assert_false(probe_drop_next(&none));
        assert_true(probe_drop_next(&all));
    }
}

static void bursts_come_in_a_row(void **state)
{
    struct probe_drop d = {.burst = 3, .every = 10, .state = 1};
    for (int i = 0; i < 100; i++)
        assert_int_equal(probe_drop_next(&d), i % 10 >= 7);
    assert_int_equal(d.dropped, 30);
}

static uint32_t first, last;

static enum probe_ask poll_at(struct probe_recovery *r, uint64_t now_ns)
{
    return probe_recovery_poll(r, now_ns, &first, &last);
}

static void no_loss_no_request(void **state)
{
    struct probe_recovery r = {0};
    for (uint32_t i = 0; i < 100; i++) {
        probe_recovery_frame(&r, i, PF_FRAME_PIC, i * 16 * MS);
        assert_int_equal(poll_at(&r, i * 16 * MS), PROBE_ASK_NOTHING);
    }
    /* a pair that swapped places heals itself */
    probe_recovery_frame(&r, 101, PF_FRAME_PIC, 1600 * MS);
    assert_true(r.frozen);
    probe_recovery_frame(&r, 100, PF_FRAME_PIC, 1601 * MS);
    assert_false(r.frozen);
    assert_int_equal(r.lost, 0);
}

static void frames_that_never_began_count_as_lost(void **state)
{
    struct probe_recovery r = {0};
    probe_recovery_frame(&r, 0, PF_FRAME_IDR, 0);
    probe_recovery_frame(&r, 4, PF_FRAME_IDR, 0);
    probe_recovery_frame(&r, 5, PF_FRAME_PROBE, 0); /* a speed test shares the numbers */
    probe_recovery_frame(&r, 6, PF_FRAME_PIC, 0);
    probe_recovery_frame(&r, 2, PF_FRAME_PIC, 0);
    assert_int_equal(r.lost, 2);
    assert_false(r.frozen);
}

static void a_lost_frame_asks_once_until_it_heals(void **state)
{
    struct probe_recovery r = {0};
    probe_recovery_frame(&r, 0, PF_FRAME_IDR | PF_FRAME_PIC, 0);
    probe_recovery_frame(&r, 2, PF_FRAME_PIC, 32 * MS);
    assert_int_equal(poll_at(&r, 32 * MS), PROBE_ASK_NOTHING); /* it may still come */
    probe_recovery_dropped(&r, 1, 152 * MS);
    assert_int_equal(poll_at(&r, 152 * MS), PROBE_ASK_KEYFRAME);
    assert_int_equal(poll_at(&r, 160 * MS), PROBE_ASK_NOTHING);
    probe_recovery_dropped(&r, 2, 200 * MS);
    assert_int_equal(poll_at(&r, 251 * MS), PROBE_ASK_NOTHING); /* throttled */
    assert_int_equal(poll_at(&r, 252 * MS), PROBE_ASK_KEYFRAME);
    assert_int_equal(poll_at(&r, 752 * MS), PROBE_ASK_KEYFRAME); /* still frozen half a second later */
    probe_recovery_frame(&r, 3, PF_FRAME_IDR | PF_FRAME_PIC, 760 * MS);
    assert_false(r.frozen);
    assert_int_equal(poll_at(&r, 9000 * MS), PROBE_ASK_NOTHING);
    assert_int_equal(r.requests, 3);
}

static void a_gap_asks_for_a_repair(void **state)
{
    struct probe_recovery r = {.repairs = true};
    probe_recovery_frame(&r, 0, PF_FRAME_IDR, 0);
    probe_recovery_frame(&r, 3, PF_FRAME_PIC, 32 * MS);
    assert_int_equal(poll_at(&r, 32 * MS), PROBE_ASK_REPAIR);
    assert_int_equal(first, 1);
    assert_int_equal(last, 2);
    assert_int_equal(poll_at(&r, 33 * MS), PROBE_ASK_NOTHING);
    probe_recovery_frame(&r, 5, PF_FRAME_PIC, 48 * MS);
    probe_recovery_frame(&r, 7, PF_FRAME_PIC, 64 * MS);
    assert_int_equal(poll_at(&r, 131 * MS), PROBE_ASK_NOTHING); /* throttled */
    assert_int_equal(poll_at(&r, 132 * MS), PROBE_ASK_REPAIR);
    assert_int_equal(first, 4);
    assert_int_equal(last, 6);
    probe_recovery_frame(&r, 8, PF_FRAME_RECOVERY_ANCHOR, 140 * MS);
    assert_false(r.frozen);
    probe_recovery_dropped(&r, 4, 150 * MS);
    assert_int_equal(poll_at(&r, 900 * MS), PROBE_ASK_NOTHING);
    assert_int_equal(r.repair_requests, 2);
    assert_int_equal(r.requests, 0);
}

static void too_long_a_gap_asks_for_a_keyframe(void **state)
{
    struct probe_recovery r = {.repairs = true};
    probe_recovery_frame(&r, 0, PF_FRAME_IDR, 0);
    probe_recovery_frame(&r, 300, PF_FRAME_PIC, 32 * MS);
    assert_int_equal(poll_at(&r, 32 * MS), PROBE_ASK_KEYFRAME);
    assert_int_equal(poll_at(&r, 33 * MS), PROBE_ASK_NOTHING);
}

static void a_loss_already_healed_needs_no_request(void **state)
{
    struct probe_recovery r = {0};
    probe_recovery_frame(&r, 0, PF_FRAME_IDR, 0);
    probe_recovery_frame(&r, 2, PF_FRAME_IDR, 32 * MS);
    probe_recovery_dropped(&r, 1, 152 * MS);
    assert_int_equal(poll_at(&r, 152 * MS), PROBE_ASK_NOTHING);
}

static void a_lost_start_asks(void **state)
{
    struct probe_recovery r = {0};
    probe_recovery_dropped(&r, 1, 120 * MS);
    assert_int_equal(poll_at(&r, 120 * MS), PROBE_ASK_KEYFRAME);
}

static void recovery_points_heal_in_pairs(void **state)
{
    struct probe_recovery r = {0};
    probe_recovery_frame(&r, 0, PF_FRAME_RECOVERY_POINT, 0);
    probe_recovery_frame(&r, 5, PF_FRAME_PIC, 1 * MS);
    probe_recovery_frame(&r, 6, PF_FRAME_RECOVERY_POINT, 2 * MS);
    assert_true(r.frozen);
    probe_recovery_frame(&r, 7, PF_FRAME_RECOVERY_POINT, 3 * MS);
    assert_false(r.frozen);
    probe_recovery_frame(&r, 9, PF_FRAME_PIC, 4 * MS);
    probe_recovery_frame(&r, 10, PF_FRAME_RECOVERY_ANCHOR, 5 * MS);
    assert_false(r.frozen);
}

static void see(struct probe_parity_log *log, uint32_t frame, uint16_t parity, uint32_t flags)
{
    uint8_t packet[PF_PACKET_HEADER];
    const struct pf_packet_header h = {.frame_index = frame,
        .user_flags = flags,
        .data_shards = 47,
        .recovery_shards = parity,
        .magic = 0xC9};
    pf_packet_header_write(&h, packet);
    probe_parity_log_packet(log, packet, sizeof(packet));
}

static void parity_is_noted_once_for_each_change(void **state)
{
    struct probe_parity_log log = {0};
    probe_parity_log_packet(&log, (const uint8_t *)"short", 5);
    assert_int_equal(log.count, 0);
    see(&log, 7, 5, PF_FRAME_PIC);
    see(&log, 8, 5, PF_FRAME_PIC);
    see(&log, 9, 8, PF_FRAME_PIC);
    see(&log, 8, 5, PF_FRAME_PIC);   /* late */
    see(&log, 0, 1, PF_FRAME_PROBE); /* filler */
    see(&log, 10, 8, PF_FRAME_PIC);
    assert_int_equal(log.count, 2);
    assert_int_equal(log.changes[1].frame, 9);
    assert_int_equal(log.changes[1].data, 47);
    assert_int_equal(log.changes[1].parity, 8);
    for (uint32_t i = 0; i < 100; i++)
        see(&log, 20 + i, (uint16_t)(i & 1), PF_FRAME_PIC);
    assert_int_equal(log.count, 102);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parity_is_noted_once_for_each_change),
        cmocka_unit_test(percentiles),
        cmocka_unit_test(timings_meet_in_any_order),
        cmocka_unit_test(drops_are_repeatable),
        cmocka_unit_test(bursts_come_in_a_row),
        cmocka_unit_test(no_loss_no_request),
        cmocka_unit_test(frames_that_never_began_count_as_lost),
        cmocka_unit_test(a_lost_frame_asks_once_until_it_heals),
        cmocka_unit_test(a_gap_asks_for_a_repair),
        cmocka_unit_test(too_long_a_gap_asks_for_a_keyframe),
        cmocka_unit_test(a_loss_already_healed_needs_no_request),
        cmocka_unit_test(a_lost_start_asks),
        cmocka_unit_test(recovery_points_heal_in_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

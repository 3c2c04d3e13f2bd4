#include "native/control_dialogue.h"
#include "punktfunk/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MS PF_NS_PER_MS

/* Remembers what the state machine sent and ordered. */
struct rig {
    struct pf_session_plan plan;
    struct pf_control_dialogue c;
    unsigned sent, keyframes, repairs, modes, rates, probes;
    struct pf_control last;
    unsigned fec;
    uint32_t first_index, last_index;
    struct pf_mode mode;
    uint32_t kbps, probe_kbps, probe_ms;
};

static void on_send(void *user, const uint8_t *frame, size_t len)
{
    struct rig *r = user;
    assert_int_equal(frame[0] | frame[1] << 8, len - PF_FRAME_PREFIX);
    assert_int_equal(pf_control_decode(PF_WIRE_V31, frame + 2, len - 2, &r->last), 0);
    r->sent++;
}

static void on_keyframe(void *user)
{
    ((struct rig *)user)->keyframes++;
}

static void on_invalidate(void *user, uint32_t first_index, uint32_t last_index)
{
    struct rig *r = user;
    r->repairs++;
    r->first_index = first_index;
    r->last_index = last_index;
}

static void on_fec(void *user, unsigned percent)
{
    ((struct rig *)user)->fec = percent;
}

static void on_probe(void *user, uint32_t kbps, uint32_t duration_ms)
{
    struct rig *r = user;
    r->probes++;
    r->probe_kbps = kbps;
    r->probe_ms = duration_ms;
}

static void on_reconfigure(void *user, const struct pf_mode *mode)
{
    struct rig *r = user;
    r->modes++;
    r->mode = *mode;
}

static void on_bitrate(void *user, uint32_t kbps)
{
    struct rig *r = user;
    r->rates++;
    r->kbps = kbps;
}

static const struct pf_mode HD = {1280, 720, 60000}, FULL_HD = {1920, 1080, 120000};

static void rig_init(struct rig *r, bool synthetic)
{
    *r = (struct rig){.plan = {.source = synthetic ? PF_SESSION_SOURCE_SYNTHETIC : PF_SESSION_SOURCE_VIRTUAL,
                          .codec = synthetic ? PF_CODEC_NONE : PF_CODEC_H264,
                          .mode = HD,
                          .bitrate_kbps = 20000}};
    struct pf_control_config config = {.clock = pf_wall_clock_start(),
        .plan = &r->plan,
        .parity = pf_parity_control_start(-1),
        .hold_until_mono_ns = 3000 * MS};
    struct pf_control_sink sink = {.user = r,
        .send = on_send,
        .keyframe = on_keyframe,
        .invalidate = on_invalidate,
        .set_fec = on_fec,
        .probe = on_probe,
        .reconfigure = on_reconfigure,
        .set_bitrate = on_bitrate};
    pf_control_dialogue_init(&r->c, &config, &sink);
}

static void say(struct rig *r, const struct pf_control *msg, uint64_t mono_ns)
{
    uint8_t buf[64];
    int len = pf_control_encode(msg, buf, sizeof(buf));
    assert_true(len > 0);
    pf_control_dialogue_message(&r->c, buf, (size_t)len, mono_ns);
}

static void say_mode(struct rig *r, uint32_t w, uint32_t h, uint32_t hz, uint64_t mono_ns)
{
    say(r,
        &(struct pf_control){
            .type = PF_CONTROL_RECONFIGURE, .mode = {.width = w, .height = h, .refresh = hz}},
        mono_ns);
}

static void say_echoes(struct rig *r, unsigned n, uint64_t mono_ns)
{
    for (unsigned i = 0; i < n; i++)
        say(r, &(struct pf_control){.type = PF_CONTROL_CLOCK_PROBE, .clock = {.t1_ns = i + 1}}, mono_ns);
}

static void a_clock_probe_is_echoed_at_once(void **state)
{
    struct rig r;
    rig_init(&r, false);
    uint64_t mono = pf_time_mono_ns();
    say(&r, &(struct pf_control){.type = PF_CONTROL_CLOCK_PROBE, .clock = {.t1_ns = 77}}, mono);
    assert_int_equal(r.sent, 1);
    assert_int_equal(r.last.type, PF_CONTROL_CLOCK_ECHO);
    assert_int_equal(r.last.clock.t1_ns, 77);
    assert_int_equal(r.last.clock.t2_ns, pf_wall_clock_from_mono(&r.c.config.clock, mono));
    assert_true(r.last.clock.t3_ns >= r.last.clock.t2_ns);
}

static void a_mode_is_answered_before_it_is_tried(void **state)
{
    struct rig r;
    rig_init(&r, false);
    say_mode(&r, 1920, 1080, 120, 0);
    assert_int_equal(r.sent, 1);
    assert_int_equal(r.last.type, PF_CONTROL_RECONFIGURED);
    assert_true(r.last.reconfigured.accepted);
    assert_int_equal(r.last.reconfigured.width, 1920);
    assert_int_equal(r.last.reconfigured.refresh, 120);
    assert_int_equal(r.modes, 1);
    assert_true(pf_mode_equal(&r.mode, &FULL_HD));
    pf_control_dialogue_settled(&r.c, &FULL_HD, &FULL_HD, 20000, 100 * MS);
    assert_int_equal(r.sent, 1); /* it worked: nothing more to say */
}

static void impossible_modes_are_refused(void **state)
{
    struct rig r;
    rig_init(&r, false);
    const uint32_t bad[][3] = {{1920, 1080, 0}, {0, 1080, 60}, {1921, 1080, 60}, {4098, 2160, 60},
        {1920, 1080, 1001}, {1920, 1080, 0xFFFFFFFF}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        say_mode(&r, bad[i][0], bad[i][1], bad[i][2], 0);
        assert_int_equal(r.sent, i + 1);
        assert_false(r.last.reconfigured.accepted);
        assert_int_equal(r.last.reconfigured.width, 1280); /* what is in force */
    }
    assert_int_equal(r.modes, 0);
}

static void modes_in_a_row_are_refused(void **state)
{
    struct rig r;
    rig_init(&r, false);
    say_mode(&r, 1920, 1080, 120, 1000 * MS);
    say_mode(&r, 800, 600, 60, 1499 * MS);
    assert_false(r.last.reconfigured.accepted);
    say_mode(&r, 800, 600, 60, 1500 * MS);
    assert_true(r.last.reconfigured.accepted);
    assert_int_equal(r.modes, 2);
}

static void a_failed_switch_is_told_but_not_into_the_clock_exchange(void **state)
{
    struct rig r;
    rig_init(&r, false);
    say_echoes(&r, 7, 0);
    say_mode(&r, 1920, 1080, 120, 0);
    assert_int_equal(r.sent, 8);
    pf_control_dialogue_settled(&r.c, &FULL_HD, &HD, 20000, 10 * MS);
    assert_int_equal(r.sent, 8);
    assert_int_equal(pf_control_dialogue_deadline(&r.c), 3000 * MS);
    say_echoes(&r, 1, 20 * MS);
    assert_int_equal(r.sent, 10); /* the echo first, then the correction */
    assert_int_equal(r.last.type, PF_CONTROL_RECONFIGURED);
    assert_true(r.last.reconfigured.accepted);
    assert_int_equal(r.last.reconfigured.width, 1280);
    assert_int_equal(pf_control_dialogue_deadline(&r.c), UINT64_MAX);
}

static void a_client_without_clock_exchange_is_told_after_a_while(void **state)
{
    struct rig r;
    rig_init(&r, false);
    say_mode(&r, 1920, 1080, 120, 0);
    pf_control_dialogue_settled(&r.c, &FULL_HD, &HD, 20000, 10 * MS);
    pf_control_dialogue_tick(&r.c, 2999 * MS);
    assert_int_equal(r.sent, 1);
    pf_control_dialogue_tick(&r.c, 3000 * MS);
    assert_int_equal(r.sent, 2);
    pf_control_dialogue_tick(&r.c, 3001 * MS);
    assert_int_equal(r.sent, 2);
}

static void the_end_of_an_older_wish_is_not_told(void **state)
{
    struct rig r;
    rig_init(&r, false);
    const struct pf_mode small = {800, 600, 60000};
    say_mode(&r, 1920, 1080, 120, 0);
    say_mode(&r, 800, 600, 60, 600 * MS);
    pf_control_dialogue_settled(&r.c, &FULL_HD, &FULL_HD, 20000, 5000 * MS);
    assert_int_equal(r.sent, 2);
    pf_control_dialogue_settled(&r.c, &small, &FULL_HD, 20000, 5001 * MS);
    assert_int_equal(r.sent, 3);
    assert_int_equal(r.last.reconfigured.width, 1920);
}

static void the_synthetic_source_acknowledges_without_effect(void **state)
{
    struct rig r;
    rig_init(&r, true);
    say_mode(&r, 1920, 1080, 120, 0);
    assert_true(r.last.reconfigured.accepted);
    say(&r, &(struct pf_control){.type = PF_CONTROL_SET_BITRATE, .kbps = 5000}, 0);
    assert_int_equal(r.last.type, PF_CONTROL_BITRATE_CHANGED);
    assert_int_equal(r.last.kbps, 20000);
    assert_int_equal(r.modes + r.rates, 0);
}

static void a_keyframe_or_a_repair_is_asked_for(void **state)
{
    struct rig r;
    rig_init(&r, false);
    say(&r, &(struct pf_control){.type = PF_CONTROL_REQUEST_KEYFRAME}, 0);
    assert_int_equal(r.keyframes, 1);
    say(&r, &(struct pf_control){.type = PF_CONTROL_RFI_REQUEST, .rfi = {.first_frame = 3, .last_frame = 4}},
        0);
    assert_int_equal(r.repairs, 1);
    assert_int_equal(r.first_index, 3);
    assert_int_equal(r.last_index, 4);
    say(&r,
        &(struct pf_control){
            .type = PF_CONTROL_RFI_REQUEST, .rfi = {.first_frame = UINT32_MAX, .last_frame = 255}},
        0); /* 256 further, across the wrap */
    assert_int_equal(r.repairs, 2);
    say(&r,
        &(struct pf_control){
            .type = PF_CONTROL_RFI_REQUEST, .rfi = {.first_frame = UINT32_MAX, .last_frame = 256}},
        0); /* too long */
    say(&r, &(struct pf_control){.type = PF_CONTROL_RFI_REQUEST, .rfi = {.first_frame = 4, .last_frame = 3}},
        0); /* longer still */
    assert_int_equal(r.repairs, 2);
    assert_int_equal(r.keyframes, 3);
    assert_int_equal(r.sent, 0);
}

static void loss_raises_parity_at_once_and_lowers_it_slowly(void **state)
{
    struct rig r;
    rig_init(&r, false);
    const struct {
        uint32_t ppm;
        unsigned percent;
    } steps[] = {{0, 9}, {0, 8}, {100000, 15}, {1000000, 50}, {350000, 50}, {0, 49}, {1, 48}};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        say(&r, &(struct pf_control){.type = PF_CONTROL_LOSS_REPORT, .loss_ppm = steps[i].ppm}, 0);
        if (steps[i].percent != 50 || i == 3)
            assert_int_equal(r.fec, steps[i].percent);
    }
    for (unsigned i = 0; i < 100; i++)
        say(&r, &(struct pf_control){.type = PF_CONTROL_LOSS_REPORT}, 0);
    assert_int_equal(r.fec, 1);
    assert_int_equal(r.sent, 0);
}

static void pinned_parity_stays(void **state)
{
    struct rig r;
    rig_init(&r, false);
    r.c.parity = pf_parity_control_start(20);
    say(&r, &(struct pf_control){.type = PF_CONTROL_LOSS_REPORT, .loss_ppm = 900000}, 0);
    assert_int_equal(r.fec, 0);
}

static struct pf_control probe_request(uint32_t kbps, uint32_t ms)
{
    return (struct pf_control){
        .type = PF_CONTROL_PROBE_REQUEST, .probe_request = {.target_kbps = kbps, .duration_ms = ms}};
}

static void speed_tests_are_clamped_and_rare(void **state)
{
    struct rig r;
    rig_init(&r, false);
    struct pf_control huge = probe_request(UINT32_MAX, UINT32_MAX);
    say(&r, &huge, 1000 * MS);
    assert_int_equal(r.probe_kbps, 10000000);
    assert_int_equal(r.probe_ms, 5000);
    say(&r, &huge, 20000 * MS); /* the first still runs */
    assert_int_equal(r.probes, 1);
    pf_control_dialogue_probed(&r.c,
        &(struct pf_probe_result){.bytes = 1ull << 33, .units = 4, .packets_sent = 7, .packets_dropped = 9});
    assert_int_equal(r.last.type, PF_CONTROL_PROBE_RESULT);
    assert_true(r.last.probe_result.bytes_sent == 1ull << 33);
    assert_int_equal(r.last.probe_result.wire_packets_sent, 7);
    assert_int_equal(r.last.probe_result.send_dropped, 9);
    say(&r, &huge, 10999 * MS);
    assert_int_equal(r.probes, 1);
    say(&r, &huge, 11000 * MS);
    assert_int_equal(r.probes, 2);
}

static void an_empty_speed_test_has_an_empty_result(void **state)
{
    struct rig r;
    rig_init(&r, false);
    struct pf_control no_rate = probe_request(0, 500), no_time = probe_request(500, 0);
    say(&r, &no_rate, 0);
    say(&r, &no_time, 0);
    assert_int_equal(r.probes, 0);
    assert_int_equal(r.sent, 2);
    assert_int_equal(r.last.probe_result.wire_packets_sent, 0);
}

static void a_rate_wish_is_always_answered_with_what_is_in_force(void **state)
{
    struct rig r;
    rig_init(&r, false);
    say_echoes(&r, 8, 0);
    say(&r, &(struct pf_control){.type = PF_CONTROL_SET_BITRATE, .kbps = 1}, 0);
    assert_int_equal(r.kbps, 500);
    pf_control_dialogue_settled(&r.c, NULL, &HD, 20000, 1);
    assert_int_equal(r.last.type, PF_CONTROL_BITRATE_CHANGED);
    assert_int_equal(r.last.kbps, 20000);
    unsigned sent = r.sent;
    pf_control_dialogue_settled(&r.c, NULL, &HD, 20000, 2);
    assert_int_equal(r.sent, sent);
    pf_control_dialogue_settled(&r.c, NULL, &HD, 9000, 3); /* a rebuild gave another rate */
    assert_int_equal(r.last.kbps, 9000);
}

static void a_client_of_the_baseline_hears_nothing_of_rates(void **state)
{
    struct rig r;
    rig_init(&r, false);
    say_echoes(&r, 8, 0);
    pf_control_dialogue_settled(&r.c, NULL, &HD, 9000, 3);
    assert_int_equal(r.sent, 8);
}

static void noise_is_skipped(void **state)
{
    struct rig r;
    rig_init(&r, false);
    uint8_t bytes[64];
    for (unsigned len = 0; len < sizeof(bytes); len++)
        for (unsigned type = 0; type < 256; type++) {
            memset(bytes, 0xFF, sizeof(bytes));
            memcpy(bytes, type & 1 ? "PKFc" : "PKF1", 4);
            bytes[4] = (uint8_t)type;
            pf_control_dialogue_message(&r.c, bytes, len, 0);
        }
    r.sent = 0;
    say_echoes(&r, 1, 0);
    assert_int_equal(r.last.type, PF_CONTROL_CLOCK_ECHO);
    struct pf_control wrong_way = {.type = PF_CONTROL_PROBE_RESULT};
    say(&r, &wrong_way, 0);
    assert_int_equal(r.sent, 1);
}

static void a_rebuild_is_told_to_newer_clients(void **state)
{
    struct rig r;
    rig_init(&r, false);
    pf_control_dialogue_gap(&r.c, 250, 4000 * MS);
    assert_int_equal(r.sent, 0);
    r.c.config.newer = true;
    pf_control_dialogue_gap(&r.c, 250, 10 * MS); /* the clock exchange runs */
    assert_int_equal(r.sent, 0);
    assert_int_equal(pf_control_dialogue_deadline(&r.c), 3000 * MS);
    pf_control_dialogue_tick(&r.c, 3000 * MS);
    assert_int_equal(r.sent, 2);
    assert_int_equal(r.last.type, PF_CONTROL_BITRATE_CHANGED);
    assert_int_equal(r.last.kbps, 20000);
    pf_control_dialogue_tick(&r.c, 3001 * MS);
    assert_int_equal(r.sent, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_probe_is_echoed_at_once),
        cmocka_unit_test(a_mode_is_answered_before_it_is_tried),
        cmocka_unit_test(impossible_modes_are_refused),
        cmocka_unit_test(modes_in_a_row_are_refused),
        cmocka_unit_test(a_failed_switch_is_told_but_not_into_the_clock_exchange),
        cmocka_unit_test(a_client_without_clock_exchange_is_told_after_a_while),
        cmocka_unit_test(the_end_of_an_older_wish_is_not_told),
        cmocka_unit_test(the_synthetic_source_acknowledges_without_effect),
        cmocka_unit_test(a_keyframe_or_a_repair_is_asked_for),
        cmocka_unit_test(a_rebuild_is_told_to_newer_clients),
        cmocka_unit_test(loss_raises_parity_at_once_and_lowers_it_slowly),
        cmocka_unit_test(pinned_parity_stays),
        cmocka_unit_test(speed_tests_are_clamped_and_rare),
        cmocka_unit_test(an_empty_speed_test_has_an_empty_result),
        cmocka_unit_test(a_rate_wish_is_always_answered_with_what_is_in_force),
        cmocka_unit_test(a_client_of_the_baseline_hears_nothing_of_rates),
        cmocka_unit_test(noise_is_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

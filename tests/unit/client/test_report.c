/* Exit status and JSON. */
#include "client/outcome.h"

#include "punktfunk/wire_common.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct pf_quic_close_info closed_by_host(uint64_t code, const char *reason)
{
    return (struct pf_quic_close_info){
        .kind = PF_QUIC_CLOSED_BY_PEER, .code = code, .reason = reason, .text = "closed by the peer"};
}

static void typed_closes_have_a_status_of_their_own(void **state)
{
    struct probe_report r = {0};
    struct pf_quic_close_info info = closed_by_host(PF_CLOSE_DENIED, "not today");
    probe_outcome_closed(&r, &info, false);
    assert_int_equal(r.exit_status, 100);
    assert_string_equal(r.close.name, "denied");
    assert_string_equal(r.problem, "the request was denied on the host: not today");

    r = (struct probe_report){0};
    info = closed_by_host(PF_CLOSE_ERROR, "error");
    probe_outcome_closed(&r, &info, true);
    assert_int_equal(r.exit_status, PROBE_CHECK_FAILED);

    r = (struct probe_report){0};
    info = closed_by_host(PF_CLOSE_DONE, "done");
    probe_outcome_closed(&r, &info, true);
    assert_int_equal(r.exit_status, PROBE_OK);
    probe_outcome_closed(&r, &info, false); /* before the offer */
    assert_int_equal(r.exit_status, PROBE_NO_CONNECTION);

    r = (struct probe_report){0};
    info = closed_by_host(0xFFFF, "");
    probe_outcome_closed(&r, &info, true);
    assert_int_equal(r.exit_status, PROBE_NO_CONNECTION);

    r = (struct probe_report){0};
    info = (struct pf_quic_close_info){
        .kind = PF_QUIC_CLOSED_WRONG_PEER, .reason = "", .text = "not the pinned host"};
    probe_outcome_closed(&r, &info, false);
    assert_int_equal(r.exit_status, PROBE_WRONG_HOST);
    assert_string_equal(r.problem, "not the pinned host");
}

static struct probe_report synthetic(uint64_t frames, uint64_t mismatched)
{
    struct probe_report r = {.welcomed = true, .welcome = pf_welcome_default()};
    r.welcome.frames = 300;
    r.received.frames = frames;
    r.received.mismatched = mismatched;
    return r;
}

static int judged(struct probe_report r, const struct probe_options *o, bool complete)
{
    probe_outcome_judge(&r, o, complete);
    return r.exit_status;
}

static void synthetic_streams_must_be_whole(void **state)
{
    const struct probe_options strict = {0}, loose = {.allow_loss = true};
    assert_int_equal(judged(synthetic(300, 0), &strict, true), PROBE_OK);
    assert_int_equal(judged(synthetic(299, 0), &strict, true), PROBE_CHECK_FAILED);
    assert_int_equal(judged(synthetic(299, 0), &strict, false), PROBE_OK); /* cut short on purpose */
    assert_int_equal(judged(synthetic(299, 0), &loose, true), PROBE_OK);
    assert_int_equal(judged(synthetic(300, 1), &loose, true), PROBE_CHECK_FAILED);
    assert_int_equal(judged(synthetic(0, 0), &loose, false), PROBE_CHECK_FAILED);
}

static void what_was_asked_for_must_happen(void **state)
{
    const struct probe_options shot = {.screenshot = "x.png"}, none = {0};
    struct probe_report r = {.welcomed = true, .received.frames = 5};
    assert_int_equal(judged(r, &none, true), PROBE_OK);
    assert_int_equal(judged(r, &shot, true), PROBE_CHECK_FAILED);
    r.received.viewer.screenshot_written = true;
    assert_int_equal(judged(r, &shot, true), PROBE_OK);
    r.remode.asked = true;
    assert_int_equal(judged(r, &none, true), PROBE_CHECK_FAILED);
    r.remode.answered = true;
    assert_int_equal(judged(r, &none, true), PROBE_OK); /* a refusal is an answer */
    r.speed_test.asked = true;
    assert_int_equal(judged(r, &none, true), PROBE_CHECK_FAILED);
}

static void the_first_failure_stays(void **state)
{
    struct probe_report r = {0};
    probe_outcome_fail(&r, PROBE_WRONG_HOST, "first %d", 1);
    probe_outcome_fail(&r, PROBE_CHECK_FAILED, "second");
    assert_int_equal(r.exit_status, PROBE_WRONG_HOST);
    assert_string_equal(r.problem, "first 1");
}

static json_int_t integer(const json_t *j, const char *key)
{
    const json_t *v = json_object_get(j, key);
    if (!json_is_integer(v))
        fail_msg("%s is missing", key);
    return json_integer_value(v);
}

static void json_has_all_figures(void **state)
{
    struct probe_report r = synthetic(298, 1);
    struct probe_samples latency = {0};
    for (uint64_t i = 1; i <= 100; i++)
        probe_samples_add(&latency, i);
    r.latency = probe_distribution_of(&latency);
    r.received.packets.restored_shards = 77;
    r.received.frames_lost = 2;
    r.received.keyframes_asked = 3;
    r.received.idr_frames = 4;
    r.received.viewer.errors_since_healed = 5;
    r.first_picture_ms = 12.5;
    r.welcome_ms = -1;
    r.remode.asked = r.speed_test.asked = r.close.happened = true;
    r.close.code = 0x68;
    json_t *j = probe_report_json(&r);
    assert_non_null(j);
    assert_int_equal(integer(j, "verified"), 297);
    assert_int_equal(integer(j, "mismatched"), 1);
    assert_int_equal(integer(j, "fec_recovered"), 77);
    assert_int_equal(integer(j, "frames_lost"), 2);
    assert_int_equal(integer(j, "keyframe_requests"), 3);
    assert_int_equal(integer(j, "keyframes"), 4);
    assert_int_equal(integer(j, "decode_errors_at_end"), 5);
    assert_int_equal(integer(json_object_get(j, "latency_us"), "p50"), 51);
    assert_int_equal(integer(json_object_get(j, "latency_us"), "p99"), 100);
    assert_int_equal(integer(json_object_get(j, "close"), "code"), 0x68);
    assert_int_equal(integer(json_object_get(j, "welcome"), "frames"), 300);
    assert_true(json_real_value(json_object_get(j, "first_decoded_ms")) == 12.5);
    assert_true(json_is_null(json_object_get(j, "welcome_ms")));
    assert_true(json_is_object(json_object_get(j, "remode")));
    assert_true(json_is_object(json_object_get(j, "speed_test")));
    assert_true(json_is_object(json_object_get(j, "packets")));
    assert_true(json_is_object(json_object_get(j, "datagrams")));
    json_decref(j);
    probe_samples_finish(&latency);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_closes_have_a_status_of_their_own),
        cmocka_unit_test(synthetic_streams_must_be_whole),
        cmocka_unit_test(what_was_asked_for_must_happen),
        cmocka_unit_test(the_first_failure_stays),
        cmocka_unit_test(json_has_all_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

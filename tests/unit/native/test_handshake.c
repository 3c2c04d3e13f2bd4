/* First messages, limits, permits: everything before the stream, over real QUIC. */
#include "rig.h"

#include "base/time.h"

#include <string.h>

#define MS PF_NS_PER_MS

static const struct pf_native_config OPEN = {.source = PF_SESSION_SOURCE_SYNTHETIC, .frames = 3};

static struct pf_native_config open_host(void)
{
    return OPEN;
}

/* ---- time limits ----------------------------------------------------------------------------------------
 */

static void a_client_that_says_nothing_is_closed(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client silent, slow;
    config.limits.first_message_ns = 60 * MS;
    rig_open(&r, &config);
    client_connect(&r, &silent, r.alice);
    client_expect_close(&silent, PF_CLOSE_ERROR);
    client_connect(&r, &slow, r.alice);
    client_write(&slow, "\x1a\x00PKF1", 6); /* the first bytes of a Hello, and no more */
    client_expect_close(&slow, PF_CLOSE_ERROR);
    rig_close(&r);
}

static void the_first_byte_starts_the_limit_anew(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client c;
    config.limits.first_message_ns = 1500 * MS; /* with room for a machine that is busy */
    rig_open(&r, &config);
    client_connect(&r, &c, r.alice);
    rig_run_for(&r, 900);
    client_write(&c, "\x1a", 1);
    rig_run_for(&r, 900);
    assert_false(c.closed);
    client_expect_close(&c, PF_CLOSE_ERROR);
    rig_close(&r);
}

static void a_client_that_does_not_start_is_closed(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client c;
    config.limits.setup_ns = 60 * MS;
    rig_open(&r, &config);
    client_connect(&r, &c, r.alice);
    client_hello(&c, &(struct pf_hello){.version = 2, .width = 1280, .height = 720, .refresh = 60});
    client_welcomed(&c);
    client_expect_close(&c, PF_CLOSE_SETUP_FAILED);
    rig_close(&r);
}

/* ---- damaged messages -----------------------------------------------------------------------------------
 */

static void a_hello_may_come_byte_by_byte(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client c;
    uint8_t frame[PF_FRAME_PREFIX + PF_HELLO_MAX];
    struct pf_hello hello = plain_hello();
    int len = pf_hello_encode(&hello, frame + PF_FRAME_PREFIX, PF_HELLO_MAX);
    len = pf_frame_seal(frame, (size_t)len);
    rig_open(&r, &config);
    client_connect(&r, &c, r.alice);
    for (int i = 0; i < len; i++) {
        client_write(&c, frame + i, 1);
        rig_run_for(&r, 2);
    }
    client_welcomed(&c);
    client_close(&c, 0);
    rig_close(&r);
}

static void a_damaged_first_message_ends_the_connection(void **state)
{
    static uint8_t huge[PF_WIRE_FRAME_MAX];
    struct pf_native_config config = open_host();
    struct rig r;
    memset(huge, 'x', sizeof(huge));
    const struct {
        const void *data;
        size_t len;
    } bad[] = {
        {"", 0},
        {"PKF1", 4},
        {"PKF1\x02\x00\x00\x00\x00\x05\x00\x00\xd0\x02\x00\x00\x3c\x00\x00", 19}, /* Hello less one byte */
        {"PKFc\x10", 5},                                                          /* PairRequest, cut */
        {"PKFc\x12"
         "01234567890123456789012345678901",
            37},         /* PairProof first */
        {"PKFc\x03", 5}, /* RequestKeyframe first */
        {"PKFs\x01", 5},
        {huge, sizeof(huge)},
    };
    rig_open(&r, &config);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct client c;
        client_connect(&r, &c, r.alice);
        client_send(&c, bad[i].data, bad[i].len);
        client_expect_close(&c, PF_CLOSE_ERROR);
    }
    /* and the host serves on */
    struct client good;
    struct pf_hello hello = plain_hello();
    client_connect(&r, &good, r.alice);
    client_hello(&good, &hello);
    client_welcomed(&good);
    client_close(&good, 0);
    rig_close(&r);
}

static void another_wire_version_is_named_as_the_reason(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client c;
    struct pf_hello hello = plain_hello();
    hello.version = 3;
    rig_open(&r, &config);
    client_connect(&r, &c, r.alice);
    client_hello(&c, &hello);
    client_expect_close(&c, PF_CLOSE_WIRE_VERSION);
    rig_close(&r);
}

static void messages_out_of_order_end_the_connection(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client early, twice, other;
    struct pf_hello hello = plain_hello();
    uint8_t start[PF_START_LEN];
    pf_start_encode(9, start, sizeof(start));
    rig_open(&r, &config);

    client_connect(&r, &early, r.alice); /* Start is no Hello: it is too short for one */
    client_send(&early, start, sizeof(start));
    client_expect_close(&early, PF_CLOSE_ERROR);

    client_connect(&r, &twice, r.alice);
    client_hello(&twice, &hello);
    client_welcomed(&twice);
    client_send_control(&twice, &(struct pf_control){.type = PF_CONTROL_REQUEST_KEYFRAME});
    client_expect_close(&twice, PF_CLOSE_ERROR);

    client_connect(&r, &other, r.alice);
    client_hello(&other, &hello);
    client_welcomed(&other);
    client_send(&other, "PKF1\x01", 5); /* Start less one byte */
    client_expect_close(&other, PF_CLOSE_ERROR);
    rig_close(&r);
}

static void an_early_end_of_the_stream_ends_the_connection(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client fin, reset;
    rig_open(&r, &config);
    client_connect(&r, &fin, r.alice);
    client_write(&fin, "\x1a", 1);
    pf_quic_stream_finish(fin.conn, fin.stream);
    client_expect_close(&fin, PF_CLOSE_ERROR);
    client_connect(&r, &reset, r.alice);
    client_write(&reset, "\x1a", 1);
    rig_run_for(&r, 20);
    pf_quic_stream_reset(reset.conn, reset.stream, 7);
    client_expect_close(&reset, PF_CLOSE_ERROR);
    rig_close(&r);
}

static bool was_reset(void *arg)
{
    return ((struct client *)arg)->stream_reset_code != 0;
}

static void further_streams_are_refused_and_nothing_else(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client c;
    int64_t second;
    struct pf_hello hello = plain_hello();
    rig_open(&r, &config);
    client_connect(&r, &c, r.alice);
    client_hello(&c, &hello);
    client_welcomed(&c);
    assert_int_equal(pf_quic_stream_open(c.conn, &second), 0);
    assert_int_equal(
        pf_quic_stream_write(c.conn, second, PF_CLIP_STREAM_HEADER, PF_CLIP_STREAM_HEADER_LEN), 0);
    rig_run_until(&r, was_reset, &c);
    assert_int_equal(c.stream_reset_code - 1, PF_STREAM_CLIPBOARD_CANCELLED);
    client_start(&c, true);
    client_expect_close(&c, PF_CLOSE_DONE);
    assert_int_equal(c.intact, 3);
    rig_close(&r);
}

/* ---- refusals of the plan -------------------------------------------------------------------------------
 */

static void what_the_host_cannot_do_is_said(void **state)
{
    struct pf_native_config config = {.source = PF_SESSION_SOURCE_VIRTUAL};
    struct rig r;
    struct client hevc_only, odd, alone;
    struct pf_hello hello = plain_hello();
    rig_open(&r, &config);

    hello.video_codecs = 0;
    client_connect(&r, &hevc_only, r.alice);
    client_hello(&hevc_only, &hello);
    client_expect_close(&hevc_only, PF_CLOSE_SETUP_FAILED);
    assert_non_null(strstr(hevc_only.reason, "h264"));

    hello = plain_hello();
    hello.width = 1281;
    client_connect(&r, &odd, r.alice);
    client_hello(&odd, &hello);
    client_expect_close(&odd, PF_CLOSE_SETUP_FAILED);
    assert_true(odd.reason[0]);

    r.facts.compositor = PF_COMPOSITOR_ANY;
    r.facts.compositors = 0;
    hello = plain_hello();
    client_connect(&r, &alone, r.alice);
    client_hello(&alone, &hello);
    client_expect_close(&alone, PF_CLOSE_SETUP_FAILED);
    assert_true(alone.reason[0]);
    assert_int_equal(r.feed_count, 0);
    rig_close(&r);
}

/* ---- permits --------------------------------------------------------------------------------------------
 */

static void the_next_in_line_gets_the_permit(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client first, second;
    struct pf_hello hello = plain_hello();
    config.frames = 0;
    config.max_concurrent = 1;
    rig_open(&r, &config);
    client_connect(&r, &first, r.alice);
    client_stream(&first, &hello);
    client_connect(&r, &second, r.bob); /* the handshake works: it waits with a live connection */
    client_hello(&second, &hello);
    rig_run_for(&r, 100);
    assert_int_equal(second.frame_count, 0);
    assert_false(second.closed);
    client_close(&first, 0);
    client_welcomed(&second);
    client_close(&second, 0);
    rig_close(&r);
}

static void a_long_line_is_told_that_the_host_is_busy(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client streaming, waiting[PF_NATIVE_WAITING_MAX], over;
    struct pf_hello hello = plain_hello();
    config.frames = 0;
    config.max_concurrent = 1;
    rig_open(&r, &config);
    client_connect(&r, &streaming, r.alice);
    client_stream(&streaming, &hello);
    for (unsigned i = 0; i < PF_NATIVE_WAITING_MAX; i++) {
        client_connect(&r, &waiting[i], r.bob);
        client_hello(&waiting[i], &hello);
    }
    rig_run_for(&r, 50);
    client_connect(&r, &over, r.bob);
    client_hello(&over, &hello);
    client_expect_close(&over, PF_CLOSE_BUSY);
    assert_non_null(strstr(over.reason, "busy"));
    for (unsigned i = 0; i < PF_NATIVE_WAITING_MAX; i++)
        client_close(&waiting[i], 0);
    client_close(&streaming, 0);
    rig_close(&r);
}

static bool is_finished(void *arg)
{
    return ((struct rig *)arg)->finished;
}

static void the_host_finishes_after_its_sessions(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client refused, served;
    struct pf_hello hello = plain_hello();
    config.max_sessions = 2;
    config.limits.drain_ns = 10 * MS;
    rig_open(&r, &config);
    client_connect(&r, &refused, r.alice);
    client_send(&refused, "", 0); /* a refused connection counts, too */
    client_expect_close(&refused, PF_CLOSE_ERROR);
    rig_run_for(&r, 20);
    assert_false(r.finished);
    client_connect(&r, &served, r.alice);
    client_stream(&served, &hello);
    client_expect_close(&served, PF_CLOSE_DONE);
    rig_run_until(&r, is_finished, &r);
    rig_close(&r);
}

static void stopping_ends_connections_in_every_state(void **state)
{
    struct pf_native_config config = open_host();
    struct rig r;
    struct client fresh, welcomed, streaming, waiting;
    struct pf_hello hello = plain_hello();
    config.frames = 0;
    config.max_concurrent = 2;
    rig_open(&r, &config);
    client_connect(&r, &fresh, r.alice);
    client_connect(&r, &welcomed, r.alice);
    client_hello(&welcomed, &hello);
    client_welcomed(&welcomed);
    client_connect(&r, &streaming, r.alice);
    client_stream(&streaming, &hello);
    client_connect(&r, &waiting, r.bob);
    client_hello(&waiting, &hello);
    rig_run_for(&r, 50);
    pf_native_stop(r.native);
    client_expect_close(&fresh, PF_CLOSE_DONE);
    client_expect_close(&welcomed, PF_CLOSE_DONE);
    client_expect_close(&streaming, PF_CLOSE_DONE);
    client_expect_close(&waiting, PF_CLOSE_DONE);
    assert_false(r.finished);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_says_nothing_is_closed),
        cmocka_unit_test(the_first_byte_starts_the_limit_anew),
        cmocka_unit_test(a_client_that_does_not_start_is_closed),
        cmocka_unit_test(a_hello_may_come_byte_by_byte),
        cmocka_unit_test(a_damaged_first_message_ends_the_connection),
        cmocka_unit_test(another_wire_version_is_named_as_the_reason),
        cmocka_unit_test(messages_out_of_order_end_the_connection),
        cmocka_unit_test(an_early_end_of_the_stream_ends_the_connection),
        cmocka_unit_test(further_streams_are_refused_and_nothing_else),
        cmocka_unit_test(what_the_host_cannot_do_is_said),
        cmocka_unit_test(the_next_in_line_gets_the_permit),
        cmocka_unit_test(a_long_line_is_told_that_the_host_is_busy),
        cmocka_unit_test(the_host_finishes_after_its_sessions),
        cmocka_unit_test(stopping_ends_connections_in_every_state),
    };
    return cmocka_run_group_tests(tests, rig_setup_group, rig_teardown_group);
}

/* Whole sessions: RTSP, control stream and media between the playing half and a scripted client. */
#include "play_rig.h"

#include "base/bytes.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <string.h>

static bool has_keyframe(void *arg)
{
    return ((struct fake_feed *)arg)->keyframes > 0;
}

static bool has_input(void *arg)
{
    return ((struct fake_feed *)arg)->inputs > 0;
}

static bool is_invalidated(void *arg)
{
    return ((struct fake_feed *)arg)->invalidations > 0;
}

static bool is_stopped(void *arg)
{
    return ((struct fake_feed *)arg)->stopped;
}

/* ---- RTSP -----------------------------------------------------------------------------------------------
 */

static void the_handshake_is_honest(void **state)
{
    struct rig r;
    struct client c;
    for (int sealed = 0; sealed < 2; sealed++) {
        const struct pf_gs_launch l = rig_launch('A', sealed);
        rig_open(&r);
        assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
        assert_int_equal(rig_app(&r), 'A');
        client_init(&c, &r, &l);
        assert_int_equal(client_request(&c, "DESCRIBE", "rtsp://x", ""), 200);
        assert_non_null(strstr(c.reply, "a=x-ss-general.encryptionRequested:1\r\n"));
        assert_non_null(strstr(c.reply, "refPicInvalidation:1"));
        assert_null(strstr(c.reply, "AV1/90000")); /* no encoder here makes it */
        assert_null(strstr(c.reply, "sprop-parameter-sets"));
        assert_int_equal(client_request(&c, "SETUP", "streamid=microphone/0/0", ""), 404);
        assert_int_equal(client_request(&c, "RECORD", "/", ""), 501);
        assert_int_equal(client_request(&c, "PLAY", "/", ""), 400); /* nothing is announced */
        client_handshake(&c, "a=x-nv-video[0].clientRefreshRateX100:5994 \r\n"
                             "a=x-nv-video[0].encoderCscMode:1 \r\n"
                             "a=x-nv-video[0].videoEncoderSlicesPerFrame:4 \r\n");
        assert_int_equal(client_announce(&c, ""), 400); /* again */
        const struct pf_session_plan *plan = &r.feeds[0].plan;
        assert_int_equal(plan->mode.width, 1280);
        assert_int_equal(plan->mode.refresh_mhz, 59940);
        assert_int_equal(plan->slices, 4);
        assert_int_equal(plan->colour.matrix, PF_MATRIX_BT601);
        assert_true(plan->colour.full_range);
        assert_true(plan->one_reference); /* the default */
        assert_int_equal(plan->codec, PF_CODEC_H264);
        assert_int_equal(plan->bitrate_kbps, 7308); /* 10000, less parity, stereo, and a bit */
        assert_string_equal(plan->label, "A");
        client_finish(&c);
        rig_close(&r);
    }
}

static void strangers_get_nothing(void **state)
{
    struct rig r;
    struct client c, stranger;
    const struct pf_gs_launch l = rig_launch('A', false);
    rig_open(&r);
    client_init(&c, &r, &l);
    assert_int_equal(client_request(&c, "DESCRIBE", "/", ""), 401); /* no launch yet */
    assert_int_equal(client_announce(&c, ""), 401);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    client_init(&stranger, &r, &l);
    stranger.from = "127.0.0.2";
    static const char *const methods[] = {"DESCRIBE", "SETUP", "PLAY", "TEARDOWN"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        assert_int_equal(client_request(&stranger, methods[i], "streamid=video", ""), 401);
    assert_int_equal(client_announce(&stranger, ""), 401);
    client_handshake(&c, "");
    assert_false(client_connect(&stranger, c.connect_data)); /* not even an answer */
    assert_int_equal(client_request(&stranger, "TEARDOWN", "/", ""), 401);
    assert_int_equal(rig_info(&r).state, PF_GS_PLAY_STREAMING);
    assert_int_equal(client_request(&c, "TEARDOWN", "/", ""), 200);
    rig_until(is_stopped, &r.feeds[0]);
    assert_false(r.feeds[0].quit);
    assert_int_equal(rig_info(&r).state, PF_GS_PLAY_LAUNCHED); /* it may come back */
    client_finish(&stranger);
    client_finish(&c);
    rig_close(&r);
}

static void a_sealed_launch_takes_no_plain_words(void **state)
{
    struct rig r;
    struct client c;
    struct pf_gs_launch l = rig_launch('A', true);
    rig_open(&r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    l.rtsp_encrypted = false;
    client_init(&c, &r, &l);
    assert_int_equal(client_request(&c, "OPTIONS", "/", ""), 0);
    client_finish(&c);
    l.rtsp_encrypted = true;
    l.key[0] ^= 1; /* not the key of the launch */
    client_init(&c, &r, &l);
    assert_int_equal(client_request(&c, "OPTIONS", "/", ""), 0);
    client_finish(&c);
    l.key[0] ^= 1;
    client_init(&c, &r, &l);
    assert_int_equal(client_request(&c, "OPTIONS", "/", ""), 200);
    c.seal.sent--; /* a replay */
    assert_int_equal(client_request(&c, "OPTIONS", "/", ""), 0);
    client_finish(&c);
    rig_close(&r);
}

static void what_cannot_be_done_is_refused(void **state)
{
    struct rig r;
    struct client c;
    const struct pf_gs_launch l = rig_launch('A', false);
    rig_open(&r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    client_init(&c, &r, &l);
    assert_int_equal(client_request(&c, "ANNOUNCE", "streamid=control/13/0", "v=0\r\n"), 400);
    assert_int_equal(client_announce(&c, "a=x-nv-vqos[0].bitStreamFormat:1 \r\n"), 400); /* HEVC */
    assert_int_equal(client_announce(&c, "a=x-ss-video[0].chromaSamplingType:1 \r\n"), 400);
    assert_int_equal(client_announce(&c, "a=x-nv-video[0].dynamicRangeMode:1 \r\n"), 400);
    assert_int_equal(client_announce(&c, "a=x-nv-video[0].clientViewportWd:5120 \r\n"), 400);
    assert_int_equal(r.feed_count, 0);
    client_handshake(&c, ""); /* and after all that it may still be done right */
    assert_int_equal(r.feed_count, 1);
    client_finish(&c);
    rig_close(&r);

    rig_open(&r);
    r.facts.codecs = 0;
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    client_init(&c, &r, &l);
    assert_int_equal(client_announce(&c, ""), 500);
    client_finish(&c);
    rig_close(&r);

    rig_open(&r);
    r.facts.compositor = PF_COMPOSITOR_ANY;
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    client_init(&c, &r, &l);
    assert_int_equal(client_announce(&c, ""), 503);
    client_finish(&c);
    rig_close(&r);
}

/* ---- control --------------------------------------------------------------------------------------------
 */

static void the_control_stream_moves_the_feed(void **state)
{
    struct rig r;
    struct client c, other;
    const struct pf_gs_launch l = rig_launch('A', true);
    rig_open(&r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    client_init(&c, &r, &l);
    client_handshake(&c, "");
    assert_true(client_is_sent_away(&c, c.connect_data + 2)); /* the number of another session */
    assert_true(client_connect(&c, c.connect_data));
    client_init(&other, &r, &l);
    assert_true(client_is_sent_away(&other, c.connect_data)); /* it was used */
    struct fake_feed *f = &r.feeds[0];

    client_tell(&c, 0x0302, "\0", 2);
    rig_until(has_keyframe, f);
    static const uint8_t range[24] = {3, 0, 0, 0, 0, 0, 0, 0, 5};
    client_tell(&c, 0x0301, range, sizeof(range));
    rig_until(is_invalidated, f);
    assert_int_equal(f->first, 2); /* frames count from 1, units from 0 */
    assert_int_equal(f->last, 4);
    static const uint8_t key[] = {0, 0, 0, 10, 3, 0, 0, 0, 0, 0x41, 0x80, 0, 0, 0};
    client_tell(&c, 0x0206, key, sizeof(key));
    rig_until(has_input, f);
    assert_int_equal(f->key, KEY_A);

    /* What means nothing changes nothing; a wrong seal ends it. */
    uint8_t terminated[4];
    client_tell(&c, 0x0999, "x", 1);
    enet_peer_send(c.peer, 0, enet_packet_create("plain", 5, ENET_PACKET_FLAG_RELIABLE));
    client_tell(&c, 0x0206, "damaged", 7);
    client_tell(&c, 0x0200, "\4\0\0\0\0\0\0\0", 8);
    assert_int_equal(rig_info(&r).state, PF_GS_PLAY_STREAMING);
    uint8_t sealed[28] = {1, 0, 24, 0, 99};
    enet_peer_send(c.peer, 0, enet_packet_create(sealed, sizeof(sealed), ENET_PACKET_FLAG_RELIABLE));
    client_await(&c, 0x0109, terminated, sizeof(terminated));
    assert_memory_equal(terminated, "\x80\x03\x00\x23", 4);
    client_await(&c, 0, NULL, 0);
    rig_until(is_destroyed, f);
    client_finish(&other);
    client_finish(&c);
    rig_close(&r);
}

/* What a client does all the time. */
static bool has_rate(void *arg)
{
    struct client *c = arg;
    ENetEvent event;
    client_tell(c, 0x0200, "\4\0\0\0\0\0\0\0", 8);
    while (enet_host_service(c->enet, &event, 5) > 0)
        if (event.type == ENET_EVENT_TYPE_RECEIVE)
            enet_packet_destroy(event.packet);
    return c->rig->feeds[0].kbps != 0;
}

/* Parity follows the loss, and the encoder gives what it takes: only for clients that tell. */
static void reported_loss_raises_the_parity(void **state)
{
    struct rig r;
    struct client c;
    const struct pf_gs_launch l = rig_launch('A', false);
    rig_open(&r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    begin_stream(&c, &r, &l, "a=x-ml-general.featureFlags:3 \r\n");
    assert_int_equal(r.feeds[0].plan.bitrate_kbps, 7308); /* of 10000, with 20 % */
    /* A block of 100 + 20 of which 30 and 10 came. */
    static const uint8_t status[21] = {
        0, 0, 0, 1, 0, 119, 0, 0, 0, 80, 0, 100, 0, 20, 0, 30, 0, 10, 20, 0, 1};
    uint8_t datagram[2048];
    client_tell(&c, 0x0200, "\4\0\0\0\0\0\0\0", 8); /* the window begins */
    assert_int_equal(rig_push(&r, 0, 100 * 1376 - 8, true), 0);
    assert_true(client_receive(c.video, datagram, sizeof(datagram), 10000) > 0);
    client_tell(&c, 0x5502, status, sizeof(status));
    client_tell(&c, 0x0200, "\4\0\0\0\0\0\0\0", 8);
    rig_until(has_rate, &c);
    unsigned kbps = r.feeds[0].kbps;
    assert_int_equal(kbps, 4328); /* with 50 %: half, less stereo, less a tenth */
    client_finish(&c);
    rig_close(&r);
}

/* The version that old clients speak: they enable nothing. */
static void old_clients_have_a_control_stream_too(void **state)
{
    struct rig r;
    struct client c;
    const struct pf_gs_launch l = rig_launch('A', false);
    rig_open(&r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    client_init(&c, &r, &l);
    client_handshake(&c, "a=x-ss-general.encryptionEnabled:0 \r\na=x-ml-general.featureFlags:0 \r\n");
    pf_gs_control_seal_finish(&c.control);
    assert_int_equal(pf_gs_control_seal_init(&c.control, PF_GS_CONTROL_V1, l.key), 0);
    assert_true(client_connect(&c, c.connect_data));
    client_tell(&c, 0x0302, "\0", 2);
    rig_until(has_keyframe, &r.feeds[0]);
    /* … and has the ping without a payload. */
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(r.video_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    uint8_t out[2048];
    assert_int_equal(sendto(c.video, "PING", 4, 0, (struct sockaddr *)&to, sizeof(to)), 4);
    assert_int_equal(rig_push(&r, 0, 100, true), 0);
    assert_int_equal(client_receive(c.video, out, sizeof(out), 10000), 1408);
    client_finish(&c);
    rig_close(&r);
}

/* ---- media ----------------------------------------------------------------------------------------------
 */

static uint32_t le32(const uint8_t *p)
{
    struct pf_reader r = pf_reader_of(p, 4);
    return pf_read_u32le(&r);
}

static void video_goes_where_the_right_ping_came_from(void **state)
{
    struct rig r;
    struct client c;
    const struct pf_gs_launch l = rig_launch('A', false);
    uint8_t d[2048];
    rig_open(&r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    client_init(&c, &r, &l);
    client_handshake(&c, "");
    client_ping(&c, c.video, r.video_port, true); /* early: it is remembered, nothing is sent yet */
    assert_int_equal(rig_push(&r, 0, 3000, true), 0);
    assert_int_equal(client_receive(c.video, d, sizeof(d), 150), 0);
    assert_true(client_connect(&c, c.connect_data));
    for (unsigned i = 0; i < 5; i++) { /* three of data, two of parity */
        assert_int_equal(client_receive(c.video, d, sizeof(d), 10000), 1408);
        assert_int_equal(d[0], 0x90);
        assert_int_equal(d[2] << 8 | d[3], i);
        assert_int_equal(le32(d + 20), 1);                            /* frame */
        assert_int_equal(le32(d + 28), 3u << 22 | i << 12 | 66 << 4); /* shards, index, percent */
        if (i == 0) {
            assert_int_equal(d[32], 1);
            assert_int_not_equal(d[33] | d[34] << 8, 0); /* latency */
            assert_int_equal(d[35], 2);                  /* IDR */
        }
    }
    /* Another socket of the client, first with a payload that is not its own. */
    client_ping(&c, c.audio, r.video_port, false);
    assert_int_equal(rig_push(&r, 0, 10, false), 0);
    assert_int_equal(client_receive(c.video, d, sizeof(d), 10000), 1408);
    assert_int_equal(d[35], 1);
    client_ping(&c, c.audio, r.video_port, true);
    assert_int_equal(client_receive(c.audio, d, sizeof(d), 100), 0);
    assert_int_equal(rig_push(&r, 0, 10, false), 0);
    assert_int_equal(client_receive(c.audio, d, sizeof(d), 10000), 1408);
    assert_int_equal(le32(d + 20), 3);
    struct pf_gs_play_info info = rig_info(&r);
    assert_int_equal(info.packet_size, 1392);
    assert_int_equal(info.min_fec, 2);
    assert_int_equal(info.bitrate_kbps, 7308);
    client_finish(&c);
    rig_close(&r);
}

static void video_is_sealed_when_the_client_says_so(void **state)
{
    struct rig r;
    struct client c;
    const struct pf_gs_launch l = rig_launch('A', true);
    uint8_t d[2048];
    struct pf_gs_gcm *gcm;
    rig_open(&r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    begin_stream(&c, &r, &l, "a=x-ss-general.encryptionEnabled:3 \r\na=x-nv-video[0].packetSize:1360 \r\n");
    assert_int_equal(pf_gs_gcm_create(l.key, &gcm), 0);
    assert_int_equal(rig_push(&r, 0, 3000, true), 0);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(client_receive(c.video, d, sizeof(d), 10000), 1408);
        assert_int_equal(le32(d), i); /* counter */
        assert_int_equal(d[11], 'V');
        assert_int_equal(le32(d + 12), 1); /* frame */
        assert_true(pf_gs_gcm_open(gcm, d, 12, d + 32, 1376, d + 16, d + 32));
        assert_int_equal(d[32 + 2] << 8 | d[32 + 3], i);
    }
    pf_gs_gcm_destroy(gcm);
    client_finish(&c);
    rig_close(&r);
}

/* Three units wait, one is in hand: the feed is held up, and a stop lets it go. */
static void units_wait_for_the_client(void **state)
{
    struct rig r;
    struct client c;
    const struct pf_gs_launch l = rig_launch('A', false);
    uint8_t d[2048];
    rig_open(&r);
    assert_int_equal(rig_begin(&r, &l, false), PF_GS_PLAY_OK);
    client_init(&c, &r, &l);
    client_handshake(&c, "");
    for (int i = 0; i < 3; i++)
        assert_int_equal(rig_push(&r, 0, 10, i == 0), 0);
    assert_true(client_connect(&c, c.connect_data));
    client_ping(&c, c.video, r.video_port, true);
    assert_int_equal(client_receive(c.video, d, sizeof(d), 10000), 1408);
    assert_int_equal(d[35], 2); /* the first is the IDR */
    assert_int_equal(rig_cancel(&r, 'A'), PF_GS_PLAY_OK);
    assert_int_equal(rig_push(&r, 0, 10, true), -EPIPE);
    client_finish(&c);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_handshake_is_honest),
        cmocka_unit_test(strangers_get_nothing),
        cmocka_unit_test(a_sealed_launch_takes_no_plain_words),
        cmocka_unit_test(what_cannot_be_done_is_refused),
        cmocka_unit_test(the_control_stream_moves_the_feed),
        cmocka_unit_test(reported_loss_raises_the_parity),
        cmocka_unit_test(old_clients_have_a_control_stream_too),
        cmocka_unit_test(video_goes_where_the_right_ping_came_from),
        cmocka_unit_test(video_is_sealed_when_the_client_says_so),
        cmocka_unit_test(units_wait_for_the_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

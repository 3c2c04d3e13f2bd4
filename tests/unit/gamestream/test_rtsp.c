/* RTSP requests and replies, and the two SDP bodies. */
#include "gamestream/wire/rtsp_message.h"
#include "gamestream/wire/sdp.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *text, struct pf_gs_rtsp_request *q)
{
    return pf_gs_rtsp_request_parse(text, strlen(text), q);
}

static void test_requests(void **state)
{
    static const struct {
        const char *text;
        enum pf_gs_rtsp_method method;
        enum pf_gs_rtsp_stream stream;
    } good[] = {
        {"OPTIONS rtsp://10.0.0.1:48010 RTSP/1.0\r\nCSeq: 1\r\n\r\n", PF_GS_RTSP_OPTIONS,
            PF_GS_RTSP_NO_STREAM},
        {"DESCRIBE rtspenc://[::1]:48010 RTSP/1.0\r\nCSeq: 1\r\n\r\n", PF_GS_RTSP_DESCRIBE,
            PF_GS_RTSP_NO_STREAM},
        {"SETUP streamid=audio/0/0 RTSP/1.0\r\nCSeq: 1\r\n\r\n", PF_GS_RTSP_SETUP, PF_GS_RTSP_AUDIO},
        {"SETUP streamid=video/0/0 RTSP/1.0\r\nCSeq: 1\r\n\r\n", PF_GS_RTSP_SETUP, PF_GS_RTSP_VIDEO},
        {"SETUP streamid=control/13/0 RTSP/1.0\r\nCSeq: 1\r\n\r\n", PF_GS_RTSP_SETUP, PF_GS_RTSP_CONTROL},
        {"PLAY / RTSP/1.0\r\ncseq:1\r\n\r\n", PF_GS_RTSP_PLAY, PF_GS_RTSP_NO_STREAM},
        {"TEARDOWN / RTSP/1.0\r\nCSeq: 1\r\n\r\n", PF_GS_RTSP_TEARDOWN, PF_GS_RTSP_NO_STREAM},
        {"DANCE / RTSP/1.0\r\nCSeq: 1\r\n\r\n", PF_GS_RTSP_OTHER, PF_GS_RTSP_NO_STREAM},
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct pf_gs_rtsp_request q;
        assert_int_equal(parse(good[i].text, &q), 0);
        assert_int_equal(q.method, good[i].method);
        assert_int_equal(q.stream, good[i].stream);
        assert_int_equal(q.cseq, 1);
    }
    static const char *const bad[] = {"", "\r\n\r\n", "OPTIONS\r\n\r\n", "OPTIONS / RTSP/2.0\r\n\r\n",
        "OPTIONS / RTSP/1.0\r\nCSeq: x\r\n\r\n", "OPTIONS / RTSP/1.0\r\nCSeq: 1\r\n",
        "OPTIONS / RTSP/1.0\r\nCSeq: 99999999999999999999\r\n\r\n",
        "ANNOUNCE / RTSP/1.0\r\nCSeq: 1\r\nContent-length: 9\r\n\r\nshort",
        "ANNOUNCE / RTSP/1.0\r\nCSeq: 1\r\nContent-length: -1\r\n\r\n"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct pf_gs_rtsp_request q;
        assert_int_equal(parse(bad[i], &q), -EINVAL);
    }
}

static void test_body_and_length(void **state)
{
    const char *text = "ANNOUNCE streamid=control/13/0 RTSP/1.0\r\nCSeq: 6\r\nHost: 10.0.0.1\r\n"
                       "Content-type: application/sdp\r\nContent-length: 5\r\n\r\nhello";
    struct pf_gs_rtsp_request q;
    assert_int_equal(parse(text, &q), 0);
    assert_int_equal(q.body.len, 5);
    assert_memory_equal(q.body.p, "hello", 5);
    assert_int_equal(q.host.len, 8);
    assert_memory_equal(q.host.p, "10.0.0.1", 8);
    size_t header = strlen(text) - 5;
    for (size_t len = 0; len < header; len++)
        assert_int_equal(pf_gs_rtsp_request_len(text, len), 0);
    for (size_t len = header; len <= header + 5; len++)
        assert_int_equal(pf_gs_rtsp_request_len(text, len), header + 5);
    assert_int_equal(pf_gs_rtsp_request_len("X / RTSP/1.0\r\nContent-Length: 65537\r\n\r\n", 39), -EMSGSIZE);
    char *endless = malloc(PF_GS_RTSP_HEADER_MAX + 1);
    assert_non_null(endless);
    memset(endless, 'a', PF_GS_RTSP_HEADER_MAX + 1);
    assert_int_equal(pf_gs_rtsp_request_len(endless, PF_GS_RTSP_HEADER_MAX), 0);
    assert_int_equal(pf_gs_rtsp_request_len(endless, PF_GS_RTSP_HEADER_MAX + 1), -EMSGSIZE);
    free(endless);
}

static void test_reply(void **state)
{
    struct pf_gs_rtsp_reply r;
    char buf[256];
    const char *want =
        "RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: AB;timeout = 90\r\nTransport: server_port=48000\r\n"
        "Content-Length: 4\r\n\r\nbody";
    pf_gs_rtsp_reply_begin(&r, buf, sizeof(buf), 200, 3);
    pf_gs_rtsp_reply_header(&r, "Session", "%s;timeout = 90", "AB");
    pf_gs_rtsp_reply_header(&r, "Transport", "server_port=%d", 48000);
    assert_int_equal(pf_gs_rtsp_reply_end(&r, "body", 4), strlen(want));
    assert_memory_equal(buf, want, strlen(want));
    for (size_t cap = 0; cap < strlen(want); cap++) {
        char *tight = malloc(cap ? cap : 1);
        assert_non_null(tight);
        pf_gs_rtsp_reply_begin(&r, tight, cap, 200, 3);
        pf_gs_rtsp_reply_header(&r, "Session", "%s;timeout = 90", "AB");
        pf_gs_rtsp_reply_header(&r, "Transport", "server_port=%d", 48000);
        assert_int_equal(pf_gs_rtsp_reply_end(&r, "body", 4), -EMSGSIZE);
        free(tight);
    }
}

static void test_describe(void **state)
{
    char body[1024];
    struct pf_gs_offer o = {.features = 3, .supported = 7, .requested = 1};
    int len = pf_gs_describe_write(&o, body, sizeof(body));
    assert_int_equal(len, strlen(body));
    assert_non_null(strstr(body, "a=x-ss-general.featureFlags:3\r\n"));
    assert_non_null(strstr(body, "a=x-ss-general.encryptionSupported:7\r\n"));
    assert_non_null(strstr(body, "a=x-ss-general.encryptionRequested:1\r\n"));
    assert_null(strstr(body, "sprop-parameter-sets=AAAAAU"));
    assert_null(strstr(body, "AV1/90000"));
    assert_null(strstr(body, "refPicInvalidation"));
    const char *six = strstr(body, "surround-params=642012453"),
               *six_high = strstr(body, "surround-params=660012345");
    assert_true(six && six_high && six < six_high);
    o = (struct pf_gs_offer){.hevc = true, .av1 = true, .reference_invalidation = true};
    assert_true(pf_gs_describe_write(&o, body, sizeof(body)) > len - 10);
    assert_non_null(strstr(body, "sprop-parameter-sets=AAAAAU"));
    assert_non_null(strstr(body, "a=rtpmap:98 AV1/90000"));
    assert_non_null(strstr(body, "a=x-nv-video[0].refPicInvalidation:1"));
    assert_int_equal(pf_gs_describe_write(&o, body, 100), -EMSGSIZE);
}

#define NEEDED                                                                                               \
    "a=x-nv-video[0].clientViewportWd:1280 \r\na=x-nv-video[0].clientViewportHt:720 \r\n"                    \
    "a=x-nv-video[0].maxFPS:60 \r\na=x-nv-video[0].packetSize:1392 \r\n"

static int announce(const char *text, struct pf_gs_wish *w)
{
    const char *why = NULL;
    int rc = pf_gs_announce_parse(text, strlen(text), w, &why);
    assert_true((rc == 0) == (why == NULL));
    return rc;
}

static void test_announce(void **state)
{
    struct pf_gs_wish w;
    assert_int_equal(announce("v=0\r\n" NEEDED "t=0 0\r\nm=video 47998  \r\n", &w), 0);
    assert_int_equal(w.width, 1280);
    assert_int_equal(w.height, 720);
    assert_int_equal(w.fps, 60);
    assert_int_equal(w.packet_size, 1392);
    assert_int_equal(w.bitrate_kbps, 20000);
    assert_int_equal(w.codec, PF_GS_H264);
    assert_int_equal(w.audio_channels, 2);
    assert_int_equal(w.audio_ms, 5);
    assert_int_equal(w.encryption, 0);
    assert_true(w.mark_video && w.mark_audio);
    assert_true(w.parity);
    assert_int_equal(announce(NEEDED "a=x-ml-video.configuredBitrateKbps:150000 \r\n"
                                     "a=x-nv-vqos[0].bw.maximumBitrateKbps:100000 \r\n"
                                     "a=x-nv-vqos[0].bitStreamFormat:1 \r\n"
                                     "a=x-nv-video[0].clientRefreshRateX100:5994 \r\n"
                                     "a=x-nv-video[0].encoderCscMode:3 \r\n"
                                     "a=x-nv-vqos[0].fec.enable:0 \r\n"
                                     "a=x-nv-vqos[0].fec.minRequiredFecPackets:2 \r\n"
                                     "a=x-nv-audio.surround.numChannels:8 \r\n"
                                     "a=x-nv-audio.surround.AudioQuality:1 \r\n"
                                     "a=x-nv-aqos.packetDuration:10 \r\n"
                                     "a=x-ss-general.encryptionEnabled:1 \r\n"
                                     "a=x-nv-general.featureFlags:167 \r\n"
                                     "a=x-nv-vqos[0].qosTrafficType:0 \r\n"
                                     "a=x-unheard-of:9\r\na=nonsense\r\na=:\r\n",
                         &w),
        0);
    assert_int_equal(w.bitrate_kbps, 150000);
    assert_int_equal(w.codec, PF_GS_HEVC);
    assert_int_equal(w.refresh_x100, 5994);
    assert_true(w.full_range);
    assert_int_equal(w.colour_space, 1);
    assert_int_equal(w.min_parity, 2);
    assert_false(w.parity);
    assert_int_equal(w.audio_channels, 8);
    assert_true(w.audio_high_quality);
    assert_int_equal(w.audio_ms, 10);
    assert_int_equal(w.encryption, PF_GS_ENCRYPT_CONTROL | PF_GS_ENCRYPT_AUDIO);
    assert_false(w.mark_video);
}

static void test_announce_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "a=x-nv-video[0].clientViewportWd:1280 \r\n",
        NEEDED "a=x-nv-video[0].clientViewportWd:99999 \r\n",
        NEEDED "a=x-nv-video[0].clientViewportHt:721 \r\n",
        NEEDED "a=x-nv-video[0].packetSize:1400 \r\n",
        NEEDED "a=x-nv-video[0].packetSize:-16 \r\n",
        NEEDED "a=x-nv-video[0].maxFPS:0 \r\n",
        NEEDED "a=x-nv-vqos[0].bitStreamFormat:3 \r\n",
        NEEDED "a=x-nv-audio.surround.numChannels:5 \r\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct pf_gs_wish w;
        assert_int_equal(announce(bad[i], &w), -EINVAL);
    }
    /* Damaged numbers leave the default. */
    struct pf_gs_wish w;
    assert_int_equal(announce(NEEDED "a=x-nv-aqos.packetDuration:ten \r\na=x-nv-aqos.packetDuration: \r\n"
                                     "a=x-nv-aqos.packetDuration:9999999999999999 \r\n",
                         &w),
        0);
    assert_int_equal(w.audio_ms, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_body_and_length),
        cmocka_unit_test(test_reply),
        cmocka_unit_test(test_describe),
        cmocka_unit_test(test_announce),
        cmocka_unit_test(test_announce_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
